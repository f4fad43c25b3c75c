// Recurrent layers: which activations they take, and how many.
#include <algorithm>

#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {
namespace {

using Activation = spec::ActivationParams;

bool is_recurrent_activation(const Activation& activation) {
  switch (activation.NonlinearityType_case()) {
    case Activation::kLinear:
    case Activation::kReLU:
    case Activation::kTanh:
    case Activation::kScaledTanh:
    case Activation::kSigmoid:
    case Activation::kSigmoidHard:
      return true;
    default:
      return false;
  }
}

void check_activations(const google::protobuf::RepeatedPtrField<Activation>& activations, int needed, const char* field,
                       const Findings& findings) {
  findings.require(activations.size() == needed, "recurrent.activations", "{} has {} entries, {} are needed", field,
                   activations.size(), needed);
  findings.require(std::ranges::all_of(activations, is_recurrent_activation), "recurrent.activations",
                   "{} has a kind that recurrent layers don't take", field);
}

}  // namespace

void check_recurrent_parameters(const Layer& layer, const Findings& findings) {
  switch (layer.layer_case()) {
    case Layer::kSimpleRecurrent:
      findings.require(is_recurrent_activation(layer.simplerecurrent().activation()), "recurrent.activations",
                       "activation is of a kind that recurrent layers don't take");
      break;
    case Layer::kGru:
      check_activations(layer.gru().activations(), 2, "activations", findings);
      break;
    case Layer::kUniDirectionalLSTM:
      check_activations(layer.unidirectionallstm().activations(), 3, "activations", findings);
      break;
    case Layer::kBiDirectionalLSTM: {
      const spec::BiDirectionalLSTMLayerParams& params = layer.bidirectionallstm();
      check_activations(params.activationsforwardlstm(), 3, "activationsForwardLSTM", findings);
      check_activations(params.activationsbackwardlstm(), 3, "activationsBackwardLSTM", findings);
      findings.require(params.weightparams_size() == 2, "recurrent.directions",
                       "weightParams has {} entries, one for each direction is needed", params.weightparams_size());
      break;
    }
    default:
      break;
  }
}

}  // namespace goldilocks::model::validation
