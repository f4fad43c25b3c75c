#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/data/npy.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/plugins/backend.hpp"

namespace goldilocks::pipeline {

// One output of all samples: float32 [samples, dims...], row-major.
struct PredictedOutput {
  std::string name;
  std::vector<std::int64_t> dims;  // of one sample
  std::span<const float> values;
};

// The content of a predictions artifact: a header in JSON that is padded to a multiple of 64 bytes, then the values of
// each output in turn, little endian.
struct Predictions {
  std::size_t samples = 0;
  std::vector<PredictedOutput> outputs;  // the scores are the first

  const PredictedOutput& scores() const { return outputs.front(); }
};

// The views point into `bytes`, which must be aligned to 4 bytes. Throws DataError that begins with `name` if it is no
// such artifact or is cut short.
Predictions parse_predictions(std::span<const std::byte> bytes, std::string_view name);

// The inverse, and how an artifact is made.
std::string serialize_predictions(const Predictions& predictions);

// Runs the network on every prepared image (uint8 [samples, height, width, channels]) and returns the artifact's
// content. Each thread of the pool that takes part has a session of its own; images are given out in chunks. The result
// doesn't depend on the number of threads. Throws PluginError, and ModelError if outputs differ in shape between
// images.
std::string predict_images(const ImageNetwork& network, const plugins::BackendModel& model,
                           const data::NpyView& prepared, bool scores_only, ThreadPool& pool,
                           const std::function<void(double)>& progress = {});

}  // namespace goldilocks::pipeline
