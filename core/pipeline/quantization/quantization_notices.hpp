#pragma once

#include <string>
#include <vector>

#include "core/formats/format.hpp"
#include "core/pipeline/quantization/quantize_model.hpp"

namespace goldilocks::pipeline {

// Throws ModelError, which begins with `name`, where there is no neural network in a model: it says what kind of model
// it is, and what can be quantized.
void check_has_network(const formats::Model& model, const std::string& name);

// That no tensor of a model was quantized, with the reasons; "" where one was.
std::string idle_notice(const std::vector<TensorReport>& tensors);

// Which tensors have a relative error above the bound; "" where none has.
std::string loss_notice(const std::vector<TensorReport>& tensors);

}  // namespace goldilocks::pipeline
