#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/pipeline/yaml/spec.hpp"

namespace goldilocks::pipeline {

// A dataset as a command line names it: images, arrays for inputs ("NAME=PATH", or a path alone), targets and labels.
struct DatasetArguments {
  std::filesystem::path images{};  // empty: arrays alone
  std::vector<std::string> inputs{}, targets{};
  std::optional<std::filesystem::path> labels{};  // of packed images or arrays
  std::optional<std::filesystem::path> label_map{};
  std::uint64_t max_unusable = 0;
};

// Throws UsageError for what doesn't go together, or is no .npy or .npz file nor a folder.
DatasetUse dataset_use(const DatasetArguments& arguments, const data::Preparation& preparation);

}  // namespace goldilocks::pipeline
