#include "core/pipeline/plan/planned_datasets.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/hash.hpp"
#include "core/base/paths.hpp"
#include "core/data/label_map.hpp"

namespace goldilocks::pipeline {
namespace {

std::optional<std::size_t> find(const Plan& plan, std::size_t dataset, const std::string& part) {
  for (std::size_t i = 0; i < plan.datasets.size(); ++i) {
    if (plan.datasets[i].dataset == dataset && plan.datasets[i].part == part) return i;
  }
  return std::nullopt;
}

constexpr std::size_t most_named = 12;

// The classes whose figures are missing from a part, in words; "" if there are none.
std::string empty_classes(const data::Dataset& content) {
  std::vector<bool> used(content.classes.size());
  for (const data::Sample& sample : content.samples) {
    if (!used.empty()) used.at(sample.label) = true;
  }
  std::vector<std::string> named;
  std::size_t count = 0;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    if (named.size() < most_named) named.push_back("'" + content.classes[i] + "'");
    ++count;
  }
  if (count == 0) return "";
  if (count == 1) return "the class " + named.front();
  return fmt::format("{} of {} classes: {}{}", count, used.size(), fmt::join(named, ", "),
                     count > named.size() ? fmt::format(" and {} more", count - named.size()) : "");
}

}  // namespace

std::string name_of(const PipelineSpec& spec, const PlannedDataset& dataset) {
  const std::string& name = spec.datasets.at(dataset.dataset).name;
  return dataset.part.empty() ? name : name + "/" + dataset.part;
}

namespace {

void add_arrays(std::vector<data::ArrayColumn>& columns, const std::vector<ArraySource>& sources,
                const data::Dataset& dataset) {
  for (const ArraySource& source : sources) {
    for (data::ArrayColumn& column : data::open_arrays(source.path.path, source.name, dataset)) {
      columns.push_back(std::move(column));
    }
  }
}

data::Dataset open_arrays_alone(const DatasetUse& use) {
  const ArraySource& first = use.inputs.front();
  data::Dataset dataset =
      data::open_array_samples(first.path.path, first.name, use.labelled && !use.labels.has_value());
  if (use.labels) data::set_labels(dataset, use.labels->path);
  return dataset;
}

data::Dataset open_images(const DatasetUse& use) {
  const std::filesystem::path& images = use.images->path;
  data::Dataset dataset;
  if (!use.labelled) {
    dataset = data::open_unlabelled_images(images);
  } else if (use.packed()) {
    dataset = data::open_packed_images(images, use.labels->path);
  } else if (data::is_image_list(images) && !is_folder(images)) {
    dataset = data::open_image_list(images);
  } else {
    dataset = data::open_image_folder(images);
  }
  return dataset;
}

void add_hashes(PlannedDataset& planned, const DatasetUse& use, const data::Dataset& content, ThreadPool& pool) {
  planned.fingerprint = data::fingerprint(content, pool);
  for (const data::ArrayColumn& column : content.targets) {
    planned.target_fingerprints.push_back(data::fingerprint(column, pool));
  }
  if (use.labels) planned.labels_sha256 = sha256_of_file(use.labels->path);
  if (use.label_map) planned.label_map_sha256 = sha256_of_file(use.label_map->path);
}

}  // namespace

data::Dataset open_dataset(const DatasetUse& use) {
  data::Dataset dataset = use.images ? open_images(use) : open_arrays_alone(use);
  if (use.label_map) data::map_labels(dataset, use.label_map->path);
  add_arrays(dataset.inputs, use.inputs, dataset);
  add_arrays(dataset.targets, use.targets, dataset);
  dataset.next_token = use.next_token;
  dataset.sequences = use.sequences;
  return dataset;
}

std::size_t plan_dataset(Plan& plan, const PipelineSpec& spec, std::size_t dataset, const std::string& part,
                         ThreadPool* pool) {
  if (const auto found = find(plan, dataset, part)) return *found;
  const DatasetUse& use = spec.datasets.at(dataset);
  data::Dataset content = open_dataset(use);
  PlannedDataset planned;
  planned.dataset = dataset;
  planned.part = part;
  if (!part.empty()) {
    content = data::take_part(content, use.split.value(), part);
    if (const std::string classes = empty_classes(content); !classes.empty()) {
      plan.notices.push_back(fmt::format("{}: no sample of {}", name_of(spec, planned), classes));
    }
  }
  if (pool != nullptr) add_hashes(planned, use, content, *pool);
  planned.content = std::make_shared<data::Dataset>(std::move(content));
  plan.datasets.push_back(std::move(planned));
  return plan.datasets.size() - 1;
}

std::size_t planned_dataset(const Plan& plan, std::size_t dataset, const std::string& part) {
  const auto found = find(plan, dataset, part);
  if (!found) throw std::invalid_argument("this dataset was not planned");
  return *found;
}

}  // namespace goldilocks::pipeline
