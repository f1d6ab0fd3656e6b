#include "pagelab/report/export/picture_words.h"

#include <algorithm>
#include <utility>

namespace pagelab {
namespace {

std::string KindOf(const MemoryPicture& picture) {
  switch (picture.kind) {
    case SourceKind::kScenario:
      return "a run";
    case SourceKind::kDirectory:
      return "files of a machine";
    case SourceKind::kDump:
      return "a page_owner dump";
    case SourceKind::kTrace:
      return "a recording";
    case SourceKind::kSnapshot:
      return "a snapshot";
  }
  return "";
}

// The file's name in a title: a replay's is "NAME replayed on MACHINE".
std::string NameInTitle(const MemoryPicture& picture) {
  if (picture.kind != SourceKind::kTrace) return picture.title;
  return picture.title.substr(0, picture.title.rfind(" replayed on "));
}

}  // namespace

std::string TitleOf(const MemoryPicture& picture, Redaction redaction) {
  if (redaction == Redaction::kNone) return picture.title;
  return KindOf(picture) + ", redacted";
}

std::vector<std::string> CommandsOf(const MemoryPicture& picture,
                                    Redaction redaction) {
  if (redaction == Redaction::kNone) return picture.commands;
  return {};
}

std::vector<std::string> MissingOf(const MemoryPicture& picture,
                                   Redaction redaction) {
  Redactor redactor(redaction);
  // A name may be a part of another.
  std::vector<std::string> names = picture.source_names;
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) {
              return std::pair(b.size(), a) < std::pair(a.size(), b);
            });
  std::vector<std::string> sentences;
  for (const std::string& sentence : picture.missing) {
    std::string text = redactor.Sentence(sentence, NameInTitle(picture));
    for (const std::string& name : names) text = redactor.Sentence(text, name);
    sentences.push_back(std::move(text));
  }
  return sentences;
}

}  // namespace pagelab
