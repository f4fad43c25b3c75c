#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/data/npy.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/quantization/weight_candidates.hpp"
#include "core/plugins/backend.hpp"

namespace goldilocks::pipeline {

// How a model's answers on some images change with its weights: runs models that differ from one another in weights
// alone, and compares their scores with given ones.
//
// Models that have the first operations in common share what these compute: for a change of one tensor only what
// stands behind it is computed again. Any number of threads of the pool; the results don't depend on it, nor on how
// models were grouped, but for the last digits of a backend that computes a whole network otherwise than its parts.
class DivergenceMeter {
 public:
  struct Backend {
    const plugins::BackendPlugin* plugin = nullptr;
    plugins::OptionValues options;
  };

  // `prepared`: uint8 [samples, height, width, channels]; `baseline`: float32 [samples, classes], what the full-
  // precision model says of the same images. Both must outlive it.
  DivergenceMeter(Backend backend, const data::NpyView& prepared, std::span<const float> baseline, ThreadPool& pool);

  std::size_t samples() const { return samples_; }

  // The divergence of one model.
  double measure(const coreml::Model& model, const std::string& name) const;
  // Of several, each of which differs from `base` in weights alone.
  std::vector<double> measure_changes(const ImageNetwork& base, const std::vector<ImageNetwork>& changed) const;

 private:
  Backend backend_;
  std::span<const std::uint8_t> pixels_;
  std::size_t samples_ = 0;
  std::size_t sample_size_ = 0;
  std::span<const float> baseline_;
  ThreadPool& pool_;
};

}  // namespace goldilocks::pipeline
