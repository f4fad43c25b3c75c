// add, multiply, average, max, min and unary.
//
// The format speaks of limited broadcasting and lists some shapes; numpy's rule gives the same for all of them.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Unary = spec::UnaryFunctionLayerParams;

constexpr float default_unary_epsilon = 1e-6F;

// alpha stands in for a second input, and is read only where there is none.
void lower_add(LayerLowering& lowering) {
  if (lowering.input_count() > 1) return lowering.finish("add", lowering.inputs(), {});
  lowering.finish("linear", lowering.inputs(),
                  {{"alpha", 1.0}, {"beta", static_cast<double>(lowering.layer().add().alpha())}});
}

void lower_multiply(LayerLowering& lowering) {
  if (lowering.input_count() > 1) return lowering.finish("multiply", lowering.inputs(), {});
  lowering.finish("linear", lowering.inputs(),
                  {{"alpha", static_cast<double>(lowering.layer().multiply().alpha())}, {"beta", 0.0}});
}

void lower_average(LayerLowering& lowering) { lowering.finish("average", lowering.inputs(), {}); }
void lower_max(LayerLowering& lowering) { lowering.finish("maximum", lowering.inputs(), {}); }
void lower_min(LayerLowering& lowering) { lowering.finish("minimum", lowering.inputs(), {}); }

void lower_unary(LayerLowering& lowering) {
  const Unary& params = lowering.layer().unary();
  Attributes attributes = {{"scale", params.scale() == 0 ? 1.0 : static_cast<double>(params.scale())},
                           {"shift", static_cast<double>(params.shift())}};
  const Attribute alpha = {"alpha", static_cast<double>(params.alpha())};
  const Attribute epsilon = {"epsilon",
                             static_cast<double>(params.epsilon() == 0 ? default_unary_epsilon : params.epsilon())};
  std::string operation;
  switch (params.type()) {
    case Unary::SQRT:
      operation = "sqrt";
      break;
    case Unary::RSQRT:
      operation = "rsqrt";
      attributes.push_back(epsilon);
      break;
    case Unary::INVERSE:
      operation = "inverse";
      attributes.push_back(epsilon);
      break;
    case Unary::POWER:
      operation = "power";
      attributes.push_back(alpha);
      break;
    case Unary::EXP:
      operation = "exp";
      break;
    case Unary::LOG:
      operation = "log";
      break;
    case Unary::ABS:
      operation = "abs";
      break;
    case Unary::THRESHOLD:
      operation = "threshold";
      attributes.push_back(alpha);
      break;
    default:
      lowering.fail("its function, " + std::to_string(params.type()) + ", is not known");
  }
  lowering.finish(operation, lowering.inputs(), std::move(attributes));
}

}  // namespace

const LayerRules& arithmetic_rules() {
  static const LayerRules rules = {
      {Layer::kAdd, 1, any_number, 1, 1, lower_add},         {Layer::kMultiply, 1, any_number, 1, 1, lower_multiply},
      {Layer::kAverage, 1, any_number, 1, 1, lower_average}, {Layer::kMax, 1, any_number, 1, 1, lower_max},
      {Layer::kMin, 1, any_number, 1, 1, lower_min},         {Layer::kUnary, 1, 1, 1, 1, lower_unary}};
  return rules;
}

}  // namespace goldilocks::lowering
