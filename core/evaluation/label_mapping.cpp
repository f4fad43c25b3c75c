#include "core/evaluation/label_mapping.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/normal_form.hpp"
#include "core/base/suggest.hpp"

namespace goldilocks::evaluation {
namespace {

// A message names so many classes; looking for what was meant takes as long as there are labels, for each of them.
constexpr std::size_t most_named = 20;

std::string with_spaces(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

// Finds labels by their names.
class LabelIndex {
 public:
  explicit LabelIndex(std::span<const std::string> labels) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto index = static_cast<std::uint32_t>(i);
      const std::string normal = normal_form(labels[i]);
      exact_.emplace(labels[i], index);
      if (normal_.emplace(normal, index).second) spaced_[with_spaces(normal)].push_back(normal);
    }
  }

  std::optional<std::uint32_t> find(const std::string& name) const {
    if (const auto exact = exact_.find(name); exact != exact_.end()) return exact->second;
    const auto normal = normal_.find(normal_form(name));
    return normal == normal_.end() ? std::nullopt : std::optional(normal->second);
  }

  std::optional<std::uint32_t> find_folder(const std::string& name) const {
    if (const auto found = find(name)) return found;
    const std::string normal = normal_form(name);
    const std::string spaced = with_spaces(normal);
    if (const auto found = find(spaced)) return found;
    const auto alike = spaced_.find(spaced);
    if (alike == spaced_.end()) return std::nullopt;
    const auto is_meant = [&](const std::string& label) {
      return std::ranges::equal(
          normal, label, [](char ours, char theirs) { return ours == theirs || (ours == '_' && theirs == ' '); });
    };
    const auto found = std::ranges::find_if(alike->second, is_meant);
    if (found == alike->second.end() || std::ranges::count_if(alike->second, is_meant) > 1) return std::nullopt;
    return normal_.at(*found);
  }

 private:
  std::unordered_map<std::string, std::uint32_t> exact_, normal_;
  std::unordered_map<std::string, std::vector<std::string>> spaced_;  // labels that read alike with spaces for "_"
};

std::string unknown_classes(const std::vector<std::string>& unknown, std::span<const std::string> labels) {
  std::string text;
  for (std::size_t i = 0; i < unknown.size() && i < most_named; ++i) {
    text += fmt::format("{}'{}'", i == 0 ? "" : ", ", unknown[i]);
    const std::string meant = closest_match(unknown[i], labels);
    if (!meant.empty()) text += " (did you mean '" + meant + "'?)";
  }
  if (unknown.size() > most_named) text += fmt::format(" and {} more", unknown.size() - most_named);
  return text;
}

}  // namespace

std::vector<std::uint32_t> map_classes(const ClassNames& classes, std::span<const std::string> model_labels,
                                       std::string_view place) {
  const LabelIndex index(model_labels);
  const auto folder_of = [&](std::size_t i) { return classes.folders.empty() ? std::string() : classes.folders[i]; };
  std::vector<std::uint32_t> mapped;
  std::vector<std::string> unknown;
  std::unordered_map<std::uint32_t, std::size_t> class_of;  // by label
  for (std::size_t i = 0; i < classes.names.size(); ++i) {
    const std::string folder = folder_of(i);
    const auto found = folder.empty() ? index.find(classes.names[i]) : index.find_folder(folder);
    if (!found) {
      unknown.push_back(classes.names[i]);
      continue;
    }
    mapped.push_back(*found);
    const auto [other, first] = class_of.emplace(*found, i);
    if (first) continue;
    const auto shown = [&](std::size_t one) { return folder_of(one).empty() ? classes.names[one] : folder_of(one); };
    throw DataError(place, fmt::format("'{}' reads as the label '{}', and so does '{}'", shown(i), model_labels[*found],
                                       shown(other->second)));
  }
  if (unknown.empty()) return mapped;
  std::string text = unknown_classes(unknown, model_labels);
  // A dataset of other names, and not a slip of the pen in one.
  if (mapped.empty() && unknown.size() > 1) text += "; a label map can say which of its labels they are";
  throw DataError(place,
                  fmt::format("the model doesn't know {}{}",
                              unknown.size() == 1 ? "the label " : std::to_string(unknown.size()) + " labels: ", text));
}

std::vector<std::uint32_t> first_of_equals(std::span<const std::string> labels) {
  std::unordered_map<std::string_view, std::uint32_t> first;
  std::vector<std::uint32_t> result;
  result.reserve(labels.size());
  for (const std::string& label : labels) {
    result.push_back(first.emplace(label, static_cast<std::uint32_t>(result.size())).first->second);
  }
  if (first.size() == labels.size()) result.clear();
  return result;
}

std::optional<std::vector<std::uint32_t>> match_labels(std::span<const std::string> labels,
                                                       std::span<const std::string> others) {
  if (labels.size() != others.size()) return std::nullopt;
  // Both in the order of their labels, equal ones in that of their indexes.
  const auto sorted = [](std::span<const std::string> texts) {
    std::vector<std::uint32_t> order(texts.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) -> const std::string& { return texts[i]; });
    return order;
  };
  const std::vector<std::uint32_t> order = sorted(labels);
  const std::vector<std::uint32_t> other_order = sorted(others);
  std::vector<std::uint32_t> matched(labels.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (labels[order[i]] != others[other_order[i]]) return std::nullopt;
    matched[order[i]] = other_order[i];
  }
  return matched;
}

}  // namespace goldilocks::evaluation
