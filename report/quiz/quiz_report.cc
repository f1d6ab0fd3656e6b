// A quiz as text and as JSON.

#include <utility>

#include "pagelab/base/text.h"
#include "pagelab/report/quiz/quiz.h"
#include "pagelab/report/wrapped_text.h"
#include "pagelab/workloads/language/json_value.h"

namespace pagelab {
namespace {

constexpr std::string_view kIndent = "   ";

// Each line of `text` on its own, further in where it is indented itself.
void AppendLines(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.size() ? end : end + 1);
    std::string indent(kIndent);
    while (line.starts_with(' ')) {
      indent += ' ';
      line.remove_prefix(1);
    }
    AppendWrapped(line, indent, out);
  }
}

std::string_view HintOf(AnswerForm form) {
  switch (form) {
    case AnswerForm::kFrame:
      return "Answer with a page frame number, as in 0x1000.";
    case AnswerForm::kNumber:
      return "Answer with a number.";
    case AnswerForm::kLists:
      return "Answer with a line for each list that is not empty, as above.";
    case AnswerForm::kChoice:
      break;
  }
  return "Choose one:";
}

void AppendQuestion(size_t number, const Question& question, bool answers,
                    std::string& out) {
  out += std::to_string(number) + ". " + std::string(ToString(question.topic)) +
         ", " + Counted(static_cast<uint64_t>(question.points), "point") + "\n";
  AppendLines(question.setting, out);
  AppendWrapped(question.ask, kIndent, out);
  AppendWrapped(HintOf(question.form), kIndent, out);
  for (const std::string& choice : question.choices) {
    AppendWrapped(choice, std::string(kIndent) + "- ", out);
  }
  if (answers) {
    out += "\n";
    AppendWrapped("Answer:", kIndent, out);
    AppendLines(question.form == AnswerForm::kLists ? question.answer
                                                    : "  " + question.answer,
                out);
    AppendWrapped("Because " + question.why + ".", kIndent, out);
  }
  out += "\n";
}

JsonValue QuestionJson(size_t number, const Question& question, bool answers) {
  JsonValue json = JsonValue::Object();
  json.Set("number", JsonValue::Number(number));
  json.Set("topic", JsonValue::String(ToString(question.topic)));
  json.Set("kind", JsonValue::String(question.shape));
  json.Set("points", JsonValue::Number(static_cast<uint64_t>(question.points)));
  json.Set("setting", JsonValue::String(question.setting));
  json.Set("question", JsonValue::String(question.ask));
  json.Set("form", JsonValue::String(ToString(question.form)));
  if (!question.choices.empty()) {
    JsonValue choices = JsonValue::Array();
    for (const std::string& choice : question.choices) {
      choices.Append(JsonValue::String(choice));
    }
    json.Set("choices", std::move(choices));
  }
  if (answers) {
    json.Set("answer", JsonValue::String(question.answer));
    json.Set("why", JsonValue::String(question.why));
  }
  return json;
}

}  // namespace

std::string QuizText(const Quiz& quiz, bool answers) {
  int points = 0;
  for (const Question& question : quiz.questions) points += question.points;
  std::string out = "Quiz " + std::to_string(quiz.request.seed) + ": " +
                    Counted(quiz.questions.size(), "question") + ", " +
                    Counted(static_cast<uint64_t>(points), "point") +
                    ", about the page allocator of Linux 6.12\n\n";
  for (size_t i = 0; i < quiz.questions.size(); ++i) {
    AppendQuestion(i + 1, quiz.questions[i], answers, out);
  }
  out.pop_back();
  return out;
}

std::string QuizJson(const Quiz& quiz, bool answers) {
  JsonValue json = JsonValue::Object();
  json.Set("seed", JsonValue::Number(quiz.request.seed));
  json.Set("kernel", JsonValue::String("Linux 6.12"));
  JsonValue questions = JsonValue::Array();
  for (size_t i = 0; i < quiz.questions.size(); ++i) {
    questions.Append(QuestionJson(i + 1, quiz.questions[i], answers));
  }
  json.Set("questions", std::move(questions));
  return json.ToText() + "\n";
}

}  // namespace pagelab
