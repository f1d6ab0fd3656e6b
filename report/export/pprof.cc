// pprof's profile.proto. Streamed: a message's repeated fields may come in any
// number of pieces.

#include <protozero/pbf_writer.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "pagelab/base/status.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/report/export/export_formats.h"
#include "pagelab/report/export/frame_name.h"
#include "pagelab/report/export/owner_stacks.h"
#include "pagelab/report/export/picture_words.h"

namespace pagelab {
namespace {

using protozero::pbf_writer;

// Numbers of the published schema's fields.
enum ProfileField : uint32_t {
  kSampleType = 1,
  kSample = 2,
  kMapping = 3,
  kLocation = 4,
  kFunction = 5,
  kStringTable = 6,
  kComment = 13,
  kDefaultSampleType = 14
};
enum ValueTypeField : uint32_t { kType = 1, kUnit = 2 };
enum SampleField : uint32_t { kLocationId = 1, kValue = 2, kLabel = 3 };
enum LabelField : uint32_t { kKey = 1, kStr = 2, kNum = 3 };
enum MappingField : uint32_t {
  kMappingId = 1,
  kFilename = 5,
  kHasFunctions = 7
};
enum LocationField : uint32_t { kId = 1, kMappingOf = 2, kLine = 4 };
enum LineField : uint32_t { kFunctionId = 1 };
enum FunctionField : uint32_t { kFunctionNumber = 1, kName = 2, kSystem = 3 };

class ProfileWriter {
 public:
  ProfileWriter(const ExportOptions& options, OutputStream& out)
      : options_(options), redactor_(options.redaction), out_(out) {
    StringNumber("");
  }

  void WriteHead(const MemoryPicture& picture) {
    WriteValueType("allocations", "count");
    WriteValueType("pages", "count");
    WriteValueType("space", "bytes");
    std::vector<std::string> comments = CommandsOf(picture, options_.redaction);
    comments.insert(comments.begin(), TitleOf(picture, options_.redaction));
    for (std::string& note : MissingOf(picture, options_.redaction)) {
      comments.push_back(std::move(note));
    }
    std::string data;
    pbf_writer profile(data);
    std::vector<int64_t> numbers;
    for (const std::string& comment : comments) {
      numbers.push_back(StringNumber(Utf8Of(comment)));
    }
    profile.add_packed_int64(kComment, numbers.begin(), numbers.end());
    profile.add_int64(kDefaultSampleType, StringNumber("space"));
    out_.Append(data);
  }

  void WriteSample(const OwnerStack& stack) {
    std::vector<uint64_t> locations;
    for (auto frame = stack.frames.rbegin(); frame != stack.frames.rend();
         ++frame) {
      locations.push_back(LocationNumber(*frame));
    }
    std::string data;
    pbf_writer profile(data);
    {
      pbf_writer sample(profile, kSample);
      sample.add_packed_uint64(kLocationId, locations.begin(), locations.end());
      const int64_t values[] = {
          static_cast<int64_t>(stack.count.records),
          static_cast<int64_t>(stack.count.pages),
          static_cast<int64_t>(stack.count.pages * kPageSize)};
      sample.add_packed_int64(kValue, std::begin(values), std::end(values));
      for (size_t i = 0; i < options_.labels.size(); ++i) {
        AddLabel(sample, options_.labels[i], stack.labels[i], stack);
      }
    }
    out_.Append(data);
  }

  // Everything that samples refer to.
  void WriteTables() {
    for (size_t i = 0; i < modules_.size(); ++i) WriteMapping(i + 1);
    out_.Append(tables_);
    std::string data;
    pbf_writer profile(data);
    for (const std::string& text : strings_) {
      profile.add_string(kStringTable, text);
    }
    out_.Append(data);
  }

 private:
  int64_t StringNumber(std::string text) {
    const auto [at, added] = string_numbers_.try_emplace(text, strings_.size());
    if (added) strings_.push_back(std::move(text));
    return static_cast<int64_t>(at->second);
  }

  void WriteValueType(const char* type, const char* unit) {
    std::string data;
    pbf_writer profile(data);
    {
      pbf_writer value_type(profile, kSampleType);
      value_type.add_int64(kType, StringNumber(type));
      value_type.add_int64(kUnit, StringNumber(unit));
    }
    out_.Append(data);
  }

  void AddLabel(pbf_writer& sample, DumpField field, const std::string& value,
                const OwnerStack& stack) {
    // "-" says that the record does not know.
    if (value == "-" || value.empty()) return;
    pbf_writer label(sample, kLabel);
    label.add_int64(kKey, StringNumber(std::string(InfoOf(field).name)));
    int64_t number = 0;
    // Ages are steps, in words.
    if (InfoOf(field).is_number && field != DumpField::kAge &&
        absl::SimpleAtoi(value, &number)) {
      const bool is_task =
          field == DumpField::kPid || field == DumpField::kTgid;
      label.add_int64(kNum, is_task ? redactor_.Pid(number) : number);
      return;
    }
    label.add_int64(kStr, StringNumber(Utf8Of(TextLabel(field, value, stack))));
  }

  std::string TextLabel(DumpField field, const std::string& value,
                        const OwnerStack& stack) {
    switch (field) {
      case DumpField::kComm:
        return redactor_.Comm(value);
      case DumpField::kMemcg:
        return redactor_.Memcg(value);
      case DumpField::kFunction:
      case DumpField::kModule: {
        const FrameList frames(stack.frames.rbegin(), stack.frames.rend());
        const Redactor::Owner owner = redactor_.OwnerOf(frames);
        return field == DumpField::kFunction ? owner.function : owner.module;
      }
      default:
        // Words of the kernel and of pagelab.
        return value;
    }
  }

  uint64_t FunctionNumber(const std::string& name) {
    const auto [at, added] =
        functions_.try_emplace(name, functions_.size() + 1);
    if (added) {
      pbf_writer profile(tables_);
      pbf_writer function(profile, kFunction);
      function.add_uint64(kFunctionNumber, at->second);
      function.add_int64(kName, StringNumber(name));
      function.add_int64(kSystem, StringNumber(name));
    }
    return at->second;
  }

  // The kernel itself and each module is what a binary is elsewhere.
  uint64_t MappingNumber(std::string module) {
    if (module.empty()) module = "[kernel]";
    for (size_t i = 0; i < modules_.size(); ++i) {
      if (modules_[i] == module) return i + 1;
    }
    modules_.push_back(std::move(module));
    return modules_.size();
  }

  void WriteMapping(uint64_t number) {
    const int64_t name = StringNumber(modules_[number - 1]);
    std::string data;
    pbf_writer profile(data);
    {
      pbf_writer mapping(profile, kMapping);
      mapping.add_uint64(kMappingId, number);
      mapping.add_int64(kFilename, name);
      mapping.add_bool(kHasFunctions, true);
    }
    out_.Append(data);
  }

  uint64_t LocationNumber(const std::string& raw) {
    const auto [at, added] = locations_.try_emplace(raw, locations_.size() + 1);
    if (!added) return at->second;
    const std::string frame = redactor_.Frame(raw);
    const uint64_t function = FunctionNumber(FrameName(frame));
    const uint64_t mapping = MappingNumber(Utf8Of(ModuleOf(frame)));
    pbf_writer profile(tables_);
    pbf_writer location(profile, kLocation);
    location.add_uint64(kId, at->second);
    location.add_uint64(kMappingOf, mapping);
    pbf_writer line(location, kLine);
    line.add_uint64(kFunctionId, function);
    return at->second;
  }

  const ExportOptions& options_;
  Redactor redactor_;
  OutputStream& out_;
  std::vector<std::string> strings_;
  absl::flat_hash_map<std::string, size_t> string_numbers_;
  absl::flat_hash_map<std::string, uint64_t> functions_;
  absl::flat_hash_map<std::string, uint64_t> locations_;
  std::vector<std::string> modules_;
  // Locations and functions, which come up while samples are written.
  std::string tables_;
};

}  // namespace

absl::Status ExportPprof(const MemoryPicture& picture,
                         const ExportOptions& options, OutputStream& out) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<OwnerStack> stacks,
                           SumOwnerStacks(picture, options.labels));
  ProfileWriter writer(options, out);
  writer.WriteHead(picture);
  for (const OwnerStack& stack : stacks) writer.WriteSample(stack);
  writer.WriteTables();
  return out.status();
}

}  // namespace pagelab
