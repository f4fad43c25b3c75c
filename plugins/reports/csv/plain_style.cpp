#include <algorithm>
#include <vector>

#include "class_figures.hpp"
#include "csv_text.hpp"
#include "styles.hpp"

namespace csv {
namespace {

using goldilocks::Node;

// "range=half_open; seed=1"
std::string options_text(const Node& options) {
  std::string text;
  for (const auto& [key, value] : options.entries()) {
    if (!text.empty()) text += "; ";
    text.append(key).append("=").append(value.as_string());
  }
  return text;
}

struct Column {
  const char* key;              // in the document, and in the header
  bool is_real = false;         // not an integer, even where the document writes it as one
  bool is_of_the_file = false;  // of no meaning without a file, even if the
                                // document holds a default
};

constexpr Column of_variant[] = {{"name"},
                                 {"file"},
                                 {"model"},
                                 {"function"},
                                 {"bits"},
                                 {"form"},
                                 {.key = "sizeBytes", .is_of_the_file = true},
                                 {.key = "compression", .is_real = true, .is_of_the_file = true}};
constexpr Column of_evaluation[] = {{"dataset"},
                                    {"backend"},
                                    {"samples"},
                                    {.key = "meanAccuracy", .is_real = true},
                                    {.key = "accuracy", .is_real = true},
                                    {.key = "top5Accuracy", .is_real = true},
                                    {.key = "meanDrop", .is_real = true},
                                    {.key = "top1Agreement", .is_real = true},
                                    {"baseline"}};

// The column's value as a field; empty where there is none.
std::string figure(const Node& map, const Column& column) {
  const Node value = map.find(column.key);
  if (value.is_null()) return "";
  if (value.is_string() && !column.is_real) return field(value.as_string());
  return column.is_real ? number(value.as_number()) : std::to_string(value.as_integer());
}

// What a comparison with the baseline shows.
constexpr Column of_comparison[] = {{"bothRight"},
                                    {"onlyBaselineRight"},
                                    {"onlyVariantRight"},
                                    {"bothWrong"},
                                    {.key = "pValue", .is_real = true},
                                    {.key = "adjustedPValue", .is_real = true},
                                    {"samplesNeeded"}};

std::string compared(const Node& comparison, const Column& column) {
  if (comparison.is_null()) return "";
  return column.is_real ? number(comparison.number(column.key)) : std::to_string(comparison.integer(column.key));
}

Node named(const Node& list, const char* key, std::string_view name) {
  for (const Node entry : list) {
    if (entry.string(key) == name) return entry;
  }
  return {};
}

std::string ends(const Node& interval) {
  if (interval.is_null()) return ",";
  return number(interval.number("lower")) + ',' + number(interval.number("upper"));
}

// The names of all metrics, in the order in which they first occur.
std::vector<std::string> metrics_of(const Node& results) {
  std::vector<std::string> metrics;
  for (const Node variant : results.find("variants")) {
    for (const Node entry : variant.find("evaluation").find("figures")) {
      const std::string name(entry.string("metric"));
      if (std::find(metrics.begin(), metrics.end(), name) == metrics.end()) metrics.push_back(name);
    }
  }
  return metrics;
}

// "mean_drop at most 0.01; agreement at least 0.95": the limits that the variant doesn't keep.
std::string broken_limits(const Node& selection, const Node& candidate) {
  std::string text;
  const Node constraints = selection.find("constraints");
  const Node outcomes = candidate.find("outcomes");
  for (std::size_t i = 0; i < constraints.size() && i < outcomes.size(); ++i) {
    if (outcomes[i].boolean("passed")) continue;
    const bool at_most = !constraints[i].find("atMost").is_null();
    if (!text.empty()) text += "; ";
    text.append(constraints[i].string("metric")).append(at_most ? " at most " : " at least ");
    text += number(constraints[i].number(at_most ? "atMost" : "atLeast"));
  }
  return text;
}

const char* yes_or_no(bool value) { return value ? "true" : "false"; }

// How it fared in the selection: chosen, passed, on the front, the limits that it broke. Nothing but the first one for
// a variant that was not compared.
std::string choice(const Node& selection, const Node& variant) {
  const std::string_view name = variant.string("name");
  const Node candidate = named(selection.find("candidates"), "variant", name);
  const std::string_view chosen = selection.string("chosen");
  std::string text = yes_or_no(name == chosen && !chosen.empty());
  if (candidate.is_null()) return text + ",,,";
  bool on_front = false;
  for (const Node member : selection.find("front").find("variants")) on_front = on_front || member.as_string() == name;
  return text + ',' + yes_or_no(candidate.boolean("passed")) + ',' + yes_or_no(on_front) + ',' +
         field(broken_limits(selection, candidate));
}

std::string header(const std::vector<std::string>& metrics, const std::vector<std::string>& classes) {
  std::string text;
  for (const Column& column : of_variant) text.append(column.key).append(",");
  text += "zipBytes,options,";
  for (const Column& column : of_evaluation) text.append(column.key).append(",");
  text += "dropLower,dropUpper,";
  for (const Column& column : of_comparison) text.append(column.key).append(",");
  text += "chosen,passed,onFront,brokenLimits,error";
  for (const std::string& metric : metrics) {
    for (const char* part : {"", " lower", " upper"}) text += ',' + field(metric + part);
  }
  for (const std::string& name : classes) text += ',' + field("accuracy of " + name);
  return text + "\r\n";
}

}  // namespace

std::string plain_style(const Node& results) {
  const std::vector<ClassFigures> figures = class_figures(results);
  const std::vector<std::string> classes = class_names(figures);
  const std::vector<std::string> metrics = metrics_of(results);
  const Node selection = results.find("selection");

  std::string text = header(metrics, classes);
  std::size_t index = 0;
  for (const Node variant : results.find("variants")) {
    const ClassFigures& own = figures[index++];
    const bool has_file = !variant.string("file").empty();
    const Node evaluation = variant.find("evaluation");
    const Node comparison = evaluation.find("comparison");
    for (const Column& column : of_variant) {
      if (has_file || !column.is_of_the_file) text += figure(variant, column);
      text += ',';
    }
    text += figure(variant.find("cost"), {"zipBytes"}) + ',' + field(options_text(variant.find("options"))) + ',';
    for (const Column& column : of_evaluation) text += figure(evaluation, column) + ',';
    text += ends(comparison.find("drop")) + ',';
    for (const Column& column : of_comparison) text += compared(comparison, column) + ',';
    text += choice(selection, variant) + ',' + field(variant.string("error"));
    for (const std::string& metric : metrics) {
      const Node entry = named(evaluation.find("figures"), "metric", metric);
      text += ',';
      text += (entry.is_null() ? "" : number(entry.number("value"))) + ',' + ends(entry.find("interval"));
    }
    for (const std::string& name : classes) {
      const auto found = own.find(name);
      text += ',';
      if (found != own.end()) text += number(found->second);
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace csv
