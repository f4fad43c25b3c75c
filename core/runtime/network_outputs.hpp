#pragma once

#include "core/formats/network.hpp"
#include "core/plugins/backend.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::runtime {

// From a network's tensors to the outputs of its description.
//
//   array         the declared type (whole numbers by rounding) and, where it fits, the declared shape; otherwise the
//                 tensor's, in the mapping to rank 5 without a sequence and batch of size 1
//   image         each value rounded to nearest, ties to even, and clamped to 0 .. 255; not a number is 0
//   dictionary    one entry for each label of a classifier; of a label that it has several times the largest score
//   text, integer of a classifier: the label of the highest score, the first of equal ones
//   number        the one value
struct OutputContext {
  const lowering::Network& network;
  const Description& description;
  bool rank5 = false;
};

// `tensors` go with the network's outputs; `scores` is the classifier's, or null. Throws ModelError for a tensor that
// can't be what the description says.
Values network_outputs(const OutputContext& context, std::span<const plugins::Tensor* const> tensors,
                       const plugins::Tensor* scores);

}  // namespace goldilocks::runtime
