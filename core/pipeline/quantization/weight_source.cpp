// Taking a model apart moves the weights out of their messages and leaves the messages empty. So a copy of the skeleton
// is small, the walk over it meets the same parameters in the same order, and the largest part of a model is in memory
// once for all functions and widths.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/exact_constants.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/pipeline/quantization/weight_parts.hpp"

namespace goldilocks::pipeline {
namespace {

void check_form(const WeightPart& part) {
  try {
    model::stored_form(part.content);
  } catch (const ModelError& error) {
    throw ModelError(part.where + ": " + error.what());
  }
}

// Scales that the format accepts without saying how they map: such a tensor can stay, and can't be decoded.
bool has_unmapped_scales(const model::WeightSlot<const coreml::WeightParams>& slot) {
  const int scales = slot.params->quantization().linearquantization().scale_size();
  const model::ChannelRule& rule = slot.accepted_channels;
  return scales > 1 && (rule.channels == 0 || (rule.axis < 0 && scales == rule.channels));
}

bool is_constant(const WeightPart& part) {
  return part.layer_type == "loadConstant" || part.layer_type == "loadConstantND";
}

}  // namespace

// Only what a layer computes with has to be sound. What is quantized already is decoded for the sake of its checks: it
// may stay as it is, and a table or codes of the wrong length would go into the new file unseen.
void check_values(const WeightPart& part) {
  const model::WeightForm form = model::stored_form(part.content);
  if (!part.slot.enabled || part.layer_type == "custom" || form == model::form_empty) return;
  if (form == model::form_coded && has_unmapped_scales(part.slot)) return;
  std::vector<float> buffer;
  const auto values = model::view_weights(part.slot, part.where, buffer);
  if (form != model::form_float32 && form != model::form_float16) return;
  if (is_constant(part)) {
    model::check_numbers(values, part.where);
  } else {
    model::check_finite(values, part.where);
  }
}

bool is_infinite_constant(const WeightPart& part) {
  if (!is_constant(part)) return false;
  std::vector<float> buffer;
  const auto values = model::view_weights(part.slot, part.where, buffer);
  return std::any_of(values.begin(), values.end(), [](float value) { return std::isinf(value); });
}

void move_weights(coreml::WeightParams& from, coreml::WeightParams& to) {
  to.mutable_floatvalue()->Swap(from.mutable_floatvalue());
  to.mutable_float16value()->swap(*from.mutable_float16value());
  to.mutable_rawvalue()->swap(*from.mutable_rawvalue());
  to.mutable_int8rawvalue()->swap(*from.mutable_int8rawvalue());
  if (from.has_quantization()) to.set_allocated_quantization(from.release_quantization());
}

WeightSource::WeightSource(std::unique_ptr<coreml::Model> model, std::string name, PassOutcome passes)
    : parts_(std::make_unique<Parts>()) {
  Parts& parts = *parts_;
  parts.name = std::move(name);
  parts.passes = std::move(passes);
  for (const model::Violation& violation : model::validate(*model)) {
    parts.violations.emplace(violation.place, violation.rule);
  }
  const std::map<std::size_t, std::string> exact = model::exact_constants(*model);
  for_each_weight_of(*model, [&](coreml::NeuralNetworkLayer&, const auto& slot, const WeightFacts& facts) {
    WeightPart& part = parts.weights.emplace_back();
    static_cast<WeightFacts&>(part) = facts;
    part.of_preprocessing = parts.passes.mean_images.contains(part.layer);
    if (const auto found = exact.find(part.layer_index); found != exact.end()) part.exact = found->second;
    part.slot = model::as_const(slot);
    part.where = fmt::format("{}: layer '{}', {}", parts.name, part.layer, slot.parameter);
    move_weights(*slot.params, part.content);
    part.slot.params = &part.content;
    check_form(part);
  });
  model::for_each_model(*model, [&](const coreml::Model&, const std::string&) { ++parts.models; });
  parts.skeleton = std::move(model);
}

WeightSource::~WeightSource() = default;

}  // namespace goldilocks::pipeline
