#ifndef PAGELAB_OWNER_DUMP_FRAME_SCAN_H_
#define PAGELAB_OWNER_DUMP_FRAME_SCAN_H_

namespace pagelab {

// Behind the first newline that no blank follows: the end of the frames that
// begin at `begin`, each a line that begins with a blank. Null if the text
// ends before that can be told, that is also with a newline. As wide as the
// processor allows: this is where a dump is read once, byte by byte.
const char* EndOfFrames(const char* begin, const char* end);

// Behind the first empty line, which is a newline after a newline; null
// without one.
const char* EndOfEmptyLine(const char* begin, const char* end);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_FRAME_SCAN_H_
