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

std::string figure(const Node& evaluation, const char* key) {
  const Node value = evaluation.find(key);
  return value.is_null() ? "" : fixed(value.as_number(), 4);
}

// How much smaller than the model that it is compared with; nothing for that one.
std::string smaller(const Node& variant) {
  const double compression = variant.number("compression");
  const bool is_itself = variant.string("model").empty() && compression == 1;
  return is_itself || compression <= 0 ? "" : fixed(100 - 100 / compression, 1) + " %";
}

bool any_evaluated(const Node& results) {
  for (const Node variant : results.find("variants")) {
    if (!variant.find("evaluation").is_null()) return true;
  }
  return false;
}

}  // namespace

std::string variants(const Node& results) {
  const bool evaluated = any_evaluated(results);
  const std::string_view chosen = results.find("selection").string("chosen");
  std::vector<Column> columns = {{"variant"}, {"function"}, {"bits", true}, {"size", true}, {"smaller", true}};
  if (evaluated) {
    for (const char* title : {"mean accuracy", "drop", "agreement"}) columns.push_back({title, true});
  }

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
                                    function(variant), bits == 0 ? "" : std::to_string(bits),
                                    bytes(variant.integer("sizeBytes")), smaller(variant)};
    if (evaluated) {
      const Node evaluation = variant.find("evaluation");
      row.push_back(figure(evaluation, "meanAccuracy"));
      row.push_back(figure(evaluation, "meanDrop"));
      row.push_back(figure(evaluation, "top1Agreement"));
    }
    rows.push_back(std::move(row));
  }

  std::string text;
  if (!rows.empty()) text = "## Variants\n\n" + table(columns, rows);
  if (evaluated) {
    text +=
        "\nMean accuracy is the mean of the classes' accuracies; drop is "
        "what it lost, and agreement the share of "
        "samples with the same first answer, both against the "
        "full-precision model.\n";
  }
  if (!failed.empty()) {
    if (!text.empty()) text += '\n';
    text += "## What failed\n\n" + failed;
  }
  return text;
}

}  // namespace markdown
