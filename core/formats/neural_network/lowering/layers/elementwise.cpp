// Layers that compute each value from those at its place: elementary functions, comparisons and logic, the arithmetic
// with numpy's broadcasting, and the choice by a condition.
#include <algorithm>
#include <array>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Gelu = spec::GeluLayerParams;

// A layer without parameters that is an operation.
struct Name {
  std::array<char, 16> text{};
  template <std::size_t size>
  consteval Name(const char (&literal)[size]) {  // NOLINT: a literal, written in place of the name
    std::copy_n(literal, size, text.begin());
  }
};

template <Name name>
void lower_as(LayerLowering& lowering) {
  lowering.finish(name.text.data(), lowering.inputs(), {});
}

// alpha stands in for a second input, and is read only where there is none.
template <class Params>
void lower_comparison(LayerLowering& lowering, const Params& params, const char* operation) {
  std::vector<std::uint32_t> inputs = lowering.inputs();
  if (inputs.size() == 1) inputs.push_back(lowering.constant("alpha", {}, {params.alpha()}));
  lowering.finish(operation, std::move(inputs), {});
}

void lower_equal(LayerLowering& lowering) { lower_comparison(lowering, lowering.layer().equal(), "equal"); }
void lower_not_equal(LayerLowering& lowering) { lower_comparison(lowering, lowering.layer().notequal(), "not_equal"); }
void lower_less(LayerLowering& lowering) { lower_comparison(lowering, lowering.layer().lessthan(), "less"); }
void lower_less_equal(LayerLowering& lowering) {
  lower_comparison(lowering, lowering.layer().lessequal(), "less_equal");
}
void lower_greater(LayerLowering& lowering) { lower_comparison(lowering, lowering.layer().greaterthan(), "greater"); }
void lower_greater_equal(LayerLowering& lowering) {
  lower_comparison(lowering, lowering.layer().greaterequal(), "greater_equal");
}

void lower_clip(LayerLowering& lowering) {
  const spec::ClipLayerParams& params = lowering.layer().clip();
  lowering.finish(
      "clip", lowering.inputs(),
      {{"minimum", static_cast<double>(params.minval())}, {"maximum", static_cast<double>(params.maxval())}});
}

void lower_clamped_relu(LayerLowering& lowering) {
  const spec::ClampedReLULayerParams& params = lowering.layer().clampedrelu();
  lowering.finish("clamped_relu", lowering.inputs(),
                  {{"alpha", static_cast<double>(params.alpha())}, {"beta", static_cast<double>(params.beta())}});
}

void lower_gelu(LayerLowering& lowering) {
  std::string mode;
  switch (lowering.layer().gelu().mode()) {
    case Gelu::EXACT:
      mode = "exact";
      break;
    case Gelu::TANH_APPROXIMATION:
      mode = "tanh";
      break;
    case Gelu::SIGMOID_APPROXIMATION:
      mode = "sigmoid";
      break;
    default:
      lowering.fail("its mode, " + std::to_string(lowering.layer().gelu().mode()) + ", is not known");
  }
  lowering.finish("gelu", lowering.inputs(), {{"mode", std::move(mode)}});
}

}  // namespace

const LayerRules& elementwise_rules() {
  static const LayerRules rules = {{Layer::kCeil, 1, 1, 1, 1, lower_as<"ceil">},
                                   {Layer::kFloor, 1, 1, 1, 1, lower_as<"floor">},
                                   {Layer::kRound, 1, 1, 1, 1, lower_as<"round">},
                                   {Layer::kSign, 1, 1, 1, 1, lower_as<"sign">},
                                   {Layer::kExp2, 1, 1, 1, 1, lower_as<"exp2">},
                                   {Layer::kSin, 1, 1, 1, 1, lower_as<"sin">},
                                   {Layer::kCos, 1, 1, 1, 1, lower_as<"cos">},
                                   {Layer::kTan, 1, 1, 1, 1, lower_as<"tan">},
                                   {Layer::kAsin, 1, 1, 1, 1, lower_as<"asin">},
                                   {Layer::kAcos, 1, 1, 1, 1, lower_as<"acos">},
                                   {Layer::kAtan, 1, 1, 1, 1, lower_as<"atan">},
                                   {Layer::kSinh, 1, 1, 1, 1, lower_as<"sinh">},
                                   {Layer::kCosh, 1, 1, 1, 1, lower_as<"cosh">},
                                   {Layer::kTanh, 1, 1, 1, 1, lower_as<"tanh">},
                                   {Layer::kAsinh, 1, 1, 1, 1, lower_as<"asinh">},
                                   {Layer::kAcosh, 1, 1, 1, 1, lower_as<"acosh">},
                                   {Layer::kAtanh, 1, 1, 1, 1, lower_as<"atanh">},
                                   {Layer::kErf, 1, 1, 1, 1, lower_as<"erf">},
                                   {Layer::kGelu, 1, 1, 1, 1, lower_gelu},
                                   {Layer::kClip, 1, 1, 1, 1, lower_clip},
                                   {Layer::kClampedReLU, 1, 1, 1, 1, lower_clamped_relu},
                                   {Layer::kEqual, 1, 2, 1, 1, lower_equal},
                                   {Layer::kNotEqual, 1, 2, 1, 1, lower_not_equal},
                                   {Layer::kLessThan, 1, 2, 1, 1, lower_less},
                                   {Layer::kLessEqual, 1, 2, 1, 1, lower_less_equal},
                                   {Layer::kGreaterThan, 1, 2, 1, 1, lower_greater},
                                   {Layer::kGreaterEqual, 1, 2, 1, 1, lower_greater_equal},
                                   {Layer::kLogicalNot, 1, 1, 1, 1, lower_as<"logical_not">},
                                   {Layer::kLogicalAnd, 2, 2, 1, 1, lower_as<"logical_and">},
                                   {Layer::kLogicalOr, 2, 2, 1, 1, lower_as<"logical_or">},
                                   {Layer::kLogicalXor, 2, 2, 1, 1, lower_as<"logical_xor">},
                                   {Layer::kAddBroadcastable, 2, 2, 1, 1, lower_as<"add">},
                                   {Layer::kSubtractBroadcastable, 2, 2, 1, 1, lower_as<"subtract">},
                                   {Layer::kMultiplyBroadcastable, 2, 2, 1, 1, lower_as<"multiply">},
                                   {Layer::kDivideBroadcastable, 2, 2, 1, 1, lower_as<"divide">},
                                   {Layer::kFloorDivBroadcastable, 2, 2, 1, 1, lower_as<"floor_divide">},
                                   {Layer::kModBroadcastable, 2, 2, 1, 1, lower_as<"modulo">},
                                   {Layer::kPowBroadcastable, 2, 2, 1, 1, lower_as<"pow">},
                                   {Layer::kMaxBroadcastable, 2, 2, 1, 1, lower_as<"maximum">},
                                   {Layer::kMinBroadcastable, 2, 2, 1, 1, lower_as<"minimum">},
                                   {Layer::kWhereBroadcastable, 3, 3, 1, 1, lower_as<"where">}};
  return rules;
}

}  // namespace goldilocks::lowering
