#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/abi.h>
#include <gtest/gtest.h>

#include "core/plugins/backend.hpp"

namespace goldilocks::testing {

using plugins::Tensor;

// The backend of this name, loaded from the build's plugin folder as the program would.
const plugins::BackendPlugin& backend(const std::string& name);

// Its options: defaults, but for those given.
plugins::OptionValues options_of(const plugins::BackendPlugin& plugin, plugins::OptionValues given = {});

// One run in one session of a fresh model.
std::vector<Tensor> run_backend(const std::string& name, const glk_graph& graph, std::span<const std::uint32_t> wanted,
                                std::span<const Tensor> inputs);

// One run in a session that is there already.
std::vector<Tensor> run_session(plugins::Session& session, std::span<const Tensor> inputs);

// A tensor of this shape with values from -1 to 1.
Tensor random_input(std::mt19937& random, std::vector<std::int64_t> dims);

// Shapes are the same, and each value differs by at most `tolerance`, or `tolerance` times its size where that is
// above 1; infinities and NaN stand in the same places.
::testing::AssertionResult agree(std::span<const Tensor> actual, std::span<const Tensor> expected, double tolerance);

// One line for each operation: its type, inputs and output with shape, and attributes. For messages.
std::string describe(const glk_graph& graph);

}  // namespace goldilocks::testing
