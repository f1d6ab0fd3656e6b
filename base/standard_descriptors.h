// Standard input, output and error of a program that was started without.

#ifndef PAGELAB_BASE_STANDARD_DESCRIPTORS_H_
#define PAGELAB_BASE_STANDARD_DESCRIPTORS_H_

namespace pagelab {

// For programs, before anything is opened: occupies those of the descriptors
// 0, 1 and 2 that are closed, so that no file opened later becomes standard
// input or output by accident. Reading and writing them fails with EBADF, as
// if they were still closed.
void OccupyStandardDescriptors();

}  // namespace pagelab

#endif  // PAGELAB_BASE_STANDARD_DESCRIPTORS_H_
