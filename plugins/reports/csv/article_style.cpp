// The table of the article's playground:
//
//     model, size,french fries,hamburger
//     food.mlmodel,4942396,0.64,1.0,
//     food_linear_8.mlmodel,1243500,0.63,0.98,
//
// Its header is written once, for all datasets: with several, a class that a
// model was not asked about is an empty field.
#include <algorithm>

#include "class_figures.hpp"
#include "csv_text.hpp"
#include "styles.hpp"

namespace csv {
namespace {

using goldilocks::Node;

struct Row {
  std::string file;
  std::int64_t size = 0;
  ClassFigures figures;
};

std::string file_name(const Node& variant) {
  const std::string_view file = variant.string("file");
  return std::string(file.substr(file.rfind('/') + 1));  // npos + 1 is 0
}

// Variants that have a file, by its name.
std::vector<Row> rows(const Node& results, std::vector<ClassFigures> figures) {
  std::vector<Row> rows;
  std::size_t index = 0;
  for (const Node variant : results.find("variants")) {
    ClassFigures& own = figures[index++];
    if (variant.string("file").empty()) continue;
    rows.push_back({file_name(variant), variant.integer("sizeBytes"), std::move(own)});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.file < b.file; });
  return rows;
}

}  // namespace

std::string article_style(const Node& results) {
  const std::vector<ClassFigures> figures = class_figures(results);
  const std::vector<std::string> classes = class_names(figures);

  std::string text = "model, size,";
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (i > 0) text += ',';
    text += field(classes[i]);
  }
  text += '\n';
  for (const Row& row : rows(results, figures)) {
    text += field(row.file) + ',' + std::to_string(row.size) + ',';
    if (!row.figures.empty()) {
      for (const std::string& name : classes) {
        const auto found = row.figures.find(name);
        if (found != row.figures.end()) text += number(found->second);
        text += ',';
      }
    }
    text += '\n';
  }
  return text;
}

}  // namespace csv
