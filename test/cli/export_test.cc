// pagelab export, each format read by a program that is not ours where there
// is one.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/test/workloads/schema_validator.h"

namespace pagelab {
namespace {

using Json = nlohmann::json;

const std::string kDump =
    PAGELAB_TEST_DATA_DIR "/owner/page_owner_records.txt.xz";
const std::string kSchemas = PAGELAB_TEST_DATA_DIR "/schema";

// False, after a warning, where a program is not installed.
bool HasProgram(const std::string& name) {
  if (RunShell("command -v " + name).exit_code == 0) return true;
  WARN("skipped: there is no " + name + " here");
  return false;
}

std::string MustExport(const std::string& arguments) {
  const ProgramResult result = RunProgram("export -q " + arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

uint64_t SumOfFolded(const std::string& text) {
  uint64_t sum = 0;
  for (const std::string& line : LinesOf(text)) {
    sum += std::stoull(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

// What pagelab top adds the dump up to.
Json TotalsOf(const std::string& dump) {
  return Json::parse(RunProgram("top -q --json -n 0 " + dump).out);
}

TEST_CASE("Export: folded stacks add up to what the dump has",
          "[cli][export]") {
  const Json top = TotalsOf(kDump);
  const uint64_t pages = top["total"]["pages"];
  CHECK(pages > 0);
  const std::string folded = MustExport(kDump + " -f folded");
  CHECK(SumOfFolded(folded) == pages);
  CHECK(SumOfFolded(MustExport(kDump + " -f folded --unit bytes")) ==
        pages * 4096);
  CHECK(SumOfFolded(MustExport(kDump + " -f folded --unit allocations")) ==
        top["total"]["records"]);
  // Outermost first, sorted, and no frame has what separates frames.
  const std::vector<std::string> lines = LinesOf(folded);
  CHECK(std::is_sorted(lines.begin(), lines.end(),
                       [](const std::string& a, const std::string& b) {
                         return a.substr(0, a.rfind(' ')) <
                                b.substr(0, b.rfind(' '));
                       }));
  CHECK_THAT(folded, ContainsText(";get_page_from_freelist "));
}

TEST_CASE("Export: a run names the driver that leaks", "[cli][export]") {
  CHECK_THAT(
      MustExport("driver-leak -f folded"),
      ContainsText("nicdrv_poll [nicdrv];nicdrv_alloc_rx_buffers [nicdrv];"));
  CHECK(MustExport("driver-leak -f folded") ==
        MustExport("driver-leak -f folded"));
}

TEST_CASE("Export: protoc decodes a profile by pprof's schema",
          "[cli][export]") {
  if (!HasProgram("protoc")) return;
  const TemporaryDirectory directory;
  const std::string profile = directory.File("owners.pb.gz");
  MustExport(kDump + " -f pprof -o " + profile);
  const ProgramResult decoded =
      RunShell("gzip -dc " + profile + " | protoc -I " + kSchemas +
               " --decode perftools.profiles.Profile profile.proto");
  INFO(decoded.err);
  REQUIRE(decoded.exit_code == 0);
  // Every field is known: a number alone is one that the schema has not.
  uint64_t samples = 0;
  uint64_t pages = 0;
  size_t value = 0;
  std::set<std::string> locations;
  std::set<std::string> used;
  std::string inside;
  for (const std::string& line : LinesOf(decoded.out)) {
    const size_t begin = line.find_first_not_of(' ');
    REQUIRE(begin != std::string::npos);
    CHECK_FALSE(std::isdigit(static_cast<unsigned char>(line[begin])));
    if (begin == 0) inside = line.substr(0, line.find_first_of(" :"));
    if (line == "sample {") {
      ++samples;
      value = 0;
    }
    if (line.starts_with("  location_id: ")) used.insert(line.substr(15));
    if (inside == "location" && line.starts_with("  id: ")) {
      locations.insert(line.substr(6));
    }
    if (inside == "sample" && line.starts_with("  value: ") && value++ == 1) {
      pages += std::stoull(line.substr(9));
    }
  }
  CHECK(samples > 10);
  CHECK(pages == TotalsOf(kDump)["total"]["pages"]);
  CHECK(used == locations);
  CHECK_THAT(decoded.out, ContainsText("string_table: \"GFP_KERNEL\"") &&
                              ContainsText("string_table: \"migratetype\"") &&
                              ContainsText("string_table: \"comm\""));
  // The same bytes again, and fewer samples without labels.
  const std::string again = directory.File("again.pb.gz");
  MustExport(kDump + " -f pprof -o " + again);
  CHECK(FileContents(profile) == FileContents(again));
  MustExport("-f pprof -o " + again + " --labels none " + kDump);
  CHECK(FileContents(again).size() < FileContents(profile).size());
}

TEST_CASE("Export: a profile of speedscope is as its schema says",
          "[cli][export]") {
  const std::string text = MustExport(kDump + " -f speedscope --unit pages");
  const SchemaValidator schema(FileContents(kSchemas + "/speedscope.json"));
  CHECK(schema.Validate(ParsedJson(text)).empty());
  const Json profile = Json::parse(text)["profiles"][0];
  const size_t frames = Json::parse(text)["shared"]["frames"].size();
  CHECK(profile["samples"].size() == profile["weights"].size());
  uint64_t sum = 0;
  for (const Json& weight : profile["weights"]) sum += weight.get<uint64_t>();
  CHECK(sum == profile["endValue"]);
  CHECK(sum == TotalsOf(kDump)["total"]["pages"]);
  bool good = true;
  for (const Json& sample : profile["samples"]) {
    for (const Json& frame : sample) good = good && frame < frames;
  }
  CHECK(good);
  // The validator does say no.
  CHECK_FALSE(schema.Validate(ParsedJson("{\"profiles\":[]}")).empty());
}

// The rules of the trace-event format; returns what is wrong.
std::string CheckTraceEvents(const Json& trace) {
  std::map<std::pair<Json, Json>, std::vector<std::string>> open;
  std::map<std::pair<Json, Json>, double> last;
  for (const Json& event : trace.at("traceEvents")) {
    const std::string ph = event.at("ph");
    if (!event.at("pid").is_number() || !event.at("tid").is_number()) {
      return "no track: " + event.dump();
    }
    if (ph == "M") {
      if (!event.at("args").at("name").is_string()) return event.dump();
      continue;
    }
    const std::pair<Json, Json> track(event["pid"], event["tid"]);
    const double ts = event.at("ts");
    const bool counter = ph == "C";
    if (!counter && last.count(track) != 0 && ts < last[track]) {
      return "back in time: " + event.dump();
    }
    if (!counter) last[track] = ts;
    if (ph == "B") {
      open[track].push_back(event.at("name"));
    } else if (ph == "E") {
      if (open[track].empty()) return "nothing to end: " + event.dump();
      open[track].pop_back();
    } else if (ph == "C") {
      for (const Json& value : event.at("args")) {
        if (!value.is_number()) return event.dump();
      }
    } else if (ph != "i" || event.at("s") != "t") {
      return "unknown: " + event.dump();
    }
  }
  for (const auto& [track, names] : open) {
    if (!names.empty()) return "never ends: " + names.back();
  }
  return "";
}

TEST_CASE("Export: a trace for Perfetto keeps the rules of its format",
          "[cli][export]") {
  const Json trace =
      Json::parse(MustExport("fragmentation --stacks -f perfetto"));
  CHECK(CheckTraceEvents(trace).empty());
  std::map<std::string, int> names;
  for (const Json& event : trace["traceEvents"]) {
    if (event.contains("name")) ++names[event["name"]];
  }
  CHECK(names["alloc"] > 1000);
  CHECK(names["free"] > 1000);
  CHECK(names["refill per-cpu list"] > 10);
  CHECK(names["drain per-cpu list"] > 0);
  CHECK(names["steal pageblock"] > 0);
  CHECK(names["free pages by order"] > 100);
  CHECK(names["fragmentation of order 9"] == names["free pages by order"]);
  CHECK(trace["otherData"]["commands"][0] == "pagelab run fragmentation");
  CHECK(trace.dump().find(" < ") != std::string::npos);
  // The check does say no.
  CHECK_FALSE(
      CheckTraceEvents(
          {{"traceEvents", {{{"ph", "E"}, {"pid", 1}, {"tid", 1}, {"ts", 1}}}}})
          .empty());
}

// RFC 4180: fields of a record; quotes are doubled inside quotes.
std::vector<std::vector<std::string>> ReadCsv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      rows.back().back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!quoted && c == '\r') {
      REQUIRE(i + 1 < text.size());
      REQUIRE(text[i + 1] == '\n');
      if (++i + 1 < text.size()) rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  REQUIRE_FALSE(quoted);
  return rows;
}

TEST_CASE("Export: csv and ndjson have the same rows", "[cli][export]") {
  for (const std::string table :
       {"meta", "records", "stacks", "groups", "events", "samples", "free",
        "pageblocks", "pageblock_changes"}) {
    CAPTURE(table);
    const std::string what = "hello --table " + table;
    const auto rows = ReadCsv(MustExport(what + " -f csv"));
    const auto lines = LinesOf(MustExport(what + " -f ndjson"));
    REQUIRE(rows.size() == lines.size() + 1);
    REQUIRE(rows.size() > 1);
    for (size_t i = 0; i < lines.size(); ++i) {
      const Json object = Json::parse(lines[i]);
      REQUIRE(rows[i + 1].size() == rows[0].size());
      for (size_t column = 0; column < rows[0].size(); ++column) {
        const std::string& cell = rows[i + 1][column];
        if (!object.contains(rows[0][column])) {
          CHECK(cell.empty());
          continue;
        }
        const Json& value = object[rows[0][column]];
        CHECK(cell ==
              (value.is_string() ? value.get<std::string>() : value.dump()));
      }
    }
  }
}

TEST_CASE("Export: the queries of the documentation run", "[cli][export]") {
  if (!HasProgram("sqlite3")) return;
  const TemporaryDirectory directory;
  const std::string run = directory.File("run.db");
  MustExport("fragmentation --stacks -f sqlite -o " + run);
  const std::string mixed = directory.File("mixed.db");
  MustExport("mixed-blocks -f sqlite -o " + mixed);
  const std::string leak = directory.File("leak.db");
  MustExport("driver-leak -f sqlite -o " + leak);
  for (int i = 1; i <= 10; ++i) {
    const std::string prefix = fmt::format("{:02}-", i);
    CAPTURE(prefix);
    size_t rows = 0;
    for (const std::string& database : {run, mixed, leak}) {
      const ProgramResult result = RunShell(
          "for q in " PAGELAB_SOURCE_DIR "/docs/sql/" + prefix +
          "*.sql; do sqlite3 -bail -readonly " + database + " < \"$q\"; done");
      INFO(result.err);
      CHECK(result.exit_code == 0);
      CHECK(result.err.empty());
      rows += LinesOf(result.out).size();
    }
    CHECK(rows > 0);
  }
  const auto ask = [&](const std::string& sql) {
    return RunShell("sqlite3 " + run + " \"" + sql + "\"").out;
  };
  // The driver that leaks is the first suspect.
  CHECK_THAT(RunShell("sqlite3 " + leak +
                      " < " PAGELAB_SOURCE_DIR
                      "/docs/sql/02-leak-suspects.sql | head -n 1")
                 .out,
             ContainsText("nicdrv_alloc_rx_buffers [nicdrv]|nicdrv|10644|10|"));
  CHECK(ask("PRAGMA integrity_check") == "ok\n");
  CHECK(ask("PRAGMA user_version") == "1\n");
  CHECK(ask("SELECT value FROM meta WHERE key='command'") ==
        "pagelab run fragmentation\n");
  // What records and free lists say of a pageblock is at most a pageblock.
  CHECK(ask("SELECT count(*) FROM pageblocks WHERE free+pcp+movable+unmovable "
            "> 1 << (SELECT value+0 FROM meta WHERE key='pageblock_order')") ==
        "0\n");
  // The last sample has what the free lists at the end have.
  CHECK(ask("SELECT (SELECT free_pages FROM samples ORDER BY sample DESC LIMIT "
            "1) = (SELECT sum(pages) FROM free WHERE sample IS NULL AND "
            "migratetype IS NULL)") == "1\n");
  // Changes add up to the state at the end.
  CHECK(ask("SELECT count(*) FROM pageblocks p WHERE p.free + p.pcp <> (SELECT "
            "c.free FROM pageblock_changes c WHERE c.pageblock = p.pageblock "
            "ORDER BY c.sample DESC LIMIT 1)") == "0\n");
  CHECK(ask("SELECT count(*) FROM events e LEFT JOIN stacks s USING (stack) "
            "WHERE event = 'mm_page_alloc' AND s.frames IS NULL") == "0\n");
}

TEST_CASE("Export: what is redacted is nowhere", "[cli][export]") {
  for (const std::string& events :
       {MustExport("use-after-free --redact -f perfetto --stacks"),
        MustExport("use-after-free --redact -f ndjson --table events")}) {
    CHECK_THAT(events, !ContainsText("bash") && !ContainsText("\"ip\"") &&
                           !ContainsText("[scenario]") &&
                           ContainsText("task-1"));
  }
  const std::string secret = "driver-leak --redact -f ";
  for (const std::string& text :
       {MustExport(secret + "folded"), MustExport(secret + "speedscope"),
        MustExport(secret + "csv --table records"),
        MustExport(secret + "ndjson --table stacks"),
        MustExport(secret + "ndjson --table meta")}) {
    CHECK_THAT(text, !ContainsText("nicdrv") && !ContainsText("nginx") &&
                         !ContainsText("ksoftirqd/") &&
                         !ContainsText("driver-leak"));
  }
  const std::string folded = MustExport(secret + "folded");
  CHECK_THAT(folded, ContainsText("__napi_poll;function-1 [module-1];function-2"
                                  " [module-1];alloc_pages_mpol_noprof;"));
  // Only names change.
  CHECK(SumOfFolded(folded) ==
        SumOfFolded(MustExport("driver-leak -f folded")));
  const std::string all = MustExport("driver-leak --redact=all -f folded");
  CHECK_THAT(all, !ContainsText("napi_poll") && ContainsText("function-1;"));
  if (!HasProgram("sqlite3")) return;
  const TemporaryDirectory directory;
  const std::string database = directory.File("a.db");
  MustExport(secret + "sqlite -o " + database);
  CHECK_THAT(FileContents(database),
             !ContainsText("nicdrv") && !ContainsText("nginx"));
}

// A record as the kernel prints it.
std::string RecordText(const std::string& head, const std::string& frames) {
  return "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), " + head +
         "\nPFN 0x12345 type Unmovable Block 145 type Unmovable Flags "
         "0x0(node=0|zone=1)\n" +
         frames + "\n";
}

TEST_CASE("Export: what is redacted is in no label", "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile(
      "SECRET.txt",
      RecordText("pid 7001, tgid 7001 (SECRETtask), ts 60000000000 ns",
                 " SECRETfn9+0x10/0x20 [SECRETmod]\n vfs_read+0x1/0x2\n") +
          RecordText("pid 7002, tgid 7002 (SECRETtask), ts 10000000000 ns",
                     " bpf_prog_1234_SECRETbpf+0x5/0x6\n"));
  for (const std::string redact : {"--redact", "--redact=all"}) {
    for (const std::string labels :
         {"function", "module", "comm,pid,tgid,memcg,age,zone,allocator"}) {
      const std::string profile =
          RunShell("\"$PAGELAB\" export -q " + dump + " -f pprof " + redact +
                   " --labels " + labels + " | gzip -dc")
              .out;
      CAPTURE(redact, labels);
      CHECK_FALSE(profile.empty());
      CHECK_THAT(profile, !ContainsText("SECRET"));
    }
    for (const std::string table : {"meta", "records", "stacks", "groups"}) {
      CHECK_THAT(
          MustExport(dump + " -f ndjson " + redact + " --table " + table),
          !ContainsText("SECRET") && !ContainsText("700"));
    }
  }
}

TEST_CASE("Export: labels of a profile have their values", "[cli][export]") {
  if (!HasProgram("protoc")) return;
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile(
      "dump.txt",
      RecordText("pid 7001, tgid 7002 (a), ts 60000000000 ns", " f+0x1/0x2\n") +
          RecordText("pid 7003, tgid 7004 (a), ts 10000000000 ns",
                     " f+0x1/0x2\n"));
  const std::string text =
      RunShell("\"$PAGELAB\" export -q " + dump +
               " -f pprof --labels age,pid,tgid,order,node | gzip -dc | protoc "
               "-I " +
               kSchemas + " --decode perftools.profiles.Profile profile.proto")
          .out;
  CHECK_THAT(text, ContainsText("num: 7001") && ContainsText("num: 7002") &&
                       ContainsText("num: 7003") && ContainsText("num: 7004") &&
                       ContainsText("string_table: \"10s to 1min\""));
}

}  // namespace
}  // namespace pagelab
