#include "pagelab/sim/files/memcg_files.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/sim/files/rendered_file.h"

namespace pagelab {
namespace {

constexpr auto kPage = static_cast<int64_t>(kPageSize);

std::string Bytes(int64_t pages) { return fmt::format("{}\n", pages * kPage); }

std::string Limit(PageCount pages) {
  if (pages == MemcgAccount::kNoLimit) return "max\n";
  return fmt::format("{}\n", pages.bytes());
}

std::string Events(const MemcgAccount& account) {
  static constexpr std::array<std::string_view, kNrMemcgEvents> kNames = {
      "low", "high", "max", "oom", "oom_kill", "oom_group_kill"};
  std::string text;
  for (size_t i = 0; i < kNames.size(); ++i) {
    text += fmt::format("{} {}\n", kNames[i], account.events[i]);
  }
  return text;
}

std::string Stat(const MemcgAccount& account) {
  return fmt::format(
      "anon {}\nfile {}\nkernel {}\nslab {}\n", account.anon * kPage,
      (account.user - account.anon) * kPage,
      account.kernel * kPage + account.slab_bytes, account.slab_bytes);
}

struct MemcgFile {
  std::string_view name;
  std::string (*text)(const MemcgAccount& account);
};

constexpr std::array kFiles = {
    MemcgFile{
        "memory.current",
        [](const MemcgAccount& account) { return Bytes(account.usage()); }},
    MemcgFile{"memory.events", &Events},
    MemcgFile{"memory.high",
              [](const MemcgAccount& account) { return Limit(account.high); }},
    MemcgFile{"memory.max",
              [](const MemcgAccount& account) { return Limit(account.max); }},
    MemcgFile{"memory.peak",
              [](const MemcgAccount& account) { return Bytes(account.peak); }},
    MemcgFile{"memory.stat", &Stat},
};

std::unique_ptr<SimFile> OpenRootStat(const MemcgTable& memcgs) {
  return std::make_unique<RenderedFile>([&memcgs](RenderFor) {
    return fmt::format("nr_descendants {}\nnr_dying_descendants {}\n",
                       memcgs.nr_descendants(), memcgs.nr_dying_descendants());
  });
}

absl::Status NoMemcg(const MemcgTable& memcgs, std::string_view name) {
  std::vector<std::string_view> online;
  for (size_t i = 0; i < memcgs.size(); ++i) {
    const MemcgView view = memcgs.Memcg(static_cast<uint32_t>(i));
    if (view.online) online.push_back(view.name);
  }
  return absl::NotFoundError("no memory cgroup \"" + std::string(name) +
                             "\" is online" + DidYouMean(name, online));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SimFile>> OpenMemcgFile(const MemcgTable& memcgs,
                                                       std::string_view path) {
  if (path == "cgroup.stat") return OpenRootStat(memcgs);
  const size_t slash = path.find('/');
  const std::string_view name = path.substr(0, slash);
  const std::string_view leaf =
      slash == std::string_view::npos ? "" : path.substr(slash + 1);
  const std::optional<uint32_t> memcg = memcgs.FindOnline(name);
  if (!memcg.has_value()) return NoMemcg(memcgs, name);
  std::vector<std::string_view> names;
  for (const MemcgFile& file : kFiles) {
    names.push_back(file.name);
    if (file.name != leaf) continue;
    return std::make_unique<RenderedFile>(
        [&memcgs, memcg = *memcg, text = file.text](RenderFor) {
          return text(memcgs.account(memcg));
        });
  }
  return absl::NotFoundError("no file \"" + std::string(leaf) +
                             "\" in a memory cgroup" + DidYouMean(leaf, names));
}

}  // namespace pagelab
