// fill..., broadcastTo..., range..., tile, sequenceRepeat, oneHot and loadConstantND: tensors of values that repeat.
//
// A tensor filled with a value is that value, broadcast. Where a shape or a count comes from an input that is known
// before the network runs, it is as good as a parameter.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;

std::uint32_t number(LayerLowering& lowering, const char* name, float value) {
  return lowering.constant(name, {1}, {value});
}

template <class List>
Integers shape_field(const LayerLowering& lowering, const List& list) {
  if (list.empty()) lowering.fail("its targetShape is empty");
  Integers shape;
  for (const std::uint64_t size : list) shape.push_back(size_field(lowering, size, "targetShape"));
  return shape;
}

// x in the shape that the layer's input of this index has, or states by its values.
void finish_broadcast_like(LayerLowering& lowering, std::uint32_t x, std::size_t like) {
  const Dims& dims = lowering.dims(like);
  if (graph::is_open(dims)) return lowering.finish("broadcast_like", {x, lowering.input(like)}, {});
  lowering.finish("broadcast", {x}, {{"shape", dims}});
}

void finish_broadcast_dynamic(LayerLowering& lowering, std::uint32_t x, std::size_t shape) {
  const std::optional<Integers> known = constant_integers(lowering, shape);
  if (known) return lowering.finish("broadcast", {x}, {{"shape", *known}});
  lowering.finish("dynamic_broadcast", {x, lowering.input(shape)}, {});
}

void lower_fill_like(LayerLowering& lowering) {
  finish_broadcast_like(lowering, number(lowering, "value", lowering.layer().filllike().value()), 0);
}

void lower_fill_static(LayerLowering& lowering) {
  const spec::FillStaticLayerParams& params = lowering.layer().fillstatic();
  lowering.finish("broadcast", {number(lowering, "value", params.value())},
                  {{"shape", shape_field(lowering, params.targetshape())}});
}

void lower_fill_dynamic(LayerLowering& lowering) {
  finish_broadcast_dynamic(lowering, number(lowering, "value", lowering.layer().filldynamic().value()), 0);
}

void lower_broadcast_to_like(LayerLowering& lowering) { finish_broadcast_like(lowering, lowering.input(), 1); }

void lower_broadcast_to_static(LayerLowering& lowering) {
  lowering.finish("broadcast", lowering.inputs(),
                  {{"shape", shape_field(lowering, lowering.layer().broadcasttostatic().targetshape())}});
}

void lower_broadcast_to_dynamic(LayerLowering& lowering) { finish_broadcast_dynamic(lowering, lowering.input(), 1); }

void lower_range_static(LayerLowering& lowering) {
  const spec::RangeStaticLayerParams& params = lowering.layer().rangestatic();
  lowering.finish("range",
                  {number(lowering, "start", params.startvalue()), number(lowering, "end", params.endvalue()),
                   number(lowering, "step", params.stepsizevalue())},
                  {});
}

void lower_range_dynamic(LayerLowering& lowering) {
  const spec::RangeDynamicLayerParams& params = lowering.layer().rangedynamic();
  const std::size_t count = lowering.input_count();
  const std::uint32_t start = count > 1 ? lowering.input(1) : number(lowering, "start", params.startvalue());
  const std::uint32_t step = count > 2 ? lowering.input(2) : number(lowering, "step", params.stepsizevalue());
  lowering.finish("range", {start, lowering.input(0), step}, {});
}

void lower_tile(LayerLowering& lowering) {
  Integers repetitions;
  if (lowering.input_count() > 1) {
    const std::optional<Integers> known = constant_integers(lowering, 1);
    if (!known) return lowering.finish("dynamic_tile", lowering.inputs(), {});
    repetitions = *known;
  } else {
    if (lowering.layer().tile().reps().empty()) lowering.fail("reps is empty");
    for (const std::uint64_t count : lowering.layer().tile().reps()) {
      repetitions.push_back(size_field(lowering, count, "reps"));
    }
  }
  lowering.finish("tile", {lowering.input()}, {{"repetitions", repetitions}});
}

void lower_sequence_repeat(LayerLowering& lowering) {
  lowering.need_rank(5);
  const std::int64_t stated = size_field(lowering, lowering.layer().sequencerepeat().nrepetitions(), "nRepetitions");
  lowering.finish("tile", lowering.inputs(), {{"repetitions", Integers{stated == 0 ? 1 : stated, 1, 1, 1, 1}}});
}

// Each index against 0, 1, 2, ... along a new axis: where they are equal stands onValue. So an index that is no whole
// number gives offValue throughout, as the format says of one that is out of range.
void lower_one_hot(LayerLowering& lowering) {
  const spec::OneHotLayerParams& params = lowering.layer().onehot();
  const std::size_t rank = lowering.dims().size() + 1;
  const std::size_t axis = resolved_axis(lowering, params.axis(), rank);
  const std::uint32_t size =
      lowering.input_count() > 1
          ? lowering.input(1)
          : number(lowering, "size",
                   static_cast<float>(size_field(lowering, params.onehotvectorsize(), "oneHotVectorSize")));
  const std::uint32_t classes =
      lowering.add("range", {number(lowering, "first", 0), size, number(lowering, "step", 1)}, {});
  Reshaping upright, spread;
  upright.rest();
  for (std::size_t after = axis + 1; after < rank; ++after) upright.size(1);
  for (std::size_t at = 0; at < rank; ++at) at == axis ? spread.size(1) : spread.copy(at < axis ? at : at - 1);
  const std::uint32_t hot = lowering.add("equal",
                                         {lowering.add("reshape", {lowering.input()}, spread.attributes()),
                                          lowering.add("reshape", {classes}, upright.attributes())},
                                         {});
  lowering.finish("where", {hot, number(lowering, "on", params.onvalue()), number(lowering, "off", params.offvalue())},
                  {});
}

void lower_load_constant_nd(LayerLowering& lowering) {
  const auto& shape = lowering.layer().loadconstantnd().shape();
  if (shape.empty() || shape.size() > 5) {
    lowering.fail("shape has " + std::to_string(shape.size()) + " entries, not 1 to 5");
  }
  Dims dims;
  for (const std::uint64_t size : shape) dims.push_back(size_field(lowering, size, "shape"));
  lowering.finish_constant("data", std::move(dims));
}

}  // namespace

const LayerRules& filling_rules() {
  static const LayerRules rules = {{Layer::kFillLike, 1, 1, 1, 1, lower_fill_like},
                                   {Layer::kFillStatic, 0, 0, 1, 1, lower_fill_static},
                                   {Layer::kFillDynamic, 1, 1, 1, 1, lower_fill_dynamic},
                                   {Layer::kBroadcastToLike, 2, 2, 1, 1, lower_broadcast_to_like},
                                   {Layer::kBroadcastToStatic, 1, 1, 1, 1, lower_broadcast_to_static},
                                   {Layer::kBroadcastToDynamic, 2, 2, 1, 1, lower_broadcast_to_dynamic},
                                   {Layer::kRangeStatic, 0, 0, 1, 1, lower_range_static},
                                   {Layer::kRangeDynamic, 1, 3, 1, 1, lower_range_dynamic},
                                   {Layer::kTile, 1, 2, 1, 1, lower_tile},
                                   {Layer::kSequenceRepeat, 1, 1, 1, 1, lower_sequence_repeat},
                                   {Layer::kOneHot, 1, 2, 1, 1, lower_one_hot},
                                   {Layer::kLoadConstantND, 0, 0, 1, 1, lower_load_constant_nd}};
  return rules;
}

}  // namespace goldilocks::lowering
