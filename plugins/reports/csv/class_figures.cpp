#include "class_figures.hpp"

#include <set>

namespace csv {
namespace {

using goldilocks::BadData;
using goldilocks::Node;

Node find_dataset(const Node& results, std::string_view name) {
  for (const Node dataset : results.find("datasets")) {
    if (dataset.string("name") == name) return dataset;
  }
  throw BadData("an evaluation is of the dataset '" + std::string(name) + "', which the results do not list");
}

}  // namespace

std::vector<ClassFigures> class_figures(const Node& results) {
  std::vector<ClassFigures> all;
  for (const Node variant : results.find("variants")) {
    ClassFigures figures;
    if (const Node evaluation = variant.find("evaluation"); !evaluation.is_null()) {
      const Node classes = find_dataset(results, evaluation.string("dataset")).find("classes");
      const Node accuracy = evaluation.find("classAccuracy");
      if (accuracy.size() != classes.size()) {
        throw BadData("the variant '" + std::string(variant.string("name")) + "' has " +
                      std::to_string(accuracy.size()) + " class accuracies for " + std::to_string(classes.size()) +
                      " classes");
      }
      for (std::size_t i = 0; i < classes.size(); ++i) {
        figures.emplace(classes[i].as_string(), accuracy[i].as_number());
      }
    }
    all.push_back(std::move(figures));
  }
  return all;
}

std::vector<std::string> class_names(const std::vector<ClassFigures>& figures) {
  std::set<std::string> names;
  for (const ClassFigures& of_variant : figures) {
    for (const auto& [name, accuracy] : of_variant) names.insert(name);
  }
  return {names.begin(), names.end()};
}

}  // namespace csv
