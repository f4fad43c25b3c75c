// concat, split, stack, transpose, flatten, reshape, permute and loadConstant, with the variants for any rank.
//
// "Channel last" orders are written as a transposition around a plain reshape. Reshapes leave the dimensions before the
// channels alone (0 in the shape), so that the graph suits any batch.
#include <algorithm>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;

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
  lowering.finish("split", lowering.inputs(), {{"axis", std::int64_t{-3}}});
}

// ---- of any rank

// x with a dimension of size 1 more, at this axis of the result.
std::uint32_t expanded(LayerLowering& lowering, std::size_t input, std::size_t axis) {
  Reshaping reshaping;
  for (std::size_t at = 0; at <= lowering.dims(input).size(); ++at) {
    at == axis ? reshaping.size(1) : reshaping.copy(at < axis ? at : at - 1);
  }
  return lowering.add("reshape", {lowering.input(input)}, reshaping.attributes());
}

std::vector<std::uint32_t> all_expanded(LayerLowering& lowering, std::size_t axis) {
  std::vector<std::uint32_t> parts;
  for (std::size_t input = 0; input < lowering.input_count(); ++input) {
    parts.push_back(expanded(lowering, input, axis));
  }
  return parts;
}

// Interleaved, the inputs are stacked after the axis, and the two axes then read as one.
void lower_concat_nd(LayerLowering& lowering) {
  const spec::ConcatNDLayerParams& params = lowering.layer().concatnd();
  if (!params.interleave()) return lowering.finish("concat", lowering.inputs(), {{"axis", params.axis()}});
  const std::size_t rank = lowering.dims().size();
  const std::size_t axis = resolved_axis(lowering, params.axis(), rank);
  Reshaping merged;
  for (std::size_t at = 0; at < rank; ++at) at == axis ? merged.rest() : merged.copy(at < axis ? at : at + 1);
  const std::uint32_t stacked =
      lowering.add("concat", all_expanded(lowering, axis + 1), {{"axis", static_cast<std::int64_t>(axis + 1)}});
  lowering.finish("reshape", {stacked}, merged.attributes());
}

void lower_stack(LayerLowering& lowering) {
  const std::size_t axis = resolved_axis(lowering, lowering.layer().stack().axis(), lowering.dims().size() + 1);
  lowering.finish("concat", all_expanded(lowering, axis), {{"axis", static_cast<std::int64_t>(axis)}});
}

// splitSizes, where there are any, otherwise numSplits equal parts.
void lower_split_nd(LayerLowering& lowering) {
  const spec::SplitNDLayerParams& params = lowering.layer().splitnd();
  Integers sizes;
  for (const std::uint64_t size : params.splitsizes()) sizes.push_back(size_field(lowering, size, "splitSizes"));
  const std::uint64_t parts = sizes.empty() ? params.numsplits() : sizes.size();
  if (parts != lowering.output_count()) {
    lowering.fail("is split into " + std::to_string(parts) + " parts, but it has " +
                  std::to_string(lowering.output_count()) + " outputs");
  }
  Attributes attributes = {{"axis", params.axis()}};
  if (!sizes.empty()) attributes.push_back({"sizes", std::move(sizes)});
  lowering.finish("split", lowering.inputs(), std::move(attributes));
}

void lower_transpose(LayerLowering& lowering) {
  Integers axes;
  for (const std::uint64_t axis : lowering.layer().transpose().axes()) {
    axes.push_back(size_field(lowering, axis, "axes"));
  }
  lowering.finish("transpose", lowering.inputs(), {{"axes", std::move(axes)}});
}

// ---- of channels, height and width

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
      {Layer::kConcat, 2, any_number, 1, 1, lower_concat},    {Layer::kConcatND, 2, any_number, 1, 1, lower_concat_nd},
      {Layer::kStack, 2, any_number, 1, 1, lower_stack},      {Layer::kSplit, 1, 1, 2, any_number, lower_split},
      {Layer::kSplitND, 1, 1, 2, any_number, lower_split_nd}, {Layer::kTranspose, 1, 1, 1, 1, lower_transpose},
      {Layer::kFlatten, 1, 1, 1, 1, lower_flatten},           {Layer::kReshape, 1, 1, 1, 1, lower_reshape},
      {Layer::kPermute, 1, 1, 1, 1, lower_permute},           {Layer::kLoadConstant, 0, 0, 1, 1, lower_load_constant}};
  return rules;
}

}  // namespace goldilocks::lowering
