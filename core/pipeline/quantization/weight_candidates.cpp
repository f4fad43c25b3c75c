#include "core/pipeline/quantization/weight_candidates.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/model/weight_codec.hpp"
#include "core/pipeline/quantization/weight_outcome.hpp"

namespace goldilocks::pipeline {
namespace {

bool fits_float16(const WeightPart& part) {
  std::vector<float> buffer;
  const auto values = model::view_weights(part.slot, part.where, buffer);
  return std::all_of(values.begin(), values.end(), [](float v) { return std::fabs(v) < model::float16_limit; });
}

// The message and its length, as a field of the layer's.
std::uint64_t bytes_in_file(const coreml::WeightParams& params) {
  const std::uint64_t size = params.ByteSizeLong();
  std::uint64_t header = 2;
  for (std::uint64_t rest = size; rest >= 128; rest >>= 7U) ++header;
  return size + header;
}

}  // namespace

WeightCandidates::WeightCandidates(const WeightSource& source, const plugins::QuantizerPlugin& plugin,
                                   const plugins::Quantizer& quantizer, std::vector<int> widths)
    : parts_(source.parts()), quantizer_(quantizer), widths_(std::move(widths)) {
  for (std::size_t i = 0; i < parts_.weights.size(); ++i) {
    const WeightPart& part = parts_.weights[i];
    const model::WeightForm form = model::stored_form(part.content);
    if (form == model::form_empty || !reason_to_leave(part, form, plugin, false).empty()) continue;
    if (!part.is_vector && is_accepted(part, model::form_coded)) {
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

std::vector<Candidate> WeightCandidates::quantize(std::size_t tensor) const {
  const WeightPart& part = parts_.weights[tensors_.at(tensor).part];
  const TensorForFunction input(part);
  const auto task = quantizer_.begin(input.weights());
  const bool is_half =
      is_accepted(part, model::form_float16) && !single_layers_.contains(part.layer_index) && fits_float16(part);
  std::vector<Candidate> candidates;
  for (const int bits : widths_) {
    throw_if_cancelled();
    if (bits == 16 && !is_half) continue;
    WeightOutcome outcome = store_result(part, task->quantize(bits));
    if (!outcome.stored) continue;
    const std::uint64_t bytes = bytes_in_file(*outcome.stored);
    candidates.push_back({bits, std::move(*outcome.stored), bytes});
  }
  if (candidates.empty()) throw ModelError(part.where + ": the function has no width for it");
  return candidates;
}

std::optional<coreml::WeightParams> WeightCandidates::fixed(std::size_t part) const {
  if (std::find(halves_.begin(), halves_.end(), part) == halves_.end()) return std::nullopt;
  const WeightPart& vector = parts_.weights[part];
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
