#include "core/pipeline/quantization/weight_candidates.hpp"

#include <algorithm>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/pipeline/quantization/keep_smaller.hpp"
#include "core/pipeline/quantization/weight_outcome.hpp"

namespace goldilocks::pipeline {

WeightCandidates::WeightCandidates(const WeightSource& source, const plugins::QuantizerPlugin& plugin,
                                   const plugins::Quantizer& quantizer, std::vector<int> widths)
    : parts_(source.parts()), quantizer_(quantizer), widths_(std::move(widths)) {
  for (std::size_t i = 0; i < parts_.weights.size(); ++i) {
    const WeightPart& part = parts_.weights[i];
    const model::WeightForm form = model::stored_form(part.content);
    if (form == model::form_empty) continue;
    check_values(part);
    if (!reason_to_leave(part, form, plugin, false).empty()) continue;
    if (is_infinite_constant(part)) {
      (keep_infinities(part, 16).stored ? halves_ : kept_).push_back(i);
    } else if (!part.is_vector && is_accepted(part, model::form_coded)) {
      tensors_.push_back({i, part.layer, part.slot.parameter, part.slot.count()});
    } else if (is_accepted(part, model::form_float16) && fits_float16(part)) {
      halves_.push_back(i);
    } else {
      kept_.push_back(i);
      if (form == model::form_float32) single_layers_.insert(part.layer_index);
    }
  }
  if (tensors_.empty()) throw ModelError(parts_.name + ": it has no weight tensor whose width could be chosen");
}

std::optional<Candidate> WeightCandidates::floats_of(const WeightPart& part) const {
  std::vector<float> buffer;
  if (single_layers_.contains(part.layer_index)) {
    if (model::stored_form(part.content) != model::form_float32) return std::nullopt;
    return Candidate{32, part.content, bytes_in_file(part.content)};
  }
  if (!is_accepted(part, model::form_float16) || !fits_float16(part)) return std::nullopt;
  Candidate half{.bits = 16, .stored = {}, .bytes = 0};
  model::store_float16(half.stored, model::view_weights(part.slot, part.where, buffer), part.where);
  half.bytes = bytes_in_file(half.stored);
  return half;
}

std::vector<Candidate> WeightCandidates::quantize(std::size_t tensor) const {
  const WeightPart& part = parts_.weights[tensors_.at(tensor).part];
  const TensorForFunction input(part);
  const auto task = quantizer_.begin(input.weights());
  std::optional<Candidate> floats = floats_of(part);
  std::vector<Candidate> candidates;
  for (const int bits : widths_) {
    throw_if_cancelled();
    if (bits > 8) continue;
    WeightOutcome outcome = store_result(part, task->quantize(bits));
    if (!outcome.stored) continue;
    const std::uint64_t bytes = bytes_in_file(*outcome.stored);
    if (floats && bytes >= floats->bytes) continue;
    candidates.push_back({bits, std::move(*outcome.stored), bytes});
  }
  const bool is_wanted = floats && std::find(widths_.begin(), widths_.end(), floats->bits) != widths_.end();
  if (floats && (is_wanted || candidates.empty())) candidates.push_back(std::move(*floats));
  if (candidates.empty()) throw ModelError(part.where + ": the function has no width for it");
  return candidates;
}

std::optional<coreml::WeightParams> WeightCandidates::fixed(std::size_t part) const {
  if (std::find(halves_.begin(), halves_.end(), part) == halves_.end()) return std::nullopt;
  const WeightPart& vector = parts_.weights[part];
  if (is_infinite_constant(vector)) return keep_infinities(vector, 16).stored;
  std::vector<float> buffer;
  coreml::WeightParams params;
  model::store_float16(params, model::view_weights(vector.slot, vector.where, buffer), vector.where);
  return params;
}

std::unique_ptr<coreml::Model> WeightCandidates::assemble(
    const std::vector<const coreml::WeightParams*>& contents) const {
  auto model = std::make_unique<coreml::Model>(*parts_.skeleton);
  std::size_t index = 0;
  for_each_weight_of(*model, [&](coreml::NeuralNetworkLayer&, const auto& slot, const WeightFacts&) {
    const coreml::WeightParams* content = contents.at(index);
    slot.params->MergeFrom(content != nullptr ? *content : parts_.weights[index].content);
    ++index;
  });
  return model;
}

}  // namespace goldilocks::pipeline
