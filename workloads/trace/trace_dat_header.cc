#include "pagelab/workloads/trace/trace_dat_header.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

// More than any machine has; larger numbers are damage.
constexpr uint64_t kMaxCpus = 8192;
constexpr uint64_t kMaxSystems = 65536;
constexpr uint64_t kMaxFormats = 65536;
constexpr uint64_t kMaxFormatSize = uint64_t{1} << 20;
constexpr uint64_t kMaxString = 4096;

// Options' numbers.
constexpr uint64_t kOptionBuffer = 3;
constexpr uint64_t kOptionClock = 4;
constexpr uint64_t kOptionTscToNanoseconds = 14;

// Goes through the file from front to back.
class FileCursor {
 public:
  explicit FileCursor(const TraceDatFile& file) : file_(file) {}

  uint64_t at() const { return at_; }
  void set_big_endian(bool big_endian) { big_endian_ = big_endian; }

  absl::Status Fail(std::string_view what) const {
    return InvalidInput(file_.name + ": byte " + std::to_string(at_) + ": " +
                        std::string(what));
  }

  absl::Status MoveTo(uint64_t at) {
    if (at > file_.size) return FailCutOff(at);
    at_ = at;
    return absl::OkStatus();
  }
  absl::Status Skip(uint64_t size) {
    if (size > file_.size - at_) return FailCutOff(at_ + size);
    at_ += size;
    return absl::OkStatus();
  }

  absl::Status TakeBytes(uint64_t size, std::string& bytes) {
    if (size > file_.size - at_) return FailCutOff(at_ + size);
    bytes.resize(size);
    size_t got = 0;
    while (got < size) {
      const ssize_t more = pread(file_.file, &bytes[got], size - got,
                                 static_cast<off_t>(at_ + got));
      if (more <= 0) return Fail("cannot be read");
      got += static_cast<size_t>(more);
    }
    at_ += size;
    return absl::OkStatus();
  }

  // An integer of so many bytes.
  absl::Status TakeNumber(size_t size, uint64_t& value) {
    std::string bytes;
    PAGELAB_RETURN_IF_ERROR(TakeBytes(size, bytes));
    if (!big_endian_) std::reverse(bytes.begin(), bytes.end());
    value = 0;
    for (const char byte : bytes) {
      value = value << 8 | static_cast<unsigned char>(byte);
    }
    return absl::OkStatus();
  }

  // Up to a zero byte.
  absl::Status TakeString(std::string& text) {
    const uint64_t begin = at_;
    const uint64_t size = std::min(kMaxString, file_.size - at_);
    PAGELAB_RETURN_IF_ERROR(TakeBytes(size, text));
    const size_t end = text.find('\0');
    at_ = begin;
    if (end == std::string::npos) return Fail("expected a string and its end");
    text.resize(end);
    at_ += end + 1;
    return absl::OkStatus();
  }

  absl::Status Expect(std::string_view expected) {
    std::string text;
    const uint64_t begin = at_;
    if (TakeString(text).ok() && text == expected) return absl::OkStatus();
    at_ = begin;
    return Fail("expected \"" + std::string(expected) + "\"");
  }

  // Something with its size before it.
  absl::Status SkipSized(size_t size_bytes, uint64_t max) {
    uint64_t size = 0;
    const uint64_t begin = at_;
    PAGELAB_RETURN_IF_ERROR(TakeNumber(size_bytes, size));
    if (size <= max) return Skip(size);
    at_ = begin;
    return Fail("a size of " + std::to_string(size) + " makes no sense");
  }

 private:
  absl::Status FailCutOff(uint64_t needed) const {
    return Fail("cut off: at least " + std::to_string(needed) +
                " bytes are expected, the file has " +
                std::to_string(file_.size));
  }

  const TraceDatFile& file_;
  uint64_t at_ = 0;
  bool big_endian_ = false;
};

// "[local] global counter": the one in brackets; or only the name.
std::string ClockOf(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  if (const size_t begin = text.find('['); begin != std::string_view::npos) {
    text.remove_prefix(begin + 1);
    return std::string(text.substr(0, text.find(']')));
  }
  return std::string(text.substr(0, text.find_first_of(" \n")));
}

class HeaderWalk {
 public:
  explicit HeaderWalk(const TraceDatFile& file) : cursor_(file) {}

  absl::StatusOr<TraceDatHeader> Walk() {
    PAGELAB_RETURN_IF_ERROR(cursor_.Skip(kMagicSize));
    std::string version;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeString(version));
    uint64_t big_endian = 0;
    uint64_t long_size = 0;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(1, big_endian));
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(1, long_size));
    if (big_endian > 1 || (long_size != 4 && long_size != 8)) {
      return cursor_.Fail("expected byte order and size of a long");
    }
    header_.big_endian = big_endian == 1;
    cursor_.set_big_endian(header_.big_endian);
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(4, header_.page_size));
    if (!std::has_single_bit(header_.page_size) || header_.page_size < 4096 ||
        header_.page_size > uint64_t{1} << 20) {
      return cursor_.Fail("page size " + std::to_string(header_.page_size) +
                          " makes no sense");
    }
    if (version == "6") {
      PAGELAB_RETURN_IF_ERROR(WalkVersion6());
    } else if (version == "7") {
      PAGELAB_RETURN_IF_ERROR(WalkVersion7());
    } else {
      return cursor_.Fail("trace.dat version \"" + version +
                          "\"; 6 and 7 can be read");
    }
    return std::move(header_);
  }

 private:
  static constexpr uint64_t kMagicSize = 10;

  // --- version 6: one part after the other ---

  absl::Status WalkVersion6() {
    PAGELAB_RETURN_IF_ERROR(cursor_.Expect("header_page"));
    PAGELAB_RETURN_IF_ERROR(cursor_.SkipSized(8, kMaxFormatSize));
    PAGELAB_RETURN_IF_ERROR(cursor_.Expect("header_event"));
    PAGELAB_RETURN_IF_ERROR(cursor_.SkipSized(8, kMaxFormatSize));
    PAGELAB_RETURN_IF_ERROR(SkipFormats());
    uint64_t nr_systems = 0;
    PAGELAB_RETURN_IF_ERROR(TakeCount(kMaxSystems, nr_systems));
    for (uint64_t i = 0; i < nr_systems; ++i) {
      std::string name;
      PAGELAB_RETURN_IF_ERROR(cursor_.TakeString(name));
      PAGELAB_RETURN_IF_ERROR(SkipFormats());
    }
    // kallsyms, formats of trace_printk(), command lines.
    PAGELAB_RETURN_IF_ERROR(cursor_.SkipSized(4, UINT32_MAX));
    PAGELAB_RETURN_IF_ERROR(cursor_.SkipSized(4, UINT32_MAX));
    PAGELAB_RETURN_IF_ERROR(cursor_.SkipSized(8, UINT32_MAX));
    uint64_t nr_cpus = 0;
    PAGELAB_RETURN_IF_ERROR(TakeCount(kMaxCpus, nr_cpus));
    return WalkOptionsAndData(nr_cpus);
  }

  absl::Status TakeCount(uint64_t max, uint64_t& count) {
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(4, count));
    if (count <= max) return absl::OkStatus();
    return cursor_.Fail("a count of " + std::to_string(count) +
                        " makes no sense");
  }

  absl::Status SkipFormats() {
    uint64_t count = 0;
    PAGELAB_RETURN_IF_ERROR(TakeCount(kMaxFormats, count));
    for (uint64_t i = 0; i < count; ++i) {
      PAGELAB_RETURN_IF_ERROR(cursor_.SkipSized(8, kMaxFormatSize));
    }
    return absl::OkStatus();
  }

  absl::Status WalkOptionsAndData(uint64_t nr_cpus) {
    std::string part;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeString(part));
    if (part == "options  ") {
      while (true) {
        uint64_t id = 0;
        PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(2, id));
        if (id == 0) break;
        PAGELAB_RETURN_IF_ERROR(TakeOption(id));
      }
      PAGELAB_RETURN_IF_ERROR(cursor_.TakeString(part));
    }
    if (part == "latency  ") {
      return cursor_.Fail("holds text of a latency tracer, no events");
    }
    if (part != "flyrecord") return cursor_.Fail("expected \"flyrecord\"");
    for (uint64_t i = 0; i < nr_cpus; ++i) {
      PAGELAB_RETURN_IF_ERROR(TakeCpuData());
    }
    return absl::OkStatus();
  }

  absl::Status TakeCpuData() {
    TraceDatHeader::CpuData cpu;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(8, cpu.offset));
    cpu.place = cursor_.at();
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(8, cpu.size));
    if (cpu.size != 0 && cpu.offset % header_.page_size != 0) {
      return cursor_.Fail("a CPU's data should start at a page");
    }
    header_.cpus.push_back(cpu);
    return absl::OkStatus();
  }

  // --- version 7: sections that options point to ---

  absl::Status WalkVersion7() {
    std::string compression;
    std::string compression_version;
    uint64_t next = 0;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeString(compression));
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeString(compression_version));
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(8, next));
    compressed_ = compression != "none";
    // Each section leads to the next; in a circle if it is damaged.
    for (int sections = 0; next != 0; ++sections) {
      if (sections == kMaxSections) return cursor_.Fail("too many sections");
      PAGELAB_RETURN_IF_ERROR(cursor_.MoveTo(next));
      PAGELAB_RETURN_IF_ERROR(WalkOptionSection(next));
    }
    return absl::OkStatus();
  }

  absl::Status WalkOptionSection(uint64_t& next) {
    uint64_t id = 0;
    uint64_t flags = 0;
    uint64_t name = 0;
    uint64_t size = 0;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(2, id));
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(2, flags));
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(4, name));
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(8, size));
    if (id != 0) return cursor_.Fail("expected the section of options");
    next = 0;
    // Compressed: what is in there can be done without.
    if ((flags & 1) != 0) return absl::OkStatus();
    const uint64_t end = cursor_.at() + size;
    while (cursor_.at() < end) {
      PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(2, id));
      if (id == 0) {
        PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(4, size));
        return size == 8 ? cursor_.TakeNumber(8, next)
                         : cursor_.Fail("expected the end of the options");
      }
      PAGELAB_RETURN_IF_ERROR(TakeOption(id));
    }
    return absl::OkStatus();
  }

  absl::Status TakeOption(uint64_t id) {
    uint64_t size = 0;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(4, size));
    const uint64_t begin = cursor_.at();
    if (id == kOptionClock) {
      std::string text;
      PAGELAB_RETURN_IF_ERROR(
          cursor_.TakeBytes(std::min(size, kMaxString), text));
      header_.clock = ClockOf(text);
    } else if (id == kOptionTscToNanoseconds) {
      header_.converts_ticks = true;
    } else if (id == kOptionBuffer && size > 8) {
      PAGELAB_RETURN_IF_ERROR(TakeBuffer());
    }
    PAGELAB_RETURN_IF_ERROR(cursor_.MoveTo(begin));
    return cursor_.Skip(size);
  }

  // In version 6 the buffer of an instance, which starts the same way.
  absl::Status TakeBuffer() {
    uint64_t offset = 0;
    std::string name;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(8, offset));
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeString(name));
    if (!name.empty()) return absl::OkStatus();
    std::string clock;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeString(clock));
    if (!clock.empty()) header_.clock = ClockOf(clock);
    uint64_t page_size = 0;
    uint64_t nr_cpus = 0;
    PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(4, page_size));
    PAGELAB_RETURN_IF_ERROR(TakeCount(kMaxCpus, nr_cpus));
    if (compressed_) return absl::OkStatus();
    for (uint64_t i = 0; i < nr_cpus; ++i) {
      uint64_t cpu = 0;
      PAGELAB_RETURN_IF_ERROR(cursor_.TakeNumber(4, cpu));
      PAGELAB_RETURN_IF_ERROR(TakeCpuData());
    }
    return absl::OkStatus();
  }

  static constexpr int kMaxSections = 1000;

  FileCursor cursor_;
  TraceDatHeader header_;
  bool compressed_ = false;
};

}  // namespace

bool TraceDatHeader::counts_ticks() const {
  static constexpr std::array<std::string_view, 5> kTickClocks = {
      "counter", "uptime", "x86-tsc", "ppc-tb", "s390-tod"};
  return !converts_ticks && std::find(kTickClocks.begin(), kTickClocks.end(),
                                      clock) != kTickClocks.end();
}

absl::StatusOr<TraceDatHeader> ReadTraceDatHeader(const TraceDatFile& file) {
  return HeaderWalk(file).Walk();
}

}  // namespace pagelab
