#include <algorithm>

#include "markdown_text.hpp"
#include "sections.hpp"

namespace markdown {
namespace {

using goldilocks::Node;

std::vector<std::vector<std::string>> rows(const Node& results, std::string_view dataset, std::size_t classes) {
  std::vector<std::vector<std::string>> rows;
  for (const Node variant : results.find("variants")) {
    const Node evaluation = variant.find("evaluation");
    if (evaluation.is_null() || evaluation.string("dataset") != dataset) continue;
    const Node accuracy = evaluation.find("classAccuracy");
    if (accuracy.size() != classes) {
      throw goldilocks::BadData("the variant '" + std::string(variant.string("name")) + "' has " +
                                std::to_string(accuracy.size()) + " class accuracies for " + std::to_string(classes) +
                                " classes");
    }
    std::vector<std::string> row = {escape(variant.string("name"))};
    for (const Node figure : accuracy) row.push_back(fixed(figure.as_number(), 4));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::string class_accuracy(const Node& results, std::int64_t limit) {
  const Node datasets = results.find("datasets");
  std::string text;
  for (const Node dataset : datasets) {
    const Node classes = dataset.find("classes");
    const auto figures = rows(results, dataset.string("name"), classes.size());
    if (figures.empty() || classes.empty()) continue;
    text += text.empty() ? "## Accuracy per class\n\n" : "\n";
    if (datasets.size() > 1) text += "### " + escape(dataset.string("name")) + "\n\n";
    if (static_cast<std::int64_t>(classes.size()) > limit) {
      text += "The figures of " + std::to_string(classes.size()) + " classes are in results.json.\n";
      continue;
    }
    std::vector<Column> columns = {{"variant"}};
    for (const Node name : classes) columns.push_back({escape(name.as_string()), true});
    text += table(columns, figures);
  }
  return text;
}

}  // namespace markdown
