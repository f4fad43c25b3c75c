#include "core/evaluation/label_mapping.hpp"

#include <unordered_map>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"

namespace goldilocks::evaluation {

std::vector<std::uint32_t> map_classes(std::span<const std::string> dataset_classes,
                                       std::span<const std::string> model_labels, std::string_view place) {
  std::unordered_map<std::string_view, std::uint32_t> index_of;
  for (std::size_t i = 0; i < model_labels.size(); ++i) {
    index_of.emplace(model_labels[i], static_cast<std::uint32_t>(i));
  }
  std::vector<std::uint32_t> mapped;
  std::string unknown;
  std::size_t unknown_count = 0;
  for (const std::string& name : dataset_classes) {
    const auto found = index_of.find(name);
    if (found != index_of.end()) {
      mapped.push_back(found->second);
      continue;
    }
    unknown += (unknown_count++ == 0 ? "'" : ", '") + name + "'";
    const std::string meant = closest_match(name, model_labels);
    if (!meant.empty()) unknown += " (did you mean '" + meant + "'?)";
  }
  if (unknown_count == 0) return mapped;
  // A dataset of other names, and not a slip of the pen in one.
  if (mapped.empty() && unknown_count > 1) unknown += "; a label map can say which of its labels they are";
  throw DataError(std::string(place) + ": the model doesn't know " +
                  (unknown_count == 1 ? "the label " : std::to_string(unknown_count) + " labels: ") + unknown);
}

}  // namespace goldilocks::evaluation
