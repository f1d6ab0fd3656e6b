#ifndef PAGELAB_WORKLOADS_TRACE_ISOLATED_READER_H_
#define PAGELAB_WORKLOADS_TRACE_ISOLATED_READER_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {

// A reader that works in a child process and hands its events over through a
// pipe. For one that stands on a library which damaged files can crash: the
// crash is then one more unreadable entry, and the end.
class IsolatedReader final : public TraceReader {
 public:
  using Open = std::function<absl::StatusOr<std::unique_ptr<TraceReader>>()>;

  // `open` is called in the child process, with the status of which Next()
  // ends if it fails. `name` is the input's.
  static absl::StatusOr<std::unique_ptr<TraceReader>> Start(std::string name,
                                                            TraceFormat format,
                                                            const Open& open);
  ~IsolatedReader() override;

  bool Next(TraceEvent& event) override;

 private:
  IsolatedReader(std::string name, TraceFormat format, int pipe, pid_t child);

  // The next message without its size; empty if the child has gone.
  std::string_view TakeMessage();
  // Makes so many bytes available from at_ on.
  bool Fill(size_t size);
  void TakeEnd(std::string_view message);
  void ReportCrash();
  void EndChild();

  int pipe_;
  pid_t child_;
  bool over_ = false;
  uint64_t last_offset_ = 0;
  std::vector<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_ISOLATED_READER_H_
