#include "core/pipeline/quantization/weight_outcome.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/formats/neural_network/weight_codec.hpp"

namespace goldilocks::pipeline {
namespace {

using plugins::ResultForm;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

WeightOutcome left(std::string note) { return {.stored = std::nullopt, .note = std::move(note)}; }

model::WeightForm form_of(const WeightPart& part, const WeightOutcome& outcome) {
  return model::stored_form(outcome.content(part));
}

std::vector<float> values_of(const WeightPart& part, const WeightOutcome& outcome) {
  auto slot = part.slot;
  slot.params = &outcome.content(part);
  return model::decode_weights(slot, part.where);
}

// Alpha and beta of a parametric softplus must have one form, codes included.
void settle_softplus(std::span<const WeightPart* const> parts, std::span<WeightOutcome* const> outcomes) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (form_of(*parts[i], *outcomes[i]) == form_of(*parts[0], *outcomes[0])) continue;
    for (WeightOutcome* outcome : outcomes) {
      outcome->stored.reset();
      outcome->note = "the format wants alpha and beta in one form";
    }
    return;
  }
}

// Tells a function how the model stores the tensor now.
void describe_stored(const coreml::WeightParams& params, plugins::Weights& weights) {
  switch (model::stored_form(params)) {
    case model::form_float32:
      weights.stored_form = ResultForm::float32;
      weights.stored_bits = 32;
      return;
    case model::form_float16:
      weights.stored_form = ResultForm::float16;
      weights.stored_bits = 16;
      return;
    case model::form_int8:
      weights.stored_form = ResultForm::int8;
      weights.stored_bits = 8;
      return;
    case model::form_coded:
      weights.stored_form = params.quantization().has_linearquantization() ? ResultForm::linear : ResultForm::table;
      weights.stored_bits = static_cast<int>(params.quantization().numberofbits());
      return;
    case model::form_empty:
      return;
  }
}

std::vector<ResultForm> accepted_forms(const WeightFacts& facts) {
  std::vector<ResultForm> forms;
  if (is_accepted(facts, model::form_float32)) forms.push_back(ResultForm::float32);
  if (is_accepted(facts, model::form_float16)) forms.push_back(ResultForm::float16);
  if (is_accepted(facts, model::form_coded)) forms.insert(forms.end(), {ResultForm::table, ResultForm::linear});
  if (is_accepted(facts, model::form_int8)) forms.push_back(ResultForm::int8);
  return forms;
}

}  // namespace

WeightChoice choose_for(const QuantizeRequest& request, const WeightFacts& facts) {
  WeightChoice choice{.plugin = request.plugin, .quantizer = request.quantizer, .bits = {}};
  const auto& rules = request.rules;
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const QuantizeRule& rule) { return matches(rule.match, facts); });
  if (found == rules.end()) return choice;
  choice.rule = static_cast<std::uint32_t>(found - rules.begin() + 1);
  choice.skip = found->skip;
  choice.is_explicit = found->is_explicit;
  choice.bits = found->bits;
  if (found->plugin != nullptr) {
    choice.plugin = found->plugin;
    choice.quantizer = found->quantizer;
  }
  return choice;
}

std::string reason_to_leave(const WeightFacts& facts, model::WeightForm form, const plugins::QuantizerPlugin& plugin,
                            bool requantize) {
  if (facts.layer_type == "custom") return "of a custom layer";
  if (!facts.enabled) return "not used by the layer";
  if (facts.updatable) return "of an updatable layer";
  if (facts.of_preprocessing) return "of the compacted mean image";
  const bool quantized = form == model::form_coded || form == model::form_int8;
  if (!facts.exact.empty() && !(quantized && plugin.takes_quantized)) return facts.exact;
  if (quantized && !plugin.takes_quantized && !requantize) return "quantized already";
  if (!plugin.layer_types.empty() && !contains(plugin.layer_types, facts.layer_type)) {
    return plugin.name + " doesn't take " + facts.layer_type + " layers";
  }
  if (!plugin.parameters.empty() && !contains(plugin.parameters, base_name(facts.parameter))) {
    return plugin.name + " doesn't take this parameter";
  }
  return "";
}

TensorForFunction::TensorForFunction(const WeightPart& part) {
  weights_.values = model::view_weights(part.slot, part.where, buffer_);
  weights_.dims = part.slot.shape;
  if (weights_.dims.empty()) {
    flat_ = {static_cast<std::int64_t>(weights_.values.size())};
    weights_.dims = flat_;
  }
  weights_.channel_axis = part.slot.channels.axis;
  weights_.is_vector = part.slot.is_vector;
  weights_.layer = part.layer;
  weights_.layer_type = part.layer_type;
  weights_.parameter = part.slot.parameter;
  describe_stored(part.content, weights_);
  weights_.accepted_forms = accepted_forms(part);
  model::check_finite(weights_.values, part.where);
}

WeightOutcome keep_infinities(const WeightPart& part, int bits) {
  if (bits < 1 || bits > 16 || model::stored_form(part.content) != model::form_float32) {
    return left("a constant with infinite values");
  }
  std::vector<float> buffer;
  coreml::WeightParams params;
  if (!model::store_exact_float16(params, model::view_weights(part.slot, part.where, buffer))) {
    return left("a constant with infinite values, which float16 would round");
  }
  return {.stored = std::move(params), .note = "float16, as a constant with infinite values takes no codes"};
}

WeightOutcome store_result(const WeightPart& part, const plugins::QuantizedTensor& result) {
  WeightOutcome outcome;
  coreml::WeightParams params;
  switch (result.form) {
    case ResultForm::unchanged:
      return left(result.note.empty() ? "left as it is by the function" : result.note);
    case ResultForm::table:
      if (!is_accepted(part, model::form_coded)) return left("the format takes no codes here");
      model::store_table(params, result.codes, result.bits, result.table);
      break;
    case ResultForm::linear:
      if (!is_accepted(part, model::form_coded)) return left("the format takes no codes here");
      model::store_linear(params, result.codes, result.bits, result.scale, result.bias);
      break;
    case ResultForm::int8:
      if (!is_accepted(part, model::form_int8)) {
        return left(part.other_forms ? "the format takes int8 only without a bias" : "the format takes no int8 here");
      }
      model::store_int8(params, result.int8, result.scale.at(0));
      break;
    case ResultForm::float16: {
      if (!is_accepted(part, model::form_float16)) return left("the format takes only float32 here");
      std::vector<float> buffer;
      model::store_float16(params, model::view_weights(part.slot, part.where, buffer), part.where);
      break;
    }
    case ResultForm::float32:
      model::store_float32(params, result.float32);
      break;
    default:
      return left("the format has no such form");
  }
  outcome.stored = std::move(params);
  outcome.note = result.note;
  return outcome;
}

void settle_layer(std::span<const WeightPart* const> parts, std::span<WeightOutcome* const> outcomes) {
  const bool changed =
      std::any_of(outcomes.begin(), outcomes.end(), [](const auto* o) { return o->stored.has_value(); });
  if (!changed || parts.front()->layer_type == "custom") return;
  const auto applies = [&](std::size_t i) { return parts[i]->slot.enabled && !parts[i]->updatable; };
  if (parts.size() == 2 && parts[0]->layer_type == "activation") settle_softplus(parts, outcomes);

  std::vector<std::size_t> singles;
  std::vector<std::size_t> halves;
  bool singles_can_change = true;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!applies(i)) continue;
    const model::WeightForm form = form_of(*parts[i], *outcomes[i]);
    if (form == model::form_float16) halves.push_back(i);
    if (form != model::form_float32) continue;
    singles.push_back(i);
    singles_can_change = singles_can_change && is_accepted(*parts[i], model::form_float16) &&
                         model::fits_float16(values_of(*parts[i], *outcomes[i]));
  }
  if (singles.empty() || halves.empty()) return;
  for (const std::size_t i : singles_can_change ? singles : halves) {
    const std::vector<float> values = values_of(*parts[i], *outcomes[i]);
    coreml::WeightParams params;
    if (singles_can_change) {
      model::store_float16(params, values, parts[i]->where);
      outcomes[i]->note = "float16, as the format doesn't mix it with float32 in one layer";
    } else {
      model::store_float32(params, values);
      outcomes[i]->note = "float32, as another tensor of the layer can't be float16 and the format doesn't mix them";
    }
    outcomes[i]->stored = std::move(params);
  }
}

}  // namespace goldilocks::pipeline
