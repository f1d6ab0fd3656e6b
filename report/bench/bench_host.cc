#include "pagelab/report/bench/bench_host.h"

#include <fmt/format.h>

#include "pagelab/base/text.h"
#include "pagelab/report/bench/read_host.h"

namespace pagelab {

std::string ToString(const BenchHost& host) {
  std::string text =
      fmt::format("{}, {}, {}, {}", host.cpu, Counted(host.cpus, "CPU"),
                  host.os, host.compiler);
  const std::string& how = host.flags.empty() ? host.build_type : host.flags;
  if (!how.empty()) text += " " + how;
  return text;
}

BenchHost ReadHost(const JsonFields& document, Reader& reader) {
  const JsonValue& object = document.Object("host");
  const Reader::Scope scope(reader, "host");
  const JsonFields fields(object, reader);
  BenchHost host;
  host.cpu = fields.Text("cpu");
  host.cpus = fields.Count("cpus");
  host.os = fields.Text("os");
  host.compiler = fields.Text("compiler");
  host.build_type = fields.Text("build_type");
  host.flags = fields.Text("flags");
  return host;
}

}  // namespace pagelab
