// activation: thirteen kinds in one layer. The parameters of PReLU and parametric softplus are one number or one per
// channel.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using ActivationFunction = spec::ActivationParams;

template <class Message>
Attributes alpha_of(const Message& message) {
  return {{"alpha", static_cast<double>(message.alpha())}};
}

template <class Message>
Attributes alpha_beta_of(const Message& message) {
  return {{"alpha", static_cast<double>(message.alpha())}, {"beta", static_cast<double>(message.beta())}};
}

std::uint32_t channel_parameter(LayerLowering& lowering, std::string_view name) {
  lowering.need_rank(3);
  const std::int64_t channels = lowering.dims()[lowering.dims().size() - 3];
  LayerLowering::Weights weights = lowering.required_weights(name, channels);
  const auto count = static_cast<std::int64_t>(weights.values.size());
  return lowering.constant(name, {count, 1, 1}, std::move(weights.values));
}

void lower_activation(LayerLowering& lowering) {
  const ActivationFunction& params = lowering.layer().activation();
  const std::vector<std::uint32_t>& x = lowering.inputs();
  switch (params.NonlinearityType_case()) {
    case ActivationFunction::kLinear:
      return lowering.finish("linear", x, alpha_beta_of(params.linear()));
    case ActivationFunction::kReLU:
      return lowering.finish("relu", x, {});
    case ActivationFunction::kLeakyReLU:
      return lowering.finish("leaky_relu", x, alpha_of(params.leakyrelu()));
    case ActivationFunction::kThresholdedReLU:
      return lowering.finish("thresholded_relu", x, alpha_of(params.thresholdedrelu()));
    case ActivationFunction::kPReLU:
      return lowering.finish("prelu", {x[0], channel_parameter(lowering, "alpha")}, {});
    case ActivationFunction::kTanh:
      return lowering.finish("tanh", x, {});
    case ActivationFunction::kScaledTanh:
      return lowering.finish("scaled_tanh", x, alpha_beta_of(params.scaledtanh()));
    case ActivationFunction::kSigmoid:
      return lowering.finish("sigmoid", x, {});
    case ActivationFunction::kSigmoidHard:
      return lowering.finish("hard_sigmoid", x, alpha_beta_of(params.sigmoidhard()));
    case ActivationFunction::kELU:
      return lowering.finish("elu", x, alpha_of(params.elu()));
    case ActivationFunction::kSoftsign:
      return lowering.finish("softsign", x, {});
    case ActivationFunction::kSoftplus:
      return lowering.finish("softplus", x, {});
    case ActivationFunction::kParametricSoftplus: {
      const std::uint32_t alpha = channel_parameter(lowering, "alpha");
      return lowering.finish("parametric_softplus", {x[0], alpha, channel_parameter(lowering, "beta")}, {});
    }
    default:
      lowering.fail("its kind of activation is not set or not known");
  }
}

}  // namespace

const LayerRules& activation_rules() {
  static const LayerRules rules = {{spec::NeuralNetworkLayer::kActivation, 1, 1, 1, 1, lower_activation}};
  return rules;
}

}  // namespace goldilocks::lowering
