#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/single/compare_models.hpp"

namespace goldilocks::pipeline {

// `goldilocks compare --layers`: where in the network two models part, or one that is run in two ways.
struct CompareLayersRequest {
  CompareModelsRequest models;  // labels, targets and figures play no part
  std::size_t samples = 4;      // the first ones
  double least_snr = 40;        // dB; below it two values have parted
};

// One value of the network over all samples, under the name that both models have for it.
struct ValueComparison {
  std::string name;
  std::vector<std::int64_t> shape;  // of the first sample
  double snr = 0;  // dB: the energy of the first model's over that of the difference; infinite where they are equal
  double max_difference = 0;                          // of any of its numbers; NaN where one is no number
  std::uint64_t broken_before = 0, broken_after = 0;  // numbers that are NaN or infinite
};

struct CompareLayersResult {
  std::string dataset;
  std::size_t samples = 0;
  std::vector<ValueComparison> values;          // in the order of execution of the first model; constants are left out
  std::size_t only_before = 0, only_after = 0;  // values that the other model has none of by name and size
  std::optional<std::size_t> first_parted;      // index into `values`
  std::optional<std::size_t> first_broken_before, first_broken_after;
  std::vector<std::string> warnings;  // of both models
};

// Throws UsageError, also where the two have no value in common, ModelError, DataError, PluginError, FileError.
CompareLayersResult compare_layers(const CompareLayersRequest& request, plugins::Registry& registry, ThreadPool& pool);

}  // namespace goldilocks::pipeline
