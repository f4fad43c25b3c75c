#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/formats/model_weights.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/prepared_samples.hpp"
#include "core/plugins/backend.hpp"
#include "core/quantization/calibration/coded_layer.hpp"
#include "core/quantization/quantize_tensor.hpp"

namespace goldilocks::pipeline {

// What a model is calibrated by.
struct CalibrationSamples {
  const plugins::BackendPlugin* backend = nullptr;
  plugins::OptionValues options;
  const PreparedSamples* prepared = nullptr;
  std::vector<std::size_t> samples;  // of the prepared ones that serve
  std::size_t positions = 100;       // of each sample that a convolution's moments are summed over
  quantization::CalibrationSettings settings;
};

// Finds what the weights of a compressed network become from what they meet, one layer after another in the order in
// which they are computed: each layer's codes are fitted to give the full-precision network's outputs from what the
// layers before it, as they are compressed by then, give. So each layer undoes the drift of those before it.
//
// Weights of convolutions and inner products that become codes are calibrated; all others, and those that are cut into
// groups or blocks, stay as the function has made them. Each note says what became of its tensor. The result is the
// same for any number of threads. Memory: a bounded part of the inner values, the patches of some samples, and the
// moments of one layer.
class ModelCalibration {
 public:
  // `weights` and what `samples` points to must outlive it. Throws ModelError for a network that is no classifier of
  // one image.
  ModelCalibration(const formats::ModelWeights& weights, CalibrationSamples samples, ThreadPool& pool);

  // `outcomes`: of one setting of the request, one for each weight. Throws PluginError and ModelError.
  void calibrate(const quantization::QuantizeRequest& request, std::size_t setting,
                 std::span<quantization::Outcome* const> outcomes) const;

 private:
  const formats::ModelWeights& weights_;
  CalibrationSamples samples_;
  ThreadPool& pool_;
  ImageNetwork full_;
};

}  // namespace goldilocks::pipeline
