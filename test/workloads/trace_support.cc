#include "pagelab/test/workloads/trace_support.h"

#include <list>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/trace/ftrace_reader.h"

namespace pagelab {

WholeTrace ReadAll(TraceReader& reader) {
  WholeTrace trace;
  TraceEvent event;
  while (reader.Next(event)) {
    trace.events.push_back({event, std::string(event.comm),
                            std::string(event.flags), std::string(event.name),
                            std::string(event.text), std::string(event.stack),
                            std::string(event.page)});
  }
  // The strings stay where they are from now on.
  for (KeptEvent& kept : trace.events) {
    kept.event.comm = kept.comm;
    kept.event.flags = kept.flags;
    kept.event.name = kept.name;
    kept.event.text = kept.text;
    kept.event.stack = kept.stack;
    kept.event.page = kept.page;
  }
  trace.stats = reader.stats();
  trace.status = reader.status();
  return trace;
}

WholeTrace ReadTrace(const std::string& text) {
  auto input = InputStream::FromString("trace.txt", text);
  REQUIRE(input.ok());
  FtraceReader reader(**input);
  return ReadAll(reader);
}

WholeTrace ReadAnyTrace(const std::string& text) {
  auto input = InputStream::FromString("trace.txt", text);
  REQUIRE(input.ok());
  auto reader = OpenTrace(**input);
  if (!reader.ok())
    return {.events = {}, .stats = {}, .status = reader.status()};
  return ReadAll(**reader);
}

TraceEvent OnlyEvent(const std::string& line) {
  // Views of the event stay valid as long as the readers do.
  static std::list<std::unique_ptr<InputStream>> inputs;
  static std::list<FtraceReader> readers;
  auto input = InputStream::FromString("trace.txt", line + "\n");
  REQUIRE(input.ok());
  inputs.push_back(*std::move(input));
  FtraceReader& reader = readers.emplace_back(*inputs.back());
  TraceEvent event;
  INFO(line);
  const bool found = reader.Next(event);
  INFO(reader.status());
  REQUIRE(found);
  return event;
}

std::string Functions(std::string_view stack) {
  TraceFrames frames(stack);
  TraceFrame frame;
  std::string functions;
  while (frames.Next(frame)) {
    if (!functions.empty()) functions += ' ';
    functions += frame.function;
  }
  return functions;
}

}  // namespace pagelab
