// concat, split, flatten, reshape, permute and loadConstant.
//
// "Channel last" orders are written as a transposition around a plain reshape. Reshapes leave the dimensions before the
// channels alone (0 in the shape), so that the graph suits any batch.
#include <algorithm>

#include "core/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Integers = std::vector<std::int64_t>;

void lower_concat(LayerLowering& lowering) {
  const bool sequence = lowering.layer().concat().sequenceconcat();
  lowering.need_rank(sequence ? 5 : 3);
  lowering.finish("concat", lowering.inputs(), {{"axis", std::int64_t{sequence ? -5 : -3}}});
}

void lower_split(LayerLowering& lowering) {
  lowering.need_rank(3);
  const std::uint64_t stated = lowering.layer().split().noutputs();
  const std::size_t outputs = lowering.output_count();
  if (stated != 0 && stated != outputs) {
    lowering.fail("nOutputs is " + std::to_string(stated) + ", but it has " + std::to_string(outputs) + " outputs");
  }
  const std::int64_t channels = lowering.dims()[lowering.dims().size() - 3];
  const auto parts = static_cast<std::int64_t>(outputs);
  if (channels % parts != 0) {
    lowering.fail(std::to_string(channels) + " channels can't be split into " + std::to_string(parts) + " equal parts");
  }
  lowering.finish("split", lowering.inputs(),
                  {{"axis", std::int64_t{-3}}, {"sizes", Integers(outputs, channels / parts)}});
}

// The order of axes that brings [..., C, H, W] to [..., H, W, C].
Integers channel_last(std::size_t rank) {
  Integers axes(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) axes[axis] = static_cast<std::int64_t>(axis);
  std::rotate(axes.end() - 3, axes.end() - 2, axes.end());
  return axes;
}

void lower_flatten(LayerLowering& lowering) {
  lowering.need_rank(3);
  const std::size_t rank = lowering.dims().size();
  std::uint32_t x = lowering.input();
  if (lowering.layer().flatten().mode() == spec::FlattenLayerParams::CHANNEL_LAST) {
    x = lowering.add("transpose", {x}, {{"axes", channel_last(rank)}});
  }
  Integers shape(rank, 0);
  shape[rank - 3] = -1;
  shape[rank - 2] = shape[rank - 1] = 1;
  lowering.finish("reshape", {x}, {{"shape", std::move(shape)}});
}

// A target of three entries is [C, H, W]; a fourth in front is the new length of the sequence.
void lower_reshape(LayerLowering& lowering) {
  const spec::ReshapeLayerParams& params = lowering.layer().reshape();
  lowering.need_rank(5, 5);
  Integers target(params.targetshape().begin(), params.targetshape().end());
  if (target.size() != 3 && target.size() != 4) {
    lowering.fail("targetShape has " + std::to_string(target.size()) + " entries, not 3 or 4");
  }
  if (std::ranges::any_of(target, [](std::int64_t size) { return size < 1; })) {
    lowering.fail("targetShape can't be " + graph::to_text(target));
  }
  Integers shape = {0, 0};
  if (target.size() == 4) {
    shape[0] = target.front();
    target.erase(target.begin());
  }
  if (params.mode() == spec::ReshapeLayerParams::CHANNEL_FIRST) {
    shape.insert(shape.end(), target.begin(), target.end());
    return lowering.finish("reshape", lowering.inputs(), {{"shape", std::move(shape)}});
  }
  shape.insert(shape.end(), {target[1], target[2], target[0]});
  const std::uint32_t last = lowering.add("transpose", lowering.inputs(), {{"axes", channel_last(5)}});
  const std::uint32_t reshaped = lowering.add("reshape", {last}, {{"shape", std::move(shape)}});
  lowering.finish("transpose", {reshaped}, {{"axes", Integers{0, 1, 4, 2, 3}}});
}

// The four entries are a permutation of sequence, channel, height and width; batch, axis 1, stays.
void lower_permute(LayerLowering& lowering) {
  const auto& order = lowering.layer().permute().axis();
  lowering.need_rank(5, 5);
  if (!order.empty() && order.size() != 4) {
    lowering.fail("axis has " + std::to_string(order.size()) + " entries, not 4");
  }
  const Integers movable = {0, 2, 3, 4};
  Integers axes = {0, 1, 2, 3, 4};
  for (int index = 0; index < order.size(); ++index) {
    if (order[index] > 3) lowering.fail("axis can't have " + std::to_string(order[index]));
    axes[static_cast<std::size_t>(movable[static_cast<std::size_t>(index)])] = movable[order[index]];
  }
  lowering.finish("transpose", lowering.inputs(), {{"axes", std::move(axes)}});
}

void lower_load_constant(LayerLowering& lowering) {
  const auto& shape = lowering.layer().loadconstant().shape();
  if (shape.size() != 3) lowering.fail("shape has " + std::to_string(shape.size()) + " entries, not 3");
  Dims dims = {1, 1};
  for (const std::uint64_t size : shape) dims.push_back(size_field(lowering, size, "shape"));
  lowering.finish_constant("data", std::move(dims));
}

}  // namespace

const LayerRules& layout_rules() {
  static const LayerRules rules = {
      {Layer::kConcat, 2, any_number, 1, 1, lower_concat}, {Layer::kSplit, 1, 1, 2, any_number, lower_split},
      {Layer::kFlatten, 1, 1, 1, 1, lower_flatten},        {Layer::kReshape, 1, 1, 1, 1, lower_reshape},
      {Layer::kPermute, 1, 1, 1, 1, lower_permute},        {Layer::kLoadConstant, 0, 0, 1, 1, lower_load_constant}};
  return rules;
}

}  // namespace goldilocks::lowering
