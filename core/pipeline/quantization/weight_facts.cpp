#include "core/pipeline/quantization/weight_facts.hpp"

#include <algorithm>

#include "core/formats/coreml/model_file.hpp"

namespace goldilocks::pipeline {
namespace {

using Slot = model::WeightSlot<coreml::WeightParams>;

bool is_dense(const std::string& layer_type) { return layer_type == "innerProduct" || layer_type == "batchedMatmul"; }

std::uint64_t count_of(const Slot& slot) {
  const auto product = slot.shape.empty() ? std::nullopt : model::element_count(slot.shape);
  return product.value_or(model::stored_count(*slot.params));
}

// What all tensors of a layer have in common.
WeightFacts layer_facts(const coreml::NeuralNetworkLayer& layer, const std::string& place) {
  WeightFacts facts;
  facts.name = layer.name();
  facts.layer = place + layer.name();
  facts.layer_type = model::layer_type(layer);
  facts.updatable = layer.isupdatable();
  facts.layer_has_bias = layer.innerproduct().hasbias() || layer.batchedmatmul().hasbias();
  facts.channels = model::layer_channels(layer);
  facts.epsilon = layer.batchnorm().epsilon();
  return facts;
}

}  // namespace

void for_each_weight_of(coreml::Model& model, const WeightVisitor& visit) {
  std::size_t model_index = 0;
  std::size_t layer_index = 0;
  model::for_each_model(model, [&](coreml::Model& inner, const std::string& model_place) {
    if (auto* layers = model::mutable_layers(inner)) {
      model::for_each_layer(*layers, [&](coreml::NeuralNetworkLayer& layer, const std::string& place) {
        std::vector<Slot> slots;
        model::for_each_weight(layer, [&](const Slot& slot) { slots.push_back(slot); });
        if (!slots.empty()) {
          WeightFacts facts = layer_facts(layer, model_place.empty() ? place : model_place + ": " + place);
          facts.layer_index = layer_index;
          facts.model_index = model_index;
          for (const Slot& slot : slots) facts.layer_count = std::max(facts.layer_count, count_of(slot));
          for (const Slot& slot : slots) {
            facts.parameter = slot.parameter;
            facts.is_vector = slot.is_vector;
            facts.enabled = slot.enabled;
            facts.accepted = slot.accepted;
            facts.other_forms = is_dense(facts.layer_type) && slot.parameter == "weights";
            facts.count = count_of(slot);
            facts.channel_count = static_cast<std::uint64_t>(std::max<std::int64_t>(slot.channels.channels, 1));
            visit(layer, slot, facts);
          }
        }
        ++layer_index;
      });
    }
    ++model_index;
  });
}

std::string base_name(const std::string& parameter) {
  const std::size_t dot = parameter.rfind('.');
  const std::string last = dot == std::string::npos ? parameter : parameter.substr(dot + 1);
  return last.substr(0, last.find('['));
}

bool is_accepted(const WeightFacts& facts, model::WeightForm form) {
  // A dense layer's int8 is a flag of the layer, which is set and cleared with the form.
  if (!facts.other_forms) return (facts.accepted & form) != 0;
  if (form == model::form_int8) return !facts.layer_has_bias;
  return form == model::form_float32 || form == model::form_float16 || form == model::form_coded;
}

}  // namespace goldilocks::pipeline
