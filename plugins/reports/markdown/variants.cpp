#include "markdown_text.hpp"
#include "sections.hpp"

namespace markdown {
namespace {

using goldilocks::Node;

// "linear_lut (range=half_open)"
std::string function(const Node& variant) {
  std::string options;
  for (const auto& [key, value] : variant.find("options").entries()) {
    if (!options.empty()) options += ", ";
    options.append(key).append("=").append(value.as_string());
  }
  const std::string name(variant.string("function"));
  return escape(options.empty() ? name : name + " (" + options + ')');
}

Node named(const Node& list, const char* key, std::string_view name) {
  for (const Node entry : list) {
    if (entry.string(key) == name) return entry;
  }
  return {};
}

// "0.8150 (0.7550 to 0.8630)"
std::string with_interval(const Node& value, const Node& interval) {
  if (value.is_null()) return "";
  std::string text = fixed(value.as_number(), 4);
  if (interval.is_null()) return text;
  return text + " (" + fixed(interval.number("lower"), 4) + " to " + fixed(interval.number("upper"), 4) + ')';
}

Node metric_of(const Node& evaluation, std::string_view metric) {
  return named(evaluation.find("figures"), "metric", metric);
}

// How much smaller than the model that it is compared with, or "1.6 % larger"; nothing for that one.
std::string smaller(const Node& variant) {
  const double compression = variant.number("compression");
  const bool is_itself = variant.string("model").empty() && compression == 1;
  if (is_itself || compression <= 0) return "";
  const double share = 100 - 100 / compression;
  return share < 0 ? fixed(-share, 1) + " % larger" : fixed(share, 1) + " %";
}

// Of a loaded file: how its weights are stored, unless that is float32; of a function's, nothing.
std::string form(const Node& variant) {
  const std::string_view text = variant.string("form");
  return text == "float32" ? "" : escape(text);
}

// The columns that a document may have or not.
struct Has {
  bool form = false;
  bool evaluated = false;
  bool zip = false;
  bool kl = false;
  bool compared = false;
  bool intervals = false;
  bool judged = false;
};

Has what_is_there(const Node& results) {
  Has has;
  for (const Node variant : results.find("variants")) {
    const Node evaluation = variant.find("evaluation");
    has.form = has.form || !form(variant).empty();
    has.zip = has.zip || !variant.find("cost").is_null();
    has.evaluated = has.evaluated || !evaluation.is_null();
    has.kl = has.kl || !metric_of(evaluation, "kl").is_null();
    has.compared = has.compared || !evaluation.find("comparison").is_null();
    for (const char* metric : {"mean_accuracy", "top1_agreement"}) {
      has.intervals = has.intervals || !metric_of(evaluation, metric).find("interval").is_null();
    }
  }
  const Node selection = results.find("selection");
  has.judged = !selection.find("constraints").empty() || !selection.find("front").is_null();
  return has;
}

std::vector<Column> columns_of(const Has& has) {
  std::vector<Column> columns = {{"variant"}, {"function"}};
  if (has.form) columns.push_back({"form"});
  columns.push_back({"bits", true});
  columns.push_back({"size", true});
  if (has.zip) columns.push_back({"as a zip", true});
  columns.push_back({"smaller", true});
  if (has.evaluated) {
    for (const char* title : {"mean accuracy", "drop", "agreement"}) columns.push_back({title, true});
  }
  if (has.kl) columns.push_back({"KL", true});
  if (has.compared) columns.push_back({"adjusted p", true});
  if (has.judged) columns.push_back({"limits"});
  return columns;
}

// "chosen", "kept", or those that are broken; and whether another variant is better in both figures of the front.
std::string judgement(const Node& selection, std::string_view name) {
  const Node candidate = named(selection.find("candidates"), "variant", name);
  std::string text = name == selection.string("chosen") ? "chosen" : candidate.boolean("passed") ? "kept" : "";
  const Node constraints = selection.find("constraints");
  const Node outcomes = candidate.find("outcomes");
  for (std::size_t i = 0; i < constraints.size() && i < outcomes.size(); ++i) {
    if (outcomes[i].boolean("passed")) continue;
    text += text.empty() ? "breaks " : ", ";
    text += constraints[i].string("metric");
  }
  for (const Node member : selection.find("front").find("variants")) {
    if (member.as_string() == name) text += text.empty() ? "on the front" : "; on the front";
  }
  return escape(text);
}

void add_figures(const Node& evaluation, const Has& has, std::vector<std::string>& row) {
  const Node comparison = evaluation.find("comparison");
  if (has.evaluated) {
    row.push_back(
        with_interval(evaluation.find("meanAccuracy"), metric_of(evaluation, "mean_accuracy").find("interval")));
    row.push_back(with_interval(evaluation.find("meanDrop"), comparison.find("drop")));
    row.push_back(
        with_interval(evaluation.find("top1Agreement"), metric_of(evaluation, "top1_agreement").find("interval")));
  }
  if (has.kl) {
    const Node kl = metric_of(evaluation, "kl");
    row.push_back(kl.is_null() ? "" : small_number(kl.number("value")));
  }
  if (has.compared) row.push_back(comparison.is_null() ? "" : small_number(comparison.number("adjustedPValue")));
}

}  // namespace

std::string variants(const Node& results) {
  const Has has = what_is_there(results);
  const Node selection = results.find("selection");
  const std::string_view chosen = selection.string("chosen");
  const std::vector<Column> columns = columns_of(has);

  std::vector<std::vector<std::string>> rows;
  std::string failed;
  for (const Node variant : results.find("variants")) {
    const std::string_view plain_name = variant.string("name");
    const std::string name = escape(plain_name);
    if (const std::string error = escape(variant.string("error")); !error.empty()) {
      failed.append("- ").append(name).append(": ").append(error).append("\n");
    }
    if (variant.string("file").empty()) continue;
    const std::int64_t bits = variant.integer("bits");
    std::vector<std::string> row = {plain_name == chosen && !chosen.empty() ? "**" + name + "**" : name,
                                    function(variant)};
    if (has.form) row.push_back(form(variant));
    row.push_back(bits == 0 ? "" : std::to_string(bits));
    row.push_back(bytes(variant.integer("sizeBytes")));
    const Node cost = variant.find("cost");
    if (has.zip) row.push_back(cost.is_null() ? "" : bytes(cost.integer("zipBytes")));
    row.push_back(smaller(variant));
    add_figures(variant.find("evaluation"), has, row);
    if (has.judged) row.push_back(judgement(selection, plain_name));
    rows.push_back(std::move(row));
  }

  std::string text;
  if (!rows.empty()) text = "## Variants\n\n" + table(columns, rows);
  if (has.evaluated) {
    text +=
        "\nMean accuracy is the mean of the classes' accuracies; drop is what it lost, and agreement the share of "
        "samples "
        "with the same first answer, both against the full-precision model.";
    if (has.compared) text += " Adjusted p is McNemar's, for all variants together.";
    if (has.intervals) text += " In parentheses are intervals.";
    text += '\n';
  }
  if (!failed.empty()) {
    if (!text.empty()) text += '\n';
    text += "## What failed\n\n" + failed;
  }
  return text;
}

}  // namespace markdown
