// NonMaximumSuppression. Thresholds and the number of boxes come from inputs 3 to 5 where these are there.
//
// A score at the threshold is high enough, and an overlap at the threshold small enough: the format says "below" of the
// one and nothing of the other, where this is what frameworks do.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

void lower_suppression(LayerLowering& lowering) {
  const spec::NonMaximumSuppressionLayerParams& params = lowering.layer().nonmaximumsuppression();
  lowering.need_rank(3, 3);
  lowering.finish("non_maximum_suppression", lowering.inputs(),
                  {{"iou_threshold", static_cast<double>(params.iouthreshold())},
                   {"score_threshold", static_cast<double>(params.scorethreshold())},
                   {"boxes", size_field(lowering, params.maxboxes(), "maxBoxes")},
                   {"per_class", std::int64_t{params.perclasssuppression() ? 1 : 0}}});
}

}  // namespace

const LayerRules& suppression_rules() {
  static const LayerRules rules = {{spec::NeuralNetworkLayer::kNonMaximumSuppression, 2, 5, 4, 4, lower_suppression}};
  return rules;
}

}  // namespace goldilocks::lowering
