#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/prepared_samples.hpp"
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

  // `prepared`: the images of one input; `baseline`: float32 [samples, classes], what the full-precision model says of
  // the same images. Both must outlive it. `chosen`: the samples that serve. Throws DataError if there is none.
  DivergenceMeter(Backend backend, const PreparedSamples& prepared, std::span<const float> baseline,
                  std::vector<std::size_t> chosen, ThreadPool& pool);

  // The divergence of one model.
  double measure(const formats::Model& model, const std::string& name) const;
  // Of several, each of which differs from `base` in weights alone.
  std::vector<double> measure_changes(const ImageNetwork& base, const std::vector<ImageNetwork>& changed) const;

 private:
  Backend backend_;
  const PreparedSamples& prepared_;
  std::span<const float> baseline_;
  std::vector<std::size_t> chosen_;
  ThreadPool& pool_;
};

}  // namespace goldilocks::pipeline
