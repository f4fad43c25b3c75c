// Models that can be trained on the device: which layers may be marked, the loss, the optimizer, and the training
// inputs.
#include <algorithm>
#include <deque>
#include <set>
#include <string_view>
#include <unordered_map>

#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model::validation {
namespace {

// The loss layer's names, whatever its kind.
struct Loss {
  std::string_view input;
  std::string_view target;
  bool cross_entropy = false;
};

Loss loss_of(const spec::LossLayer& layer) {
  if (layer.has_categoricalcrossentropylosslayer()) {
    const auto& loss = layer.categoricalcrossentropylosslayer();
    return {.input = loss.input(), .target = loss.target(), .cross_entropy = true};
  }
  return {.input = layer.meansquarederrorlosslayer().input(), .target = layer.meansquarederrorlosslayer().target()};
}

bool may_be_marked(const Layer& layer) {
  return layer.has_convolution() || layer.has_innerproduct() || layer.has_unidirectionallstm();
}

// A layer through which the error can be passed back.
bool passes_back(const Layer& layer) {
  switch (layer.layer_case()) {
    case Layer::kConvolution:
    case Layer::kInnerProduct:
    case Layer::kUniDirectionalLSTM:
    case Layer::kFlatten:
    case Layer::kPooling:
    case Layer::kBatchnorm:
      return true;
    case Layer::kActivation:
      return layer.activation().has_relu() || layer.activation().has_sigmoid() || layer.activation().has_tanh();
    default:
      return false;
  }
}

void check_marked_layers(const NetworkView& network, const Findings& findings) {
  bool any = false;
  for (const Layer& layer : *network.layers) {
    if (!layer.isupdatable()) continue;
    any = true;
    const Findings here = findings.at(fmt::format("layer '{}'", layer.name()));
    if (!here.require(may_be_marked(layer), "updatable.layer", "{} can't be updatable", layer_type(layer)) ||
        layer.has_unidirectionallstm()) {
      continue;
    }
    for_each_weight(layer, [&](const auto& slot) {
      if (!slot.enabled) return;
      here.require(!slot.params->has_quantization(), "updatable.quantized", "{} of an updatable layer is quantized",
                   slot.parameter);
      here.require(slot.params->isupdatable(), "updatable.weights", "{} of an updatable layer isn't marked",
                   slot.parameter);
    });
  }
  findings.require(any, "updatable.layer", "no layer is updatable");
}

void check_names(const NetworkView& network, const Findings& findings) {
  std::set<std::string_view> names;
  bool distinct = true;
  for (const Layer& layer : *network.layers) distinct = names.insert(layer.name()).second && distinct;
  for (const spec::LossLayer& loss : network.update->losslayers()) {
    distinct = names.insert(loss.name()).second && distinct;
  }
  findings.require(distinct, "updatable.names", "layers and loss must all have different names");
}

using Producers = std::unordered_map<std::string_view, const Layer*>;

// One walk from the loss towards the inputs, until all marked layers were met.
void check_way_back(const NetworkView& network, const Producers& producers, const Loss& loss,
                    const Findings& findings) {
  const auto is_marked = [](const Layer& layer) { return layer.isupdatable(); };
  auto missing = std::ranges::count_if(*network.layers, is_marked);
  std::set<const Layer*> seen;
  std::deque<std::string_view> blobs{loss.input};
  bool first = true;
  while (!blobs.empty() && missing > 0) {
    const auto found = producers.find(blobs.front());
    blobs.pop_front();
    if (found == producers.end() || !seen.insert(found->second).second) continue;
    const Layer& layer = *found->second;
    const bool is_final_softmax = first && loss.cross_entropy && layer.has_softmax();
    first = false;
    if (!findings.require(is_final_softmax || passes_back(layer), "updatable.path",
                          "layer '{}' of type {} stands between the loss and the updatable layers", layer.name(),
                          layer_type(layer))) {
      return;
    }
    if (layer.isupdatable()) --missing;
    for (const std::string& input : layer.input()) blobs.push_back(input);
  }
}

void check_loss(const spec::Model& model, const NetworkView& network, const Findings& findings) {
  const auto& losses = network.update->losslayers();
  if (!findings.require(losses.size() == 1 && losses[0].LossLayerType_case() != spec::LossLayer::LOSSLAYERTYPE_NOT_SET,
                        "updatable.loss", "exactly one loss layer is needed")) {
    return;
  }
  Producers producers;
  for (const Layer& layer : *network.layers) {
    for (const std::string& output : layer.output()) producers.emplace(output, &layer);
  }
  const Loss loss = loss_of(losses[0]);
  const auto source = producers.find(loss.input);
  const bool sourced = source != producers.end() && (!loss.cross_entropy || source->second->has_softmax());
  findings.require(sourced, "updatable.loss", "the loss's input '{}' isn't produced by {}", loss.input,
                   loss.cross_entropy ? "a softmax layer" : "a layer");
  findings.require(!producers.contains(loss.target), "updatable.loss", "the target '{}' is produced by the network",
                   loss.target);
  if (sourced) check_way_back(network, producers, loss, findings);

  const auto& training = model.description().traininginput();
  const auto& inputs = model.description().input();
  const bool has_input = std::ranges::any_of(training, [&](const auto& feature) {
    return std::ranges::any_of(inputs, [&](const auto& input) {
      return input.name() == feature.name() && input.type().Type_case() == feature.type().Type_case();
    });
  });
  const bool has_target = std::ranges::any_of(training, [&](const auto& feature) {
    return feature.name() == loss.target ||
           (model.has_neuralnetworkclassifier() && feature.name() == model.description().predictedfeaturename());
  });
  findings.require(training.size() >= 2 && has_input && has_target, "updatable.training-inputs",
                   "trainingInput must have an input of the model and the target");
}

bool is_allowed(const spec::Int64Parameter& parameter) {
  const std::int64_t value = parameter.defaultvalue();
  if (parameter.has_range()) return value >= parameter.range().minvalue() && value <= parameter.range().maxvalue();
  return !parameter.has_set() || std::ranges::find(parameter.set().values(), value) != parameter.set().values().end();
}

bool is_allowed(const spec::DoubleParameter& parameter) {
  const double value = parameter.defaultvalue();
  return !parameter.has_range() || (value >= parameter.range().minvalue() && value <= parameter.range().maxvalue());
}

// What both optimizers have.
template <class Optimizer>
bool has_basics(const Optimizer& optimizer) {
  return optimizer.has_learningrate() && is_allowed(optimizer.learningrate()) && optimizer.has_minibatchsize() &&
         optimizer.minibatchsize().defaultvalue() > 0 && is_allowed(optimizer.minibatchsize());
}

void check_optimizer(const spec::NetworkUpdateParameters& update, const Findings& findings) {
  const spec::Optimizer& optimizer = update.optimizer();
  bool complete = false;
  if (optimizer.has_sgdoptimizer()) {
    complete = has_basics(optimizer.sgdoptimizer()) && is_allowed(optimizer.sgdoptimizer().momentum());
  } else if (optimizer.has_adamoptimizer()) {
    const spec::AdamOptimizer& adam = optimizer.adamoptimizer();
    complete = has_basics(adam) && adam.has_beta1() && is_allowed(adam.beta1()) && adam.has_beta2() &&
               is_allowed(adam.beta2()) && adam.has_eps() && is_allowed(adam.eps());
  }
  findings.require(complete, "updatable.optimizer", "the optimizer lacks a parameter, or one is out of its range");
  findings.require(update.has_epochs() && update.epochs().defaultvalue() > 0 && is_allowed(update.epochs()),
                   "updatable.epochs", "the number of epochs is missing or out of its range");
}

// In a pipeline only the last model may be updatable, and has to be where the pipeline is.
void check_pipeline_marks(const spec::Model& model, const spec::Pipeline& pipeline, const Findings& findings) {
  for (int i = 0; i < pipeline.models_size(); ++i) {
    const bool expected = model.isupdatable() && i + 1 == pipeline.models_size();
    findings.require(pipeline.models(i).isupdatable() == expected, "updatable.pipeline", "models[{}] {} be updatable",
                     i, expected ? "must" : "can't");
  }
}

}  // namespace

void check_updatable(const spec::Model& model, const Findings& findings) {
  if (const spec::Pipeline* pipeline = pipeline_of(model)) {
    check_pipeline_marks(model, *pipeline, findings);
    return;
  }
  if (!model.isupdatable()) return;
  const NetworkView network = network_of(model);
  if (!findings.require(network || model.has_knearestneighborsclassifier(), "updatable.type", "{} can't be updatable",
                        model_type(model)) ||
      !network) {
    return;
  }
  check_marked_layers(network, findings);
  if (!findings.require(network.update != nullptr, "updatable.parameters", "updateParams is missing")) return;
  check_names(network, findings);
  check_loss(model, network, findings);
  check_optimizer(*network.update, findings);
}

}  // namespace goldilocks::model::validation
