// Taking a model apart moves the weights out of their messages and leaves the messages empty. So a copy of the skeleton
// is small, the walk over it meets the same parameters in the same order, and the largest part of a model is in memory
// once for all functions and widths.
#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/model/model_file.hpp"
#include "core/model/validate.hpp"
#include "core/model/weight_codec.hpp"
#include "core/pipeline/weight_parts.hpp"

namespace goldilocks::pipeline {
namespace {

model::WeightForm form_of(const WeightPart& part) {
  try {
    return model::stored_form(part.content);
  } catch (const ModelError& error) {
    throw ModelError(part.where + ": " + error.what());
  }
}

// Only what a layer computes with has to be finite; what is quantized already has its own checks when it is decoded.
void check(const WeightPart& part) {
  const model::WeightForm form = form_of(part);
  if (!part.slot.enabled || part.layer_type == "custom") return;
  if (form != model::form_float32 && form != model::form_float16) return;
  std::vector<float> buffer;
  model::check_finite(model::view_weights(part.slot, part.where, buffer), part.where);
}

}  // namespace

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
  for_each_weight_of(*model, [&](coreml::NeuralNetworkLayer&, const auto& slot, const WeightFacts& facts) {
    WeightPart& part = parts.weights.emplace_back();
    static_cast<WeightFacts&>(part) = facts;
    part.of_preprocessing = parts.passes.mean_images.contains(part.layer);
    part.slot = model::as_const(slot);
    part.where = fmt::format("{}: layer '{}', {}", parts.name, part.layer, slot.parameter);
    move_weights(*slot.params, part.content);
    part.slot.params = &part.content;
    check(part);
  });
  model::for_each_model(*model, [&](const coreml::Model&, const std::string&) { ++parts.models; });
  parts.skeleton = std::move(model);
}

WeightSource::~WeightSource() = default;

}  // namespace goldilocks::pipeline
