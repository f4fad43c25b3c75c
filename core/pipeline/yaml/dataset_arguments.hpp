#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/pipeline/yaml/spec.hpp"

namespace goldilocks::pipeline {

// A dataset as a command line names it: images, arrays for inputs ("NAME=PATH", or a path alone), targets and labels.
struct DatasetArguments {
  std::filesystem::path images{};  // empty: arrays alone
  std::vector<std::string> inputs{}, targets{};
  std::optional<std::filesystem::path> labels{};  // of packed images or arrays
  std::optional<std::filesystem::path> label_map{};
  std::string next_token{};  // the input whose values are tokens
  bool sequences = false;    // each sample is a sequence of steps
  std::uint64_t max_unusable = 0;
  std::shared_ptr<const data::Dataset> samples{};  // in the place of all that names files
};

// Throws UsageError for what doesn't go together, or is no .npy or .npz file nor a folder. Samples that are there are
// called by their dataset's path.
DatasetUse dataset_use(const DatasetArguments& arguments, const data::Preparation& preparation);

}  // namespace goldilocks::pipeline
