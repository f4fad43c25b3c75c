#include "core/pipeline/results/thumbnails.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/data/dataset.hpp"
#include "core/data/thumbnail.hpp"

namespace goldilocks::pipeline {
namespace {

goldilocks::Variant* find_variant(goldilocks::Results& results, const std::string& name) {
  auto& variants = *results.mutable_variants();
  const auto found = std::find_if(variants.begin(), variants.end(),
                                  [&](const goldilocks::Variant& variant) { return variant.name() == name; });
  return name.empty() || found == variants.end() ? nullptr : &*found;
}

const data::Dataset* find_dataset(const PipelineSpec& spec, const Plan& plan, const std::string& name) {
  const auto found = std::find_if(plan.datasets.begin(), plan.datasets.end(),
                                  [&](const PlannedDataset& planned) { return name_of(spec, planned) == name; });
  return found == plan.datasets.end() ? nullptr : found->content.get();
}

using DifferenceList = std::vector<goldilocks::Difference*>;

// At most `count` of them, in their order.
void take_evenly(const DifferenceList& from, std::size_t count, DifferenceList& taken) {
  count = std::min(count, from.size());
  for (std::size_t i = 0; i < count; ++i) taken.push_back(from[i * from.size() / count]);
}

DifferenceList to_show(goldilocks::Evaluation& evaluation) {
  DifferenceList lost;
  DifferenceList others;
  for (goldilocks::Difference& difference : *evaluation.mutable_differences()) {
    const bool is_lost = !difference.truth().empty() && difference.baseline_answer() == difference.truth();
    (is_lost ? lost : others).push_back(&difference);
  }
  DifferenceList shown;
  take_evenly(lost, most_thumbnails, shown);
  take_evenly(others, most_thumbnails - shown.size(), shown);
  return shown;
}

void add_thumbnails(goldilocks::Evaluation& evaluation, const PipelineSpec& spec, const Plan& plan, ThreadPool& pool) {
  const data::Dataset* dataset = find_dataset(spec, plan, evaluation.dataset());
  if (dataset == nullptr || !dataset->has_images) return;
  std::map<std::string_view, std::size_t> samples;
  for (std::size_t i = 0; i < dataset->samples.size(); ++i) samples[dataset->samples[i].id] = i;

  const DifferenceList shown = to_show(evaluation);
  pool.parallel_for(shown.size(), [&](std::size_t i) {
    const auto sample = samples.find(shown[i]->sample());
    if (sample == samples.end()) return;
    try {
      shown[i]->set_thumbnail(data::thumbnail(data::stored_image(*dataset, sample->second), thumbnail_side));
    } catch (const Error& error) {
      spdlog::warn("a sample has no thumbnail: {}", error.what());
    }
  });
}

}  // namespace

void add_thumbnails(goldilocks::Results& results, const PipelineSpec& spec, const Plan& plan, ThreadPool& pool) {
  goldilocks::Variant* chosen = find_variant(results, results.selection().chosen());
  if (chosen == nullptr) return;
  add_thumbnails(*chosen->mutable_evaluation(), spec, plan, pool);
  if (results.has_proof()) add_thumbnails(*results.mutable_proof()->mutable_evaluation(), spec, plan, pool);
}

}  // namespace goldilocks::pipeline
