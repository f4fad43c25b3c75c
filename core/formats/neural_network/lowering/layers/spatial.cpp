// padding, constantPad, crop and upsample: what changes the size of planes without weights.
#include <limits>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Integers = std::vector<std::int64_t>;
using Padding = spec::PaddingLayerParams;
using Upsample = spec::UpsampleLayerParams;

void lower_padding(LayerLowering& lowering) {
  const Padding& params = lowering.layer().padding();
  lowering.need_rank(2);
  Attributes attributes = {{"pads", border_field(lowering, params.paddingamounts())}};
  switch (params.PaddingType_case()) {
    case Padding::kConstant:
      attributes.push_back({"mode", std::string("constant")});
      attributes.push_back({"value", static_cast<double>(params.constant().value())});
      break;
    case Padding::kReflection:
      attributes.push_back({"mode", std::string("reflect")});
      break;
    case Padding::kReplication:
      attributes.push_back({"mode", std::string("replicate")});
      break;
    default:
      lowering.fail("its kind of padding is not set or not known");
  }
  lowering.finish("pad", lowering.inputs(), std::move(attributes));
}

// Along every dimension. The format says "in the mode for a given size" of padAmounts alone; a second input is read in
// the same way here, as it takes their place.
void lower_constant_pad(LayerLowering& lowering) {
  const spec::ConstantPaddingLayerParams& params = lowering.layer().constantpad();
  Attributes attributes = {{"value", static_cast<double>(params.value())},
                           {"to_size", std::int64_t{params.padtogivenoutputsizemode() ? 1 : 0}}};
  if (lowering.input_count() == 2) return lowering.finish("constant_pad", lowering.inputs(), std::move(attributes));
  Integers pads;
  for (const std::uint64_t amount : params.padamounts()) {
    pads.push_back(size_field(lowering, amount, "an entry of padAmounts"));
  }
  attributes.push_back({"pads", std::move(pads)});
  lowering.finish("constant_pad", lowering.inputs(), std::move(attributes));
}

// With one input the amounts to cut from each edge; with two, where to begin, and the second's height and width.
void lower_crop(LayerLowering& lowering) {
  const spec::CropLayerParams& params = lowering.layer().crop();
  lowering.need_rank(3);
  const Integers axes = {-2, -1};
  if (lowering.input_count() > 1) {
    if (params.offset_size() != 2) lowering.fail("offset must have two entries");
    return lowering.finish("slice", lowering.inputs(),
                           {{"axes", axes}, {"begin", pair_field(lowering, params.offset(), "offset", 0)}});
  }
  if (params.cropamounts().borderamounts_size() != 2) lowering.fail("cropAmounts must have two entries");
  const Integers edges = border_field(lowering, params.cropamounts());
  const Dims& dims = lowering.dims();
  Integers end;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t before = edges[2 * axis], after = edges[2 * axis + 1];
    const std::int64_t size = dims[dims.size() - 2 + axis];
    if (size != -1 && before + after >= size) {
      lowering.fail("crops " + std::to_string(before) + " and " + std::to_string(after) + " from " +
                    std::to_string(size) + " " + (axis == 0 ? "rows" : "columns") + " of " + graph::to_text(dims));
    }
    end.push_back(after == 0 ? std::numeric_limits<std::int64_t>::max() : -after);
  }
  lowering.finish("slice", lowering.inputs(), {{"axes", axes}, {"begin", Integers{edges[0], edges[2]}}, {"end", end}});
}

std::vector<double> upsample_scale(const LayerLowering& lowering, const Upsample& params) {
  if (params.fractionalscalingfactor_size() == 0) {
    const Integers factors = pair_field(lowering, params.scalingfactor(), "scalingFactor", 1);
    return {static_cast<double>(factors[0]), static_cast<double>(factors[1])};
  }
  if (params.scalingfactor_size() != 0) lowering.fail("has both scalingFactor and fractionalScalingFactor");
  if (params.fractionalscalingfactor_size() != 2) {
    lowering.fail("fractionalScalingFactor has " + std::to_string(params.fractionalscalingfactor_size()) +
                  " entries, not 2");
  }
  return {static_cast<double>(params.fractionalscalingfactor(0)),
          static_cast<double>(params.fractionalscalingfactor(1))};
}

std::string upsample_grid(const LayerLowering& lowering, const Upsample& params) {
  switch (params.linearupsamplemode()) {
    case Upsample::DEFAULT:
      return "scaled";
    case Upsample::ALIGN_CORNERS_TRUE:
      return "align_corners";
    case Upsample::ALIGN_CORNERS_FALSE:
      return "half_pixel";
    default:
      lowering.fail("its linearUpsampleMode is not known");
  }
}

void lower_upsample(LayerLowering& lowering) {
  const Upsample& params = lowering.layer().upsample();
  lowering.need_rank(3);
  Attributes attributes = {{"scale", upsample_scale(lowering, params)}};
  if (params.mode() == Upsample::BILINEAR) {
    attributes.push_back({"mode", std::string("bilinear")});
    attributes.push_back({"grid", upsample_grid(lowering, params)});
  } else if (params.mode() == Upsample::NN) {
    attributes.push_back({"mode", std::string("nearest")});
  } else {
    lowering.fail("its mode, " + std::to_string(params.mode()) + ", is not known");
  }
  lowering.finish("upsample", lowering.inputs(), std::move(attributes));
}

}  // namespace

const LayerRules& spatial_rules() {
  static const LayerRules rules = {{Layer::kPadding, 1, 1, 1, 1, lower_padding},
                                   {Layer::kConstantPad, 1, 2, 1, 1, lower_constant_pad},
                                   {Layer::kCrop, 1, 2, 1, 1, lower_crop},
                                   {Layer::kUpsample, 1, 1, 1, 1, lower_upsample}};
  return rules;
}

}  // namespace goldilocks::lowering
