#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/formats/neural_network/passes/passes.hpp"
#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {

using Layer = spec::NeuralNetworkLayer;

// A network without layers that reads an array of 4 channels; in exact mapping, two samples of it.
ModelBuilder fold_input(std::uint64_t seed = 3, bool exact = false);

// A convolution with a batch normalization behind it, which fold unless `change` forbids it.
spec::Model pair_of_layers(const std::function<void(Layer& conv, Layer& norm)>& change = {});

// Parameters for layer(): one value or `channels` of them, random; scales stay away from 0.
ModelBuilder::FillLayer scale_of(std::uint64_t seed, const std::vector<std::uint64_t>& shape,
                                 const std::vector<std::uint64_t>& bias_shape = {});
ModelBuilder::FillLayer bias_of(std::uint64_t seed, const std::vector<std::uint64_t>& shape);

// The same floats as float16Value.
void make_half(spec::WeightParams& params);
// The same floats as 8-bit codes of one scale.
void make_coded(spec::WeightParams& params);

// The names of the layers, in file order.
std::vector<std::string> layer_names(const spec::Model& model);

// Folds, and checks: the model is valid before and after, its version is the same, and its outputs for random inputs
// are equal within 1e-5 of the largest. Returns the names of the layers that are left.
std::vector<std::string> expect_same_when_folded(spec::Model& model, const model::FoldSettings& settings = {});

// Folds, and checks that the notes are empty and the file is the same byte for byte.
void expect_untouched(spec::Model model, const model::FoldSettings& settings = {});

}  // namespace goldilocks::testing
