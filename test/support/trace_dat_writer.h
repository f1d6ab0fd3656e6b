// Makes trace.dat files, as trace-cmd 2.x writes them (version 6, described in
// trace-cmd.dat.v6(5)), from events.

#ifndef PAGELAB_TEST_SUPPORT_TRACE_DAT_WRITER_H_
#define PAGELAB_TEST_SUPPORT_TRACE_DAT_WRITER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/workloads/trace/event.h"

namespace pagelab {

class TraceDatWriter {
 public:
  struct Header {
    CpuId cpu;
    // Nanoseconds or ticks; never goes back on one CPU.
    uint64_t time = 0;
    int32_t pid = 0;
    // Bits of the kernel's common_flags and common_preempt_count.
    uint8_t flags = 0;
    uint8_t preempt_count = 0;
  };
  using Fields = std::vector<std::pair<std::string_view, uint64_t>>;

  // The events that there are: test/data/trace/event-formats.txt.
  explicit TraceDatWriter(int nr_cpus);

  void set_clock(std::string clock) { clock_ = std::move(clock); }
  // Takes part of what the file says about the recording kernel, to test what
  // happens without.
  void DropFormat(std::string_view event);
  // Replaces text in an event's format, wherever it is.
  void EditFormat(std::string_view event, std::string_view from,
                  std::string_view to);

  void AddSymbol(uint64_t address, std::string_view name);
  void AddTask(int32_t pid, std::string_view comm);

  // `event`: "kmem/mm_page_free". Fields that are not given are zero.
  void Add(const Header& header, std::string_view event, const Fields& fields);
  // What a record of `event` starts with.
  static Header HeaderOf(const TraceEvent& event);
  // A kmem event with its context.
  void AddEvent(const TraceEvent& event);
  void AddStack(const Header& header, const std::vector<uint64_t>& addresses);
  // Kernel code at `ip` prints.
  void AddPrint(const Header& header, uint64_t ip, std::string_view text);
  // The CPU's next event comes after a gap; the kernel may not know how long.
  void AddLost(CpuId cpu, std::optional<uint64_t> count);

  std::string Contents() const;

 private:
  struct Field {
    size_t offset = 0;
    size_t size = 0;
  };
  struct Format {
    std::string text;
    uint16_t id = 0;
    // Without what is at its end and has no fixed size.
    size_t size = 0;
    std::map<std::string, Field, std::less<>> fields;
  };
  struct Cpu {
    // Whole pages, then the events of the one that is not full.
    std::string pages;
    std::string data;
    uint64_t page_time = 0;
    uint64_t last_time = 0;
    // Of the page that is not full.
    bool missed = false;
    std::optional<uint64_t> nr_missed;
  };

  void ReadFormats();
  void AddRecord(const Header& header, std::string record);
  std::string StartRecord(const Header& header, const Format& format) const;
  static void ClosePage(Cpu& cpu);
  std::string FormatsOf(std::string_view system, uint32_t& count) const;
  std::string HeaderContents() const;

  std::map<std::string, Format, std::less<>> formats_;
  std::vector<Cpu> cpus_;
  std::string clock_ = "local";
  std::string symbols_;
  std::string tasks_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_TRACE_DAT_WRITER_H_
