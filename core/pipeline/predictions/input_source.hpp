#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace goldilocks::pipeline {

// One input of a model with where its values come from.
struct InputSource {
  std::string name{};                       // of the input; empty for the only one of a classifier of one image
  std::optional<std::size_t> column{};      // of Dataset::inputs; unset: the dataset's images
  int width = 0, height = 0, channels = 0;  // what images are fitted to; 0 for arrays
  std::vector<std::int64_t> shape{};        // of arrays: as the dataset has them

  bool is_image() const { return channels != 0; }
  bool operator==(const InputSource&) const = default;
};

}  // namespace goldilocks::pipeline
