#include "core/formats/neural_network/warnings.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "core/base/error.hpp"
#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

using validation::Findings;
using validation::Layer;

std::uint64_t entry_of(const google::protobuf::RepeatedField<std::uint64_t>& list, int axis, std::uint64_t fallback) {
  return axis < list.size() ? list[axis] : fallback;
}

// Padding of one axis or the other that is larger on one side.
bool is_unequal(const spec::BorderAmounts& padding) {
  return std::ranges::any_of(padding.borderamounts(),
                             [](const auto& amounts) { return amounts.startedgesize() != amounts.endedgesize(); });
}

void warn_of_output_shape(const Layer& layer, const Findings& findings) {
  const spec::ConvolutionLayerParams& params = layer.convolution();
  if (!params.isdeconvolution() || params.outputshape().empty()) return;
  if (!params.has_valid() || !is_unequal(params.valid().paddingamounts())) return;
  findings.add("deconvolution.output-shape",
               "it states an outputShape, and padding that differs before and after; the format's schema says that the "
               "padding is ignored then, and the output is taken from the middle here");
}

void warn_of_deconvolution(const Layer& layer, const Findings& findings) {
  warn_of_output_shape(layer, findings);
  if (!has_dilated_deconvolution(layer)) return;
  const auto& dilation = layer.convolution().dilationfactor();
  findings.add("deconvolution.dilation",
               "its dilation of {} x {} is honoured here, as coremltools' converter means it; the format's schema says "
               "that a deconvolution ignores it",
               entry_of(dilation, 0, 1), entry_of(dilation, 1, 1));
}

// The scaler of a step multiplies all channels, and absent it is 0.
void warn_of_preprocessing(const NetworkView& network, const Findings& findings) {
  for (const spec::NeuralNetworkPreprocessing& step : *network.preprocessing) {
    if (!step.has_scaler() || step.scaler().channelscale() != 0) continue;
    findings.at(fmt::format("preprocessing of '{}'", step.featurename()))
        .add("preprocessing.scale", "channelScale is 0 or absent, so that all pixels become the same; write 1");
  }
}

void warn_of_int8_bias(const Layer& layer, const Findings& findings) {
  const bool product =
      layer.has_innerproduct() && layer.innerproduct().int8dynamicquantize() && layer.innerproduct().hasbias();
  const bool matmul =
      layer.has_batchedmatmul() && layer.batchedmatmul().int8dynamicquantize() && layer.batchedmatmul().hasbias();
  if (product || matmul) {
    findings.add("weights.int8-bias", "a bias beside int8 weights, which the format's schema rules out");
  }
}

// Two of the activations that recurrent layers may have take one pair of constants only.
bool has_free_constants(const spec::ActivationParams& activation) {
  const auto differ = [](float value, float stated) { return std::abs(value - stated) > 1e-4F; };
  if (activation.has_scaledtanh()) {
    return differ(activation.scaledtanh().alpha(), 1.7159F) || differ(activation.scaledtanh().beta(), 2.0F / 3.0F);
  }
  return activation.has_sigmoidhard() &&
         (differ(activation.sigmoidhard().alpha(), 0.2F) || differ(activation.sigmoidhard().beta(), 0.5F));
}

void warn_of_activations(const Layer& layer, const Findings& findings) {
  std::vector<const spec::ActivationParams*> used;
  const auto add = [&](const auto& list) {
    for (const spec::ActivationParams& activation : list) used.push_back(&activation);
  };
  if (layer.has_simplerecurrent()) used.push_back(&layer.simplerecurrent().activation());
  if (layer.has_gru()) add(layer.gru().activations());
  if (layer.has_unidirectionallstm()) add(layer.unidirectionallstm().activations());
  if (layer.has_bidirectionallstm()) {
    const spec::BiDirectionalLSTMLayerParams& params = layer.bidirectionallstm();
    add(params.activationsforwardlstm());
    add(params.activationsbackwardlstm());
    const auto same = [](const spec::ActivationParams& a, const spec::ActivationParams& b) {
      return a.NonlinearityType_case() == b.NonlinearityType_case();
    };
    if (!std::ranges::equal(params.activationsforwardlstm(), params.activationsbackwardlstm(), same)) {
      findings.add("recurrent.activations",
                   "its two directions have different activations; the format asks for the same");
    }
  }
  if (std::ranges::any_of(used, [](const auto* activation) { return has_free_constants(*activation); })) {
    findings.add("recurrent.activations",
                 "scaledTanh is 1.7159 and 2/3 in recurrent layers, sigmoidHard 0.2 and 0.5; others may be ignored");
  }
}

// A dictionary of probabilities has room for one of them.
void warn_of_labels(const spec::Model& model, const Findings& findings) {
  constexpr std::size_t most_named = 5;
  std::set<std::string> seen;
  std::set<std::string> repeated;
  for (std::string& label : class_labels(model)) {
    const auto [name, is_new] = seen.insert(std::move(label));
    if (!is_new) repeated.insert(*name);
  }
  if (repeated.empty()) return;
  std::vector<std::string> named;
  for (const std::string& label : repeated) {
    if (named.size() < most_named) named.push_back("'" + label + "'");
  }
  const std::size_t others = repeated.size() - named.size();
  findings.add(
      "classifier.repeated-labels",
      "the class label{} {}{} {} for several scores, the largest of which counts here; what Apple's runtime makes "
      "of that is not known",
      repeated.size() == 1 ? "" : "s", fmt::join(named, ", "), others == 0 ? "" : fmt::format(" and {} more", others),
      repeated.size() == 1 ? "stands" : "stand");
}

void warn_of_model(const spec::Model& model, const Findings& findings) {
  warn_of_labels(model, findings);
  const NetworkView network = network_of(model);
  if (!network) return;
  warn_of_preprocessing(network, findings);
  for_each_layer(*network.layers, [&](const Layer& layer, const std::string& place) {
    const Findings here = findings.at(fmt::format("layer '{}{}'", place, layer.name()));
    warn_of_deconvolution(layer, here);
    warn_of_int8_bias(layer, here);
    warn_of_activations(layer, here);
  });
}

}  // namespace

bool has_dilated_deconvolution(const spec::NeuralNetworkLayer& layer) {
  const spec::ConvolutionLayerParams& params = layer.convolution();
  if (!params.isdeconvolution()) return false;
  for (int axis = 0; axis < params.dilationfactor_size(); ++axis) {
    if (params.dilationfactor(axis) > 1 && entry_of(params.kernelsize(), axis, 3) > 1) return true;
  }
  return false;
}

std::vector<Violation> warnings(const spec::Model& model) {
  std::vector<Violation> found;
  try {
    for_each_model(model, [&](const spec::Model& inner, const std::string& place) {
      warn_of_model(inner, Findings(found, place));
    });
  } catch (const ModelError&) {
    // Nested too deep, which validate() says.
    return found;
  }
  return found;
}

}  // namespace goldilocks::model
