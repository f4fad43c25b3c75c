#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/base/thread_pool.hpp"
#include "core/plugins/quantizer.hpp"
#include "core/quantization/calibration/coded_layer.hpp"
#include "core/quantization/calibration/moments.hpp"
#include "core/weights/stored.hpp"
#include "core/weights/weight.hpp"

namespace goldilocks::quantization {

// What calibration made of a tensor.
struct CalibratedTensor {
  std::optional<weights::Stored> content{};  // nothing: what it was to become without calibration has the least error
  // By which the content came about, or why there is none: "calibrated: error compensation, 3.1 % of the error
  // without".
  std::string note{};
  // sum of (t - v)' H (t - v) over its rows, see CodedLayer.
  double error = 0;               // of what is best
  double uncalibrated_error = 0;  // of `uncalibrated`
};

// Finds what a weight tensor is to become from what it meets: the best, by the H-weighted error, of what it was to
// become without calibration, of the function's own result for the fitted target with importance, and of codes for the
// table or grid of that result that are found by error compensation, with table or grid and codes refined in turn.
// `values` are the tensor's, [rows, inputs]; `bits` as the function is asked for. Results of other forms than a table
// (with a mask or not) and a linear grid are taken as the function gives them. Throws what the function throws.
CalibratedTensor calibrate_tensor(const weights::Weight& weight, std::span<const float> values,
                                  const plugins::Quantizer& quantizer, int bits, const weights::Stored& uncalibrated,
                                  const LayerMoments& moments, const CalibrationSettings& settings, ThreadPool& pool);

}  // namespace goldilocks::quantization
