#include "pagelab/workloads/trace/trace_dat_reader.h"

// trace-cmd.h includes tracefs.h, which is no C++, and needs nothing of it.
#define _TRACE_FS_H  // NOLINT(bugprone-reserved-identifier)
#include <fcntl.h>
#include <sched.h>
#include <trace-cmd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/temporary_file.h"
#include "pagelab/workloads/trace/isolated_reader.h"
#include "pagelab/workloads/trace/trace_dat_header.h"

namespace pagelab {
namespace {

// How many records may stand between an event and its stack.
constexpr size_t kMaxRecordsBeforeStack = 64;

class FileDescriptor {
 public:
  explicit FileDescriptor(int file) : file_(file) {}
  ~FileDescriptor() {
    if (file_ >= 0) close(file_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

absl::Status WriteAll(int file, const char* data, size_t size, uint64_t at) {
  while (size > 0) {
    const ssize_t written = pwrite(file, data, size, static_cast<off_t>(at));
    if (written < 0) {
      if (errno == EINTR) continue;
      return SystemError(errno, "temporary file", "cannot write");
    }
    data += written;
    at += static_cast<uint64_t>(written);
    size -= static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

// Copies the whole input and says how long it is.
absl::StatusOr<uint64_t> CopyTo(int file, TraceInput& input) {
  uint64_t size = 0;
  while (input.Fill()) {
    const std::string_view data = input.unread();
    PAGELAB_RETURN_IF_ERROR(WriteAll(file, data.data(), data.size(), size));
    size += data.size();
    input.MoveTo(data.data() + data.size());
  }
  PAGELAB_RETURN_IF_ERROR(input.status());
  return size;
}

// Makes a copy that was cut off whole again: what the header promises is what
// is there. Says how many bytes are missing.
absl::StatusOr<uint64_t> ShortenToContents(const TraceDatHeader& header,
                                           const TraceDatFile& file) {
  uint64_t missing = 0;
  for (const TraceDatHeader::CpuData& cpu : header.cpus) {
    const uint64_t there =
        cpu.offset < file.size ? file.size - cpu.offset : uint64_t{0};
    if (cpu.size <= there) continue;
    missing += cpu.size - there;
    uint64_t size = there / header.page_size * header.page_size;
    if (header.big_endian) size = __builtin_bswap64(size);
    PAGELAB_RETURN_IF_ERROR(WriteAll(file.file,
                                     reinterpret_cast<const char*>(&size),
                                     sizeof(size), cpu.place));
  }
  return missing;
}

}  // namespace

void TraceDatReader::CloseFile::operator()(tracecmd_input* file) const {
  tracecmd_close(file);
}

void TraceDatReader::FreeRecord::operator()(tep_record* record) const {
  tracecmd_free_record(record);
}

absl::StatusOr<std::unique_ptr<TraceReader>> OpenTraceDat(TraceInput input) {
  PAGELAB_ASSIGN_OR_RETURN(const int descriptor, OpenTemporaryFile());
  const FileDescriptor copy(descriptor);
  TraceDatFile file = {.file = descriptor, .size = 0, .name = input.name()};
  PAGELAB_ASSIGN_OR_RETURN(file.size, CopyTo(descriptor, input));
  return IsolatedReader::Start(file.name, TraceFormat::kTraceDat, [&file] {
    return TraceDatReader::Create(file);
  });
}

absl::StatusOr<std::unique_ptr<TraceReader>> TraceDatReader::Create(
    const TraceDatFile& file) {
  PAGELAB_ASSIGN_OR_RETURN(const TraceDatHeader header,
                           ReadTraceDatHeader(file));
  PAGELAB_ASSIGN_OR_RETURN(const uint64_t missing,
                           ShortenToContents(header, file));
  // Both write to the terminal otherwise.
  tracecmd_set_loglevel(TEP_LOG_NONE);
  tep_set_loglevel(TEP_LOG_NONE);
  const int own = fcntl(file.file, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return SystemError(errno, file.name, "cannot open");
  lseek(own, 0, SEEK_SET);
  File opened(tracecmd_open_fd(own, TRACECMD_FL_LOAD_NO_PLUGINS));
  if (opened == nullptr) {
    return InvalidInput(file.name + ": libtracecmd cannot read this trace.dat");
  }
  std::unique_ptr<TraceDatReader> reader(
      new TraceDatReader(file.name, std::move(opened), header.counts_ticks()));
  reader->mutable_stats().bytes = file.size;
  if (missing > 0) {
    reader->AddProblem(
        file.size, 1,
        "cut off: " + std::to_string(missing) + " bytes of events are missing");
  }
  return reader;
}

TraceDatReader::TraceDatReader(std::string name, File file, bool counts_ticks)
    : TraceReader(std::move(name), TraceFormat::kTraceDat),
      file_(std::move(file)),
      decoder_(tracecmd_get_tep(file_.get()), counts_ticks) {
  const int nr_cpus = tep_get_cpus(tracecmd_get_tep(file_.get()));
  cpus_ = std::vector<Cpu>(static_cast<size_t>(std::max(nr_cpus, 0)));
  mutable_stats().nr_cpus = cpus_.size();
}

TraceDatReader::~TraceDatReader() = default;

bool TraceDatReader::ReadAhead(Cpu& cpu, size_t nr_records) {
  while (cpu.ahead.size() < nr_records && !cpu.at_end) {
    Record record(
        tracecmd_read_data(file_.get(), static_cast<int>(&cpu - cpus_.data())));
    cpu.at_end = record == nullptr;
    if (!cpu.at_end) cpu.ahead.push_back(std::move(record));
  }
  return cpu.ahead.size() >= nr_records;
}

TraceDatReader::Cpu* TraceDatReader::EarliestCpu() {
  Cpu* earliest = nullptr;
  for (Cpu& cpu : cpus_) {
    if (!ReadAhead(cpu, 1)) continue;
    if (earliest == nullptr ||
        cpu.ahead.front()->ts < earliest->ahead.front()->ts) {
      earliest = &cpu;
    }
  }
  return earliest;
}

bool TraceDatReader::Next(TraceEvent& event) {
  using Kind = TraceDatDecoder::RecordKind;
  std::string problem;
  while (!IsHopeless()) {
    Cpu* cpu = EarliestCpu();
    if (cpu == nullptr) break;
    record_ = std::move(cpu->ahead.front());
    cpu->ahead.pop_front();
    ++mutable_stats().lines;
    CountLost(*record_);
    const Kind kind = decoder_.KindOf(*record_);
    if (kind == Kind::kSkipped) continue;
    if (kind == Kind::kStack) {
      ++mutable_stats().stacks_without_event;
      continue;
    }
    if (!decoder_.Decode(*record_, event, problem)) {
      AddProblem(record_->offset, 1, problem);
      continue;
    }
    event.line = stats().lines;
    event.offset = record_->offset;
    AttachStack(*cpu, decoder_.ContextOf(*record_), event);
    CountEvent(event);
    return true;
  }
  CheckForEvents();
  return false;
}

void TraceDatReader::CountLost(const tep_record& record) {
  if (record.missed_events == 0) return;
  ++mutable_stats().lost_reports;
  // Negative: the kernel did not know how many.
  if (record.missed_events > 0) {
    mutable_stats().lost_events += static_cast<uint64_t>(record.missed_events);
  }
}

void TraceDatReader::AttachStack(Cpu& cpu,
                                 const TraceDatDecoder::Context& context,
                                 TraceEvent& event) {
  using Kind = TraceDatDecoder::RecordKind;
  for (size_t i = 0; i < kMaxRecordsBeforeStack; ++i) {
    if (!ReadAhead(cpu, i + 1)) return;
    const tep_record& next = *cpu.ahead[i];
    const Kind kind = decoder_.KindOf(next);
    if (kind == Kind::kUnreadable) continue;
    const TraceDatDecoder::Context other = decoder_.ContextOf(next);
    if (kind == Kind::kEvent && other.level <= context.level) return;
    if (kind != Kind::kStack || other != context) continue;
    decoder_.DecodeStack(next, stack_);
    event.has_stack = true;
    event.stack = stack_;
    ++mutable_stats().stacks;
    ++mutable_stats().lines;
    // Events that were lost just before the stack.
    CountLost(next);
    cpu.ahead.erase(cpu.ahead.begin() + static_cast<ptrdiff_t>(i));
    return;
  }
}

}  // namespace pagelab
