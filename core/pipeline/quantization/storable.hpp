#pragma once

#include <span>
#include <string>

#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/plugins/quantizer.hpp"
#include "core/quantization/layout.hpp"
#include "core/weights/weight.hpp"

namespace goldilocks::pipeline {

// Why a format can store nothing of what a request's function makes of these weights at one width and layout, or "". It
// is about the weights that the function gets by the request and that no rule says otherwise of. What it makes is found
// by giving it a few small numbers; where it makes nothing of them, or where only some of the weights can't be stored,
// that shows when the weights are quantized.
std::string reason_against_all(std::span<const weights::Weight> weights, const QuantizeRequest& request,
                               const plugins::Quantizer& function, int bits, const quantization::Layout& layout);

}  // namespace goldilocks::pipeline
