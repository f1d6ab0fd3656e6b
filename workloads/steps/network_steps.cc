// Steps of pipes, sockets and network drivers: pipe, pipe_write, pipe_read,
// socket_send, net_rx, net_consume.

#include <algorithm>

#include "pagelab/workloads/kernel/page_frags.h"
#include "pagelab/workloads/kernel/pipes.h"
#include "pagelab/workloads/steps/page_sizes.h"
#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {
namespace {

constexpr uint64_t kPipeBytes = Pipes::kMaxBuffers * kPageSize;

ValueType<std::string> PipeNameType() { return NameType("the name of pipes"); }
ValueType<std::string> QueueNameType() {
  return NameType("the name of a queue");
}

// Sizes of [1, max], said as `expected`.
ValueType<uint64_t> SizeUpTo(uint64_t max, std::string_view expected) {
  ValueType<uint64_t> type = SizeType();
  type.info.expected = std::string(expected);
  type.info.markdown = std::string(expected);
  type.read = [read = type.read, max, expected = std::string(expected)](
                  const JsonValue& value, uint64_t& target, Reader& reader) {
    const size_t nr_errors = reader.nr_errors();
    uint64_t bytes = 0;
    read(value, bytes, reader);
    if (reader.nr_errors() > nr_errors) return;
    if (bytes == 0 || bytes > max) {
      reader.ErrorExpected(value, expected);
      return;
    }
    target = bytes;
  };
  return type;
}

absl::StatusOr<std::deque<Pipe>*> FindPipes(const StepActor& actor,
                                            const std::string& name) {
  std::deque<Pipe>* pipes = actor.world.pipes().FindGroup(name);
  if (pipes != nullptr) return pipes;
  return InvalidInput("there are no pipes \"" + name +
                      "\": \"pipe\" makes some");
}

struct PipeStep final : KernelStep {
  std::string as;
  uint64_t count = 1;
  uint64_t bytes = 0;

  absl::StatusOr<uint64_t> Operations(StepActor& /*actor*/) const override {
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    Pipe& pipe = actor.world.pipes().group(as).emplace_back();
    actor.world.pipes().Write(actor.process, pipe, PagesOf(bytes).value());
    return absl::OkStatus();
  }
};

const ObjectTable<PipeStep>& PipeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<PipeStep>(ObjectInfo{
        .name = "pipe-step",
        .title = "Pipe step",
        .doc = "Makes pipes, and writes into each. A pipe has room for 16 "
               "pages.",
        .example = R"({"as": "shell", "count": 100, "size": "64K"})"});
    result->Add(FieldText{.name = "as",
                          .doc = "What they are called together; more of that "
                                 "name add to them.",
                          .example = "\"shell\"",
                          .required = true},
                &PipeStep::as, PipeNameType());
    result->Add(FieldText{.name = "count",
                          .doc = "How many.",
                          .default_text = "1",
                          .example = "100"},
                &PipeStep::count, CountType(1));
    result->Add(
        FieldText{.name = "size",
                  .doc = "How much is written into each.",
                  .default_text = "nothing",
                  .example = "\"64K\""},
        &PipeStep::bytes,
        SizeUpTo(kPipeBytes, "a size of at most 64K, as a pipe has room for"));
    AddPace(*result, "Pipes");
    AddOf(*result);
    return result;
  }();
  return *table;
}

// For each pipe of a name, `times` in a row.
struct EachPipeStep : KernelStep {
  std::string pipe;
  std::optional<uint64_t> bytes;
  uint64_t times = 1;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_ASSIGN_OR_RETURN(const std::deque<Pipe>* pipes,
                             FindPipes(actor, pipe));
    return times * pipes->size();
  }
  Pipe* Find(StepActor& actor, uint64_t index) const {
    std::deque<Pipe>& pipes = actor.world.pipes().group(pipe);
    return pipes.empty() ? nullptr : &pipes[index % pipes.size()];
  }
};

template <class S>
void AddPipe(ObjectTable<S>& table) {
  table.AddStored(FieldText{.name = "pipe",
                            .doc = "Which pipes, by their name.",
                            .example = "\"shell\"",
                            .required = true},
                  PipeNameType(), [](S& step, std::string pipe) {
                    step.pipe = std::move(pipe);
                  });
  table.AddStored(FieldText{.name = "size",
                            .doc = "How much of each, at most.",
                            .default_text = "all that goes",
                            .example = "\"16K\""},
                  SizeType(),
                  [](S& step, uint64_t bytes) { step.bytes = bytes; });
  table.AddStored(FieldText{.name = "times",
                            .doc = "Through all of them so often.",
                            .default_text = "1",
                            .example = "10"},
                  CountType(1),
                  [](S& step, uint64_t times) { step.times = times; });
}

struct PipeWriteStep final : EachPipeStep {
  absl::Status Do(StepActor& actor, uint64_t index) const override {
    Pipe* found = Find(actor, index);
    if (found == nullptr) return absl::OkStatus();
    actor.world.pipes().Write(actor.process, *found,
                              PagesOf(bytes.value_or(kPipeBytes)).value());
    return absl::OkStatus();
  }
};

const ObjectTable<PipeWriteStep>& PipeWriteTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<PipeWriteStep>(ObjectInfo{
        .name = "pipe_write-step",
        .title = "Pipe_write step",
        .doc = "Writes into pipes. What finds no room is not written.",
        .example = R"({"pipe": "shell", "size": "16K"})"});
    AddPipe(*result);
    AddPace(*result, "Pipes");
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct PipeReadStep final : EachPipeStep {
  bool close = false;

  absl::Status Do(StepActor& actor, uint64_t index) const override {
    Pipe* found = Find(actor, index);
    if (found == nullptr) return absl::OkStatus();
    actor.world.pipes().Read(
        actor.process, *found,
        bytes.has_value() ? PagesOf(*bytes).value() : Pipes::kMaxBuffers);
    if (close) actor.world.pipes().Close(actor.process, *found);
    return absl::OkStatus();
  }
};

const ObjectTable<PipeReadStep>& PipeReadTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<PipeReadStep>(ObjectInfo{
        .name = "pipe_read-step",
        .title = "Pipe_read step",
        .doc = "Reads from pipes. A page that was read is freed, but for two "
               "that each pipe keeps.",
        .example = R"({"pipe": "shell", "close": true})"});
    AddPipe(*result);
    result->Add(FieldText{.name = "close",
                          .doc = "Closes each afterwards, which frees all of "
                                 "its pages.",
                          .default_text = "false",
                          .example = "true"},
                &PipeReadStep::close, BoolType());
    AddPace(*result, "Pipes");
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct SocketSendStep final : KernelStep {
  std::string as;
  PageFrags::Kind kind = PageFrags::Kind::kTcp;
  uint64_t bytes = 0;
  uint64_t count = 1;

  absl::StatusOr<uint64_t> Operations(StepActor& /*actor*/) const override {
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.page_frags().Send(actor.process, as, kind, bytes);
    return absl::OkStatus();
  }
};

const ObjectTable<SocketSendStep>& SocketSendTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<SocketSendStep>(ObjectInfo{
        .name = "socket_send-step",
        .title = "Socket_send step",
        .doc = "Sends messages, which lie in memory until `net_consume` reads "
               "them. TCP cuts them from blocks of 32 KiB of the sender, or "
               "from single pages where there are none; UNIX datagrams are "
               "objects of slabs.",
        .example = R"({"as": "peer", "size": "16K", "count": 100})"});
    result->Add(FieldText{.name = "as",
                          .doc = "Where they queue.",
                          .example = "\"peer\"",
                          .required = true},
                &SocketSendStep::as, QueueNameType());
    result->Add(
        FieldText{.name = "kind",
                  .doc = "Which socket.",
                  .default_text = "\"tcp\"",
                  .example = "\"unix\""},
        &SocketSendStep::kind,
        EnumType(EnumWords<PageFrags::Kind>{{"tcp", PageFrags::Kind::kTcp},
                                            {"unix", PageFrags::Kind::kUnix}}));
    result->Add(FieldText{.name = "size",
                          .doc = "Of a message; of a datagram at most 7872 "
                                 "bytes.",
                          .example = "\"4K\"",
                          .required = true},
                &SocketSendStep::bytes,
                SizeUpTo(uint64_t{1} << 30, "a size of at most 1GiB"));
    result->Add(FieldText{.name = "count",
                          .doc = "How many messages.",
                          .default_text = "1",
                          .example = "100"},
                &SocketSendStep::count, CountType(1));
    AddPace(*result, "Messages");
    AddOf(*result);
    result->SetCheck([](const JsonValue& object, const SocketSendStep& step,
                        Reader& reader) {
      if (step.kind == PageFrags::Kind::kTcp ||
          step.bytes <= PageFrags::kMaxDatagram) {
        return;
      }
      reader.Error(PositionOf(object, "size"),
                   "\"size\" of a UNIX datagram must be at most 7872 bytes: "
                   "larger ones are not simulated");
    });
    return result;
  }();
  return *table;
}

struct NetRxStep final : KernelStep {
  std::string as;
  uint64_t packets = 1;
  uint64_t bytes = 1500;
  std::optional<uint64_t> backlog;
  double leak = 0;

  absl::StatusOr<uint64_t> Operations(StepActor& /*actor*/) const override {
    return packets;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    PageFrags& frags = actor.world.page_frags();
    const bool got = frags.Receive(actor.process, as, bytes);
    if (got && leak > 0 && actor.random.Bernoulli(leak)) frags.Leak(as);
    while (backlog.has_value() && frags.QueueLength(as) > *backlog) {
      frags.Consume(actor.process, as);
    }
    return absl::OkStatus();
  }
};

const ObjectTable<NetRxStep>& NetRxTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<NetRxStep>(ObjectInfo{
        .name = "net_rx-step",
        .title = "Net_rx step",
        .doc = "A network driver receives packets, in the softirq thread of "
               "the task's CPU. Each lies in a fragment of a block of 32 KiB, "
               "which is freed when the last of its fragments is.",
        .example =
            R"({"as": "rx", "packets": 100000, "rate": "50000/s", "backlog": 256, "leak": 0.001})"});
    result->Add(FieldText{.name = "as",
                          .doc = "Where they queue, for `net_consume`.",
                          .example = "\"rx\"",
                          .required = true},
                &NetRxStep::as, QueueNameType());
    result->Add(FieldText{.name = "packets",
                          .doc = "How many.",
                          .example = "100000",
                          .required = true},
                &NetRxStep::packets, CountType(1));
    result->Add(FieldText{.name = "bytes",
                          .doc = "Of a packet.",
                          .default_text = "1500",
                          .example = "512"},
                &NetRxStep::bytes,
                SizeUpTo(PageFrags::kMaxPacket,
                         "a size of at most 3712 bytes, as fits into a page"));
    result->Add(FieldText{.name = "backlog",
                          .doc = "At most so many wait: the oldest are read at "
                                 "once.",
                          .default_text = "all wait",
                          .example = "256"},
                &NetRxStep::backlog, As<std::optional<uint64_t>>(CountType(0)));
    result->Add(FieldText{.name = "leak",
                          .doc = "How likely a packet is forgotten: nobody "
                                 "will ever free it.",
                          .default_text = "0",
                          .example = "0.001"},
                &NetRxStep::leak, RealType({.min = 0, .max = 1}));
    AddPace(*result, "Packets");
    return result;
  }();
  return *table;
}

struct NetConsumeStep final : KernelStep {
  std::string queue;
  std::optional<uint64_t> count;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    if (!actor.world.page_frags().HasQueue(queue)) {
      return InvalidInput("nothing was ever queued as \"" + queue +
                          "\": \"net_rx\" and \"socket_send\" do that");
    }
    const uint64_t there = actor.world.page_frags().QueueLength(queue);
    return std::min(count.value_or(there), there);
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.page_frags().Consume(actor.process, queue);
    return absl::OkStatus();
  }
};

const ObjectTable<NetConsumeStep>& NetConsumeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<NetConsumeStep>(ObjectInfo{
        .name = "net_consume-step",
        .title = "Net_consume step",
        .doc = "Reads packets or messages, oldest first, and frees them.",
        .example = R"({"queue": "rx", "count": 1000})"});
    result->Add(FieldText{.name = "queue",
                          .doc = "Of a `net_rx` or a `socket_send`.",
                          .example = "\"rx\"",
                          .required = true},
                &NetConsumeStep::queue, QueueNameType());
    result->Add(FieldText{.name = "count",
                          .doc = "At most so many.",
                          .default_text = "all",
                          .example = "1000"},
                &NetConsumeStep::count,
                As<std::optional<uint64_t>>(CountType(1)));
    AddPace(*result, "Messages");
    return result;
  }();
  return *table;
}

}  // namespace

void AddNetworkSteps(ObjectTable<Step>& table,
                     std::vector<const ObjectInfo*>& objects) {
  AddKernelStep(table, objects, &PipeTable);
  AddKernelStep(table, objects, &PipeWriteTable);
  AddKernelStep(table, objects, &PipeReadTable);
  AddKernelStep(table, objects, &SocketSendTable);
  AddKernelStep(table, objects, &NetRxTable);
  AddKernelStep(table, objects, &NetConsumeTable);
}

}  // namespace pagelab
