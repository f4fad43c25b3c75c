// Convolutions and deconvolutions.
//
// oneDNN would choose layouts itself if asked for `any`, and does so badly for a network: channels last, in which
// concatenated parts are not contiguous, and without Winograd. So a short list of layouts is tried in order of speed,
// and the first for which there is code for this processor is taken:
//
//      few input channels, then a maximum over windows: both at once, plain -> blocked (pooled_convolution.hpp)
//      3x3, stride 1, large enough      Winograd in tiles of 4x4, blocked -> blocked (tiled_convolution.hpp)
//      3x3, stride 1, one image         Winograd by oneDNN, blocked -> blocked
//      few input channels               direct, plain -> blocked       (blocks would be filled with zeros)
//      in general                       direct, blocked -> blocked
//      groups that don't fill 16        direct, blocked by 8
//      whatever is left                 by matrix products, plain -> plain
//
// oneDNN's Winograd is taken in tiles of 2x2 only: its larger ones, which it chooses for batches, lose digits and need
// megabytes of scratch memory for each session.
#include <algorithm>
#include <string_view>
#include <vector>

#include "makers.hpp"
#include "pooled_convolution.hpp"
#include "prepared_weights.hpp"
#include "tiled_convolution.hpp"
#include "window.hpp"

namespace goldilocks::onednn {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;

struct Way {
  algorithm method;
  Layout source, target;
};

std::vector<Way> ways(const PlanBuilder& builder, const Window& window, bool transposed) {
  const ModelContext& context = builder.context();
  const Layout blocked = context.blocked;
  const algorithm direct = transposed ? algorithm::deconvolution_direct : algorithm::convolution_direct;
  std::vector<Way> list;
  const bool three_by_three = window.kernel == memory::dims{3, 3} && window.strides == memory::dims{1, 1} &&
                              window.dilations == memory::dims{0, 0} && window.groups == 1;
  const bool enough_channels = std::min(window.input.c, window.output.c) >= block_of(blocked);
  if (context.winograd && !transposed && three_by_three && enough_channels && !builder.every_number()) {
    list.push_back({algorithm::convolution_winograd, blocked, blocked});
  }
  if (window.input.c <= 4) list.push_back({direct, Layout::plain, blocked});
  list.push_back({direct, blocked, blocked});
  list.push_back({direct, Layout::plain, blocked});
  list.push_back({direct, Layout::blocked8, Layout::blocked8});
  list.push_back({direct, Layout::plain, Layout::plain});
  if (builder.every_number()) {
    // An infinity times the zero that fills up a block is NaN, and the next convolution would read it.
    std::erase_if(list, [&](const Way& way) {
      return window.input.c % block_of(way.source) != 0 || window.output.c % block_of(way.target) != 0;
    });
  }
  return list;
}

// Weights as oneDNN sees them, [groups,] outputs, inputs, height, width, and as they lie in the graph. A deconvolution
// has its input channels first there.
memory::desc weights_in_graph(const Window& window, bool transposed) {
  const std::int64_t outputs = window.output.c / window.groups;
  const std::int64_t inputs = window.input.c / window.groups;
  memory::dims dims = {outputs, inputs, window.kernel[0], window.kernel[1]};
  using Tag = memory::format_tag;
  Tag tag = transposed ? Tag::iohw : Tag::oihw;
  if (window.groups > 1) {
    dims.insert(dims.begin(), window.groups);
    tag = transposed ? Tag::giohw : Tag::goihw;
  }
  return {dims, memory::data_type::f32, tag};
}

memory::desc any_layout(const memory::desc& desc) {
  return {desc.dims(), memory::data_type::f32, memory::format_tag::any};
}

template <class Primitive>
bool add(PlanBuilder& builder, const Group& group, bool transposed) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::optional<PreparedWeights> weights = PreparedWeights::of(builder, group, transposed ? 1 : 0);
  if (!weights) return false;
  const Window window = window_of(builder, operation, transposed);
  if (std::min(window.after[0], window.after[1]) < 0) return false;
  if (group.pool) return add_pooled_convolution(builder, group, window, *weights);
  if (!transposed && add_tiled_convolution(builder, group, window, *weights)) return true;
  const memory::desc source_weights = weights_in_graph(window, transposed);
  const memory::desc bias = weights->bias_desc();
  for (const Way& way : ways(builder, window, transposed)) {
    const auto description = try_describe([&] {
      const typename Primitive::desc shape(prop_kind::forward_inference, way.method, describe(window.input, way.source),
                                           any_layout(source_weights), bias, describe(window.output, way.target),
                                           window.strides, window.dilations, window.before, window.after);
      return
          typename Primitive::primitive_desc(shape, primitive_attributes(group.activation), builder.context().engine);
    });
    if (!description) continue;
    const bool small_tiles = std::string_view(description->impl_info_str()).find("wino_2x3") != std::string_view::npos;
    if (way.method == algorithm::convolution_winograd && !small_tiles) continue;
    PrimitiveStep step = make_step<Primitive>(operation, *description);
    step.constants.push_back({DNNL_ARG_WEIGHTS, weights->weights(source_weights, description->weights_desc())});
    if (weights->has_bias()) step.constants.push_back({DNNL_ARG_BIAS, weights->bias()});
    const SlotId source = builder.read(operation.inputs()[0], way.source);
    const SlotId target = builder.write(group.output, way.target);
    step.arguments = {{DNNL_ARG_SRC, source, describe(window.input, way.source)},
                      {DNNL_ARG_DST, target, describe(window.output, way.target)}};
    builder.add(std::move(step));
    return true;
  }
  return false;
}

}  // namespace

bool add_convolution(PlanBuilder& builder, const Group& group) {
  return add<dnnl::convolution_forward>(builder, group, false);
}

bool add_deconvolution(PlanBuilder& builder, const Group& group) {
  return add<dnnl::deconvolution_forward>(builder, group, true);
}

}  // namespace goldilocks::onednn
