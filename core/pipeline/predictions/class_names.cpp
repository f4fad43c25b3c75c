#include "core/pipeline/predictions/class_names.hpp"

#include "core/evaluation/label_mapping.hpp"

namespace goldilocks::pipeline {

std::vector<std::uint32_t> class_indexes(const data::Dataset& dataset, const std::vector<std::string>& labels) {
  if (dataset.classes.empty()) return {};
  return evaluation::map_classes({dataset.classes, dataset.folders}, labels, dataset.path.string());
}

std::shared_ptr<const data::Dataset> named_by_model(const std::shared_ptr<const data::Dataset>& dataset,
                                                    const std::vector<std::uint32_t>& class_index,
                                                    const std::vector<std::string>& labels) {
  std::vector<std::string> names;
  names.reserve(class_index.size());
  for (const std::uint32_t index : class_index) names.push_back(labels[index]);
  if (names == dataset->classes) return dataset;
  auto named = std::make_shared<data::Dataset>(*dataset);
  named->classes = std::move(names);
  return named;
}

}  // namespace goldilocks::pipeline
