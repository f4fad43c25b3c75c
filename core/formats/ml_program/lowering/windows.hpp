#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"

namespace goldilocks::ml_program {

// One spatial axis of a convolution or a pool, with its padding in numbers.
struct WindowAxis {
  std::int64_t kernel = 1, stride = 1, dilation = 1, before = 0, after = 0;
};

// The axes of the window: x is [N, C, spatial ...]; padding modes are resolved for its sizes, which must be known
// where the mode is none of `valid` and `custom`.
std::vector<WindowAxis> window_of(OperationLowering& op, const Dims& x, const std::vector<std::int64_t>& kernel,
                                  std::string_view pad_type);

// Of a list with one entry for each axis.
std::vector<std::int64_t> each(const std::vector<WindowAxis>& axes, std::int64_t WindowAxis::*member);
// Before and after each axis, the kit's order.
std::vector<std::int64_t> pads_of(const std::vector<WindowAxis>& axes);

// A tensor with one spatial axis as one of height 1, as the kit's operations on planes take it; and back.
Node with_height(OperationLowering& op, Node x);
Node without_height(OperationLowering& op, Node y);

}  // namespace goldilocks::ml_program
