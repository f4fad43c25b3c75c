#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <goldilocks/graph/graph.hpp>
#include <oneapi/dnnl/dnnl.hpp>

#include "usage.hpp"

namespace goldilocks::onednn {

// One element by element function of oneDNN.
struct Eltwise {
  dnnl::algorithm kind;
  float alpha = 0;
  float beta = 0;
};

// The functions of oneDNN that, one after the other, are the operation; empty where there are none that agree with it
// to 1e-6. They take NaN for the smallest number in places.
std::vector<Eltwise> eltwise_of(const graph::OperationView& operation);

// The factor for negative values, where that is all that an activation does: 1 for none, 0 for a rectifier.
std::optional<float> slope_of(const std::vector<Eltwise>& activation);

// An affine operation (y = scale * x + shift) with one constant factor and summand for each channel.
struct ChannelAffine {
  std::size_t operation;
  std::vector<float> scale, shift;
};

// Reads an affine operation; none if scale or shift are no constants, or vary along another axis than `axis` of x.
std::optional<ChannelAffine> channel_affine(const graph::GraphView& graph, std::size_t operation,
                                            std::span<const graph::Dims> dims, std::size_t axis);

// An operation, and those after it that are computed in the same step: at most an affine one, and then an activation.
// After a convolution of few channels also a maximum over windows.
struct Group {
  std::size_t operation;
  std::optional<ChannelAffine> affine;
  std::vector<Eltwise> activation;
  std::vector<std::size_t> absorbed;  // the operations behind affine and activation
  std::uint32_t output;               // of the last of them
  std::optional<std::size_t> pool;    // the operation that takes the maximum
};

// What can be computed together with an operation. Nothing is joined across a value that is wanted or read twice.
Group group_of(const graph::GraphView& graph, std::size_t operation, const Usage& usage,
               std::span<const graph::Dims> dims);

// The group with the maximum over windows that follows it, where the group is a convolution of up to `most_channels`
// channels and nobody else reads its output.
std::optional<Group> with_pool(const graph::GraphView& graph, const Group& group, const Usage& usage,
                               std::span<const graph::Dims> dims, std::int64_t most_channels);

// The operation alone.
Group single(const graph::GraphView& graph, std::size_t operation);

}  // namespace goldilocks::onednn
