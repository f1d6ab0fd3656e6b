#include "pagelab/workloads/trace/isolated_reader.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// A message: its size without these four bytes, its type, and then
//   an event: counters, the event, the sizes of its texts, the texts;
//   a problem: its numbers, the text;
//   the end: counters, the lines, the status' code, the text.
// Both processes are the same program: values are copied as they lie.
enum class MessageType : uint8_t { kEvent, kProblem, kEnd };
using MessageSize = uint32_t;

constexpr size_t kBufferSize = size_t{256} << 10;

// Of TraceStats, what is not counted per event.
struct Counters {
  uint64_t bytes = 0;
  uint64_t stacks = 0;
  uint64_t stacks_without_event = 0;
  uint64_t lost_reports = 0;
  uint64_t lost_events = 0;
  uint64_t unreadable_lines = 0;
  uint64_t nr_cpus = 0;

  static Counters Of(const TraceStats& stats) {
    return {stats.bytes,        stats.stacks,      stats.stacks_without_event,
            stats.lost_reports, stats.lost_events, stats.unreadable_lines,
            stats.nr_cpus};
  }
  void CopyTo(TraceStats& stats) const {
    stats.bytes = bytes;
    stats.stacks = stacks;
    stats.stacks_without_event = stacks_without_event;
    stats.lost_reports = lost_reports;
    stats.lost_events = lost_events;
    stats.unreadable_lines = unreadable_lines;
    stats.nr_cpus = nr_cpus;
  }
};

struct ProblemNumbers {
  uint64_t line = 0;
  uint64_t column = 0;
  uint64_t offset = 0;
};

constexpr size_t kNrTexts = 6;
using TextSizes = std::array<uint32_t, kNrTexts>;

std::array<std::string_view*, kNrTexts> TextsOf(TraceEvent& event) {
  return {&event.comm, &event.flags, &event.name,
          &event.text, &event.page,  &event.stack};
}

template <typename Value>
void Append(std::string& out, const Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Takes a value from the front of a message that our own code wrote.
template <typename Value>
Value Take(std::string_view& message) {
  PAGELAB_CHECK(message.size() >= sizeof(Value));
  Value value;
  std::memcpy(static_cast<void*>(&value), message.data(), sizeof(value));
  message.remove_prefix(sizeof(value));
  return value;
}

// The child's end of the pipe.
class MessageWriter {
 public:
  explicit MessageWriter(int pipe) : pipe_(pipe) {}

  void AddEvent(const TraceStats& stats, TraceEvent event) {
    AddNewProblems(stats);
    Begin(MessageType::kEvent);
    Append(out_, Counters::Of(stats));
    Append(out_, event);
    TextSizes sizes{};
    const auto texts = TextsOf(event);
    for (size_t i = 0; i < kNrTexts; ++i) {
      sizes[i] = static_cast<uint32_t>(texts[i]->size());
    }
    Append(out_, sizes);
    for (const std::string_view* text : texts) out_ += *text;
    End();
  }

  void AddEnd(const TraceStats& stats, const absl::Status& status) {
    AddNewProblems(stats);
    Begin(MessageType::kEnd);
    Append(out_, Counters::Of(stats));
    Append(out_, stats.lines);
    Append(out_, status.code());
    out_ += FromAbsl(status.message());
    End();
    Flush();
  }

 private:
  void AddNewProblems(const TraceStats& stats) {
    for (; nr_problems_ < stats.problems.size(); ++nr_problems_) {
      const TraceProblem& problem = stats.problems[nr_problems_];
      Begin(MessageType::kProblem);
      Append(out_,
             ProblemNumbers{problem.line, problem.column, problem.offset});
      out_ += problem.message;
      End();
    }
  }

  void Begin(MessageType type) {
    begin_ = out_.size();
    Append(out_, MessageSize{0});
    Append(out_, type);
  }
  void End() {
    const auto size =
        static_cast<MessageSize>(out_.size() - begin_ - sizeof(MessageSize));
    std::memcpy(&out_[begin_], &size, sizeof(size));
    if (out_.size() >= kBufferSize) Flush();
  }
  // Without a reader there is nothing left to do.
  void Flush() {
    for (size_t written = 0; written < out_.size();) {
      const ssize_t size =
          write(pipe_, out_.data() + written, out_.size() - written);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) _exit(0);
      written += static_cast<size_t>(size);
    }
    out_.clear();
  }

  int pipe_;
  std::string out_;
  size_t begin_ = 0;
  size_t nr_problems_ = 0;
};

// A crash is expected: it ends the process at once and leaves nothing behind,
// no message either.
void DieQuietly() {
  for (const int each : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPIPE,
                         SIGINT, SIGTERM, SIGHUP}) {
    signal(each, SIG_DFL);
  }
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nothing, STDOUT_FILENO);
  dup2(nothing, STDERR_FILENO);
}

[[noreturn]] void RunChild(int pipe, const IsolatedReader::Open& open_reader) {
  DieQuietly();
  MessageWriter writer(pipe);
  const absl::StatusOr<std::unique_ptr<TraceReader>> reader = open_reader();
  if (!reader.ok()) {
    writer.AddEnd(TraceStats(), reader.status());
    _exit(0);
  }
  TraceEvent event;
  while ((*reader)->Next(event)) writer.AddEvent((*reader)->stats(), event);
  writer.AddEnd((*reader)->stats(), (*reader)->status());
  _exit(0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TraceReader>> IsolatedReader::Start(
    std::string name, TraceFormat format, const Open& open) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return SystemError(errno, name, "cannot make a pipe");
  }
  // For fewer changes between the two; a smaller one does as well.
  fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(kBufferSize));
  const pid_t child = fork();
  if (child < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    return SystemError(error, name, "cannot start a process");
  }
  if (child == 0) {
    close(ends[0]);
    RunChild(ends[1], open);
  }
  close(ends[1]);
  return std::unique_ptr<TraceReader>(
      new IsolatedReader(std::move(name), format, ends[0], child));
}

IsolatedReader::IsolatedReader(std::string name, TraceFormat format, int pipe,
                               pid_t child)
    : TraceReader(std::move(name), format),
      pipe_(pipe),
      child_(child),
      buffer_(kBufferSize) {}

IsolatedReader::~IsolatedReader() { EndChild(); }

void IsolatedReader::EndChild() {
  if (child_ < 0) return;
  close(pipe_);
  kill(child_, SIGKILL);
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
}

bool IsolatedReader::Fill(size_t size) {
  if (end_ - at_ >= size) return true;
  std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
  end_ -= at_;
  at_ = 0;
  if (buffer_.size() < size) buffer_.resize(size);
  while (end_ < size) {
    const ssize_t got =
        read(pipe_, buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    end_ += static_cast<size_t>(got);
  }
  return true;
}

std::string_view IsolatedReader::TakeMessage() {
  MessageSize size = 0;
  if (!Fill(sizeof(size))) return {};
  std::memcpy(&size, buffer_.data() + at_, sizeof(size));
  if (!Fill(sizeof(size) + size)) return {};
  const std::string_view message(buffer_.data() + at_ + sizeof(size), size);
  at_ += sizeof(size) + size;
  return message;
}

bool IsolatedReader::Next(TraceEvent& event) {
  while (!over_) {
    std::string_view message = TakeMessage();
    if (message.empty()) {
      ReportCrash();
      break;
    }
    switch (Take<MessageType>(message)) {
      case MessageType::kProblem: {
        const auto numbers = Take<ProblemNumbers>(message);
        mutable_stats().problems.push_back({numbers.line, numbers.column,
                                            numbers.offset,
                                            std::string(message)});
        break;
      }
      case MessageType::kEnd:
        TakeEnd(message);
        break;
      case MessageType::kEvent: {
        Take<Counters>(message).CopyTo(mutable_stats());
        event = Take<TraceEvent>(message);
        const auto sizes = Take<TextSizes>(message);
        const auto texts = TextsOf(event);
        for (size_t i = 0; i < kNrTexts; ++i) {
          *texts[i] = message.substr(0, sizes[i]);
          message.remove_prefix(sizes[i]);
        }
        mutable_stats().lines = event.line;
        last_offset_ = event.offset;
        CountEvent(event);
        return true;
      }
    }
  }
  return false;
}

void IsolatedReader::TakeEnd(std::string_view message) {
  over_ = true;
  Take<Counters>(message).CopyTo(mutable_stats());
  mutable_stats().lines = Take<uint64_t>(message);
  const auto code = Take<absl::StatusCode>(message);
  set_status(absl::Status(code, ToAbsl(message)));
  EndChild();
}

void IsolatedReader::ReportCrash() {
  over_ = true;
  EndChild();
  ++mutable_stats().lines;
  AddProblem(last_offset_, 1,
             "the library that reads this format crashed after this place: "
             "the file is damaged");
  CheckForEvents();
}

}  // namespace pagelab
