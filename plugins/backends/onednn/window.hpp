#pragma once

#include <cstdint>
#include <optional>

#include <goldilocks/graph/graph.hpp>
#include <oneapi/dnnl/dnnl.hpp>

#include "layout.hpp"
#include "plan_builder.hpp"

namespace goldilocks::onednn {

// The shape of a convolution or deconvolution, as oneDNN wants it told: counts, and pads before and after
// by axis, vertical first.
struct Window {
  ImageDims input, output;
  std::int64_t groups = 1;
  dnnl::memory::dims kernel, strides, dilations;  // oneDNN counts the gaps: a dilation of 0 is a dense kernel
  dnnl::memory::dims before, after;
};

// `transposed`: the operation is a deconvolution.
Window window_of(const PlanBuilder& builder, const graph::OperationView& operation, bool transposed);

// The windows of a pooling operation.
struct Pool {
  dnnl::memory::dims kernel, strides, before, after;
  bool within = true;  // no window reaches beyond the padded input
};

// None where a window may lie in the padding alone, for which oneDNN has no answer.
std::optional<Pool> pool_of(const graph::OperationView& operation, const ImageDims& input);

}  // namespace goldilocks::onednn
