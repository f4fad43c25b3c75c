#pragma once

#include <cstdint>

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

}  // namespace goldilocks::onednn
