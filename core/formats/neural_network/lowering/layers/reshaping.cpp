// squeeze, expandDims, flattenTo2D, the reshapes of tensors of any rank, getShape, and reorganizeData: the same values
// under other dimensions.
//
// Sizes that are open stay so: instead of a number the shape says which of the input's sizes it copies (an entry 0, and
// the axis in `source`), or what is left (-1), of which there can be but one. So two merged axes, or two split ones,
// need two steps.
#include <algorithm>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Reorganize = spec::ReorganizeDataLayerParams;

void finish_reshape(LayerLowering& lowering, std::uint32_t x, const Reshaping& reshaping) {
  lowering.finish("reshape", {x}, reshaping.attributes());
}

std::uint32_t add_reshape(LayerLowering& lowering, std::uint32_t x, const Reshaping& reshaping) {
  return lowering.add("reshape", {x}, reshaping.attributes());
}

// A network's arrays have one dimension at least: where none is left, it has size 1.
void lower_squeeze(LayerLowering& lowering) {
  const spec::SqueezeLayerParams& params = lowering.layer().squeeze();
  const Dims& dims = lowering.dims();
  std::vector<bool> gone(dims.size(), false);
  if (params.squeezeall()) {
    if (graph::is_open(dims)) lowering.fail("takes all dimensions of size 1 away, but not all sizes are known");
    for (std::size_t axis = 0; axis < dims.size(); ++axis) gone[axis] = dims[axis] == 1;
  } else {
    if (params.axes().empty()) lowering.fail("names no axes");
    for (const std::int64_t stated : params.axes()) {
      const std::size_t axis = resolved_axis(lowering, stated, dims.size());
      if (gone[axis]) lowering.fail("names axis " + std::to_string(stated) + " twice");
      if (dims[axis] != 1 && dims[axis] != -1) {
        lowering.fail("axis " + std::to_string(stated) + " of " + graph::to_text(dims) + " can't go: its size isn't 1");
      }
      gone[axis] = true;
    }
  }
  finish_reshape(lowering, lowering.input(), without_axes(gone));
}

void lower_expand_dims(LayerLowering& lowering) {
  const auto& axes = lowering.layer().expanddims().axes();
  if (axes.empty()) lowering.fail("names no axes");
  const std::size_t rank = lowering.dims().size() + static_cast<std::size_t>(axes.size());
  std::vector<bool> inserted(rank, false);
  for (const std::int64_t stated : axes) {
    const std::size_t axis = resolved_axis(lowering, stated, rank);
    if (inserted[axis]) lowering.fail("names axis " + std::to_string(stated) + " twice");
    inserted[axis] = true;
  }
  Reshaping reshaping;
  std::size_t source = 0;
  for (const bool is_new : inserted) is_new ? reshaping.size(1) : reshaping.copy(source++);
  finish_reshape(lowering, lowering.input(), reshaping);
}

// The axis may be the rank itself: then all goes into the first dimension.
void lower_flatten_to_2d(LayerLowering& lowering) {
  const std::size_t rank = lowering.dims().size();
  const std::int64_t stated = lowering.layer().flattento2d().axis();
  const bool all = stated == static_cast<std::int64_t>(rank);
  const std::size_t axis = all ? rank : resolved_axis(lowering, stated, rank);
  if (axis == 0) return finish_reshape(lowering, lowering.input(), Reshaping().size(1).rest());
  if (all) return finish_reshape(lowering, lowering.input(), Reshaping().rest().size(1));
  Reshaping merged_tail;
  for (std::size_t before = 0; before < axis; ++before) merged_tail.copy(before);
  const std::uint32_t x = add_reshape(lowering, lowering.input(), merged_tail.rest());
  finish_reshape(lowering, x, Reshaping().rest().copy(axis));
}

void lower_reshape_static(LayerLowering& lowering) {
  const auto& shape = lowering.layer().reshapestatic().targetshape();
  if (shape.empty()) lowering.fail("its targetShape is empty");
  const Integers target(shape.begin(), shape.end());
  // The format gives no meaning to 0 here, as it does in rankPreservingReshape.
  if (std::ranges::find(target, 0) != target.end()) {
    lowering.fail("targetShape can't be " + graph::to_text(target));
  }
  lowering.finish("reshape", lowering.inputs(), {{"shape", target}});
}

void lower_rank_preserving_reshape(LayerLowering& lowering) {
  const auto& shape = lowering.layer().rankpreservingreshape().targetshape();
  if (static_cast<std::size_t>(shape.size()) != lowering.dims().size()) {
    lowering.fail("targetShape has " + std::to_string(shape.size()) + " entries for an input of shape " +
                  graph::to_text(lowering.dims()));
  }
  lowering.finish("reshape", lowering.inputs(), {{"shape", Integers(shape.begin(), shape.end())}});
}

void lower_reshape_like(LayerLowering& lowering) {
  if (graph::is_open(lowering.dims(1))) return lowering.finish("reshape_like", lowering.inputs(), {});
  lowering.finish("reshape", {lowering.input()}, {{"shape", lowering.dims(1)}});
}

void lower_reshape_dynamic(LayerLowering& lowering) {
  const std::optional<Integers> shape = constant_integers(lowering, 1);
  if (!shape) return lowering.finish("dynamic_reshape", lowering.inputs(), {});
  if (std::ranges::find(*shape, 0) != shape->end()) lowering.fail("its shape can't be " + graph::to_text(*shape));
  lowering.finish("reshape", {lowering.input()}, {{"shape", *shape}});
}

void lower_get_shape(LayerLowering& lowering) {
  const Dims& dims = lowering.dims();
  if (graph::is_open(dims)) return lowering.finish("shape", lowering.inputs(), {});
  std::vector<float> sizes;
  for (const std::int64_t size : dims) sizes.push_back(static_cast<float>(size));
  const auto rank = static_cast<std::int64_t>(dims.size());
  lowering.finish_constant({rank}, std::move(sizes));
}

// ---- reorganizeData: with blocks of b x b, row i and column j in a block,
//
//      space to depth   y[(i * b + j) * C + c, h, w] = x[c, h * b + i, w * b + j]
//      depth to space   the other way around
//      pixel shuffle    y[c, h * b + i, w * b + j] = x[c * b * b + i * b + j, h, w]

// The axes before the channels, then these.
Reshaping leading(std::size_t count) {
  Reshaping reshaping;
  for (std::size_t axis = 0; axis < count; ++axis) reshaping.copy(axis);
  return reshaping;
}

Integers permutation(std::size_t leading_axes, std::initializer_list<std::size_t> order) {
  Integers axes;
  for (std::size_t axis = 0; axis < leading_axes; ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  for (const std::size_t axis : order) axes.push_back(static_cast<std::int64_t>(leading_axes + axis));
  return axes;
}

void check_divisible(const LayerLowering& lowering, std::int64_t size, std::int64_t by, const char* what) {
  if (size != -1 && size % by != 0) {
    lowering.fail(std::to_string(size) + " " + what + " can't be divided by " + std::to_string(by));
  }
}

void lower_space_to_depth(LayerLowering& lowering, std::int64_t block) {
  const Dims& dims = lowering.dims();
  const std::size_t c = dims.size() - 3, h = c + 1, w = c + 2;
  check_divisible(lowering, dims[h], block, "rows");
  check_divisible(lowering, dims[w], block, "columns");
  std::uint32_t x = add_reshape(lowering, lowering.input(), leading(h).rest().size(block).copy(w));
  x = add_reshape(lowering, x, leading(h).copy(h).size(block).rest().size(block));  // C, H / b, b, W / b, b
  x = lowering.add("transpose", {x}, {{"axes", permutation(c, {2, 4, 0, 1, 3})}});
  finish_reshape(lowering, x, leading(c).rest().copy(c + 3).copy(c + 4));
}

void lower_depth_to_space(LayerLowering& lowering, std::int64_t block, bool shuffle) {
  const Dims& dims = lowering.dims();
  const std::size_t c = dims.size() - 3, h = c + 1, w = c + 2;
  check_divisible(lowering, dims[c], block * block, "channels");
  Reshaping split = leading(c);
  shuffle ? split.rest().size(block).size(block) : split.size(block).size(block).rest();
  std::uint32_t x = add_reshape(lowering, lowering.input(), split.copy(h).copy(w));
  const Integers order = shuffle ? permutation(c, {0, 3, 1, 4, 2}) : permutation(c, {2, 3, 0, 4, 1});
  x = lowering.add("transpose", {x}, {{"axes", order}});  // C, H, b, W, b
  x = add_reshape(lowering, x, leading(h).rest().copy(c + 3).copy(c + 4));
  finish_reshape(lowering, x, leading(h).copy(h).rest());
}

void lower_reorganize_data(LayerLowering& lowering) {
  const Reorganize& params = lowering.layer().reorganizedata();
  lowering.need_rank(3);
  constexpr std::uint64_t most = 1 << 15;
  if (params.blocksize() < 2 || params.blocksize() > most) {
    lowering.fail("blockSize can't be " + std::to_string(params.blocksize()));
  }
  const auto block = static_cast<std::int64_t>(params.blocksize());
  switch (params.mode()) {
    case Reorganize::SPACE_TO_DEPTH:
      return lower_space_to_depth(lowering, block);
    case Reorganize::DEPTH_TO_SPACE:
      return lower_depth_to_space(lowering, block, false);
    case Reorganize::PIXEL_SHUFFLE:
      return lower_depth_to_space(lowering, block, true);
    default:
      lowering.fail("its mode, " + std::to_string(params.mode()) + ", is not known");
  }
}

}  // namespace

const LayerRules& reshaping_rules() {
  static const LayerRules rules = {{Layer::kSqueeze, 1, 1, 1, 1, lower_squeeze},
                                   {Layer::kExpandDims, 1, 1, 1, 1, lower_expand_dims},
                                   {Layer::kFlattenTo2D, 1, 1, 1, 1, lower_flatten_to_2d},
                                   {Layer::kReshapeStatic, 1, 1, 1, 1, lower_reshape_static},
                                   {Layer::kRankPreservingReshape, 1, 1, 1, 1, lower_rank_preserving_reshape},
                                   {Layer::kReshapeLike, 2, 2, 1, 1, lower_reshape_like},
                                   {Layer::kReshapeDynamic, 2, 2, 1, 1, lower_reshape_dynamic},
                                   {Layer::kGetShape, 1, 1, 1, 1, lower_get_shape},
                                   {Layer::kReorganizeData, 1, 1, 1, 1, lower_reorganize_data}};
  return rules;
}

}  // namespace goldilocks::lowering
