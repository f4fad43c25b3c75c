// gather..., scatter..., whereNonZero, matrixBandPart, lowerTriangular and upperTriangular.
//
// Indexes may count from the end. One that is out of range is an error: the format doesn't say what it would give.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;

void lower_gather(LayerLowering& lowering) {
  lowering.finish("gather", lowering.inputs(), {{"axis", lowering.layer().gather().axis()}});
}
void lower_gather_nd(LayerLowering& lowering) { lowering.finish("gather_nd", lowering.inputs(), {}); }
void lower_gather_along_axis(LayerLowering& lowering) {
  lowering.finish("gather_along_axis", lowering.inputs(), {{"axis", lowering.layer().gatheralongaxis().axis()}});
}

Attribute scatter_mode(const LayerLowering& lowering, spec::ScatterMode mode) {
  switch (mode) {
    case spec::SCATTER_UPDATE:
      return {"mode", std::string("update")};
    case spec::SCATTER_ADD:
      return {"mode", std::string("add")};
    case spec::SCATTER_SUB:
      return {"mode", std::string("subtract")};
    case spec::SCATTER_MUL:
      return {"mode", std::string("multiply")};
    case spec::SCATTER_DIV:
      return {"mode", std::string("divide")};
    case spec::SCATTER_MAX:
      return {"mode", std::string("maximum")};
    case spec::SCATTER_MIN:
      return {"mode", std::string("minimum")};
    default:
      lowering.fail("its mode, " + std::to_string(mode) + ", is not known");
  }
}

void lower_scatter(LayerLowering& lowering) {
  const spec::ScatterLayerParams& params = lowering.layer().scatter();
  lowering.finish("scatter", lowering.inputs(), {{"axis", params.axis()}, scatter_mode(lowering, params.mode())});
}
void lower_scatter_nd(LayerLowering& lowering) {
  lowering.finish("scatter_nd", lowering.inputs(), {scatter_mode(lowering, lowering.layer().scatternd().mode())});
}
void lower_scatter_along_axis(LayerLowering& lowering) {
  const spec::ScatterAlongAxisLayerParams& params = lowering.layer().scatteralongaxis();
  lowering.finish("scatter_along_axis", lowering.inputs(),
                  {{"axis", params.axis()}, scatter_mode(lowering, params.mode())});
}

void lower_where_non_zero(LayerLowering& lowering) { lowering.finish("non_zero", lowering.inputs(), {}); }

// A negative number of diagonals keeps all of that side.
void lower_matrix_band_part(LayerLowering& lowering) {
  const spec::MatrixBandPartLayerParams& params = lowering.layer().matrixbandpart();
  Attributes attributes;
  if (params.numlower() >= 0) attributes.push_back({"lower", params.numlower()});
  if (params.numupper() >= 0) attributes.push_back({"upper", params.numupper()});
  lowering.finish("band", lowering.inputs(), std::move(attributes));
}

// Diagonal k is where column - row = k.
std::int64_t diagonal(const LayerLowering& lowering, std::int64_t k) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  if (k < -most || k > most) lowering.fail("k can't be " + std::to_string(k));
  return k;
}

void lower_lower_triangular(LayerLowering& lowering) {
  lowering.finish("band", lowering.inputs(), {{"upper", diagonal(lowering, lowering.layer().lowertriangular().k())}});
}
void lower_upper_triangular(LayerLowering& lowering) {
  lowering.finish("band", lowering.inputs(), {{"lower", -diagonal(lowering, lowering.layer().uppertriangular().k())}});
}

}  // namespace

const LayerRules& indexing_rules() {
  static const LayerRules rules = {{Layer::kGather, 2, 2, 1, 1, lower_gather},
                                   {Layer::kGatherND, 2, 2, 1, 1, lower_gather_nd},
                                   {Layer::kGatherAlongAxis, 2, 2, 1, 1, lower_gather_along_axis},
                                   {Layer::kScatter, 3, 3, 1, 1, lower_scatter},
                                   {Layer::kScatterND, 3, 3, 1, 1, lower_scatter_nd},
                                   {Layer::kScatterAlongAxis, 3, 3, 1, 1, lower_scatter_along_axis},
                                   {Layer::kWhereNonZero, 1, 1, 1, 1, lower_where_non_zero},
                                   {Layer::kMatrixBandPart, 1, 1, 1, 1, lower_matrix_band_part},
                                   {Layer::kLowerTriangular, 1, 1, 1, 1, lower_lower_triangular},
                                   {Layer::kUpperTriangular, 1, 1, 1, 1, lower_upper_triangular}};
  return rules;
}

}  // namespace goldilocks::lowering
