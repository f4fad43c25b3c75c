#include "core/pipeline/quantization/weight_candidates.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/quantization/quantize_tensor.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::pipeline {
namespace {

using weights::Kind;
using weights::Weight;

// A weight's values; the objects that they are views of live as long.
class Values {
 public:
  Values(const formats::ModelWeights& weights, std::size_t i)
      : stored_(weights.read(i)), values_(weights::view(stored_, weights.weights()[i].place, buffer_)) {}
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  std::span<const float> get() const { return values_; }
  bool are_infinite(const Weight& weight) const {
    return weight.may_be_infinite && std::ranges::any_of(values_, [](float value) { return std::isinf(value); });
  }

 private:
  weights::Stored stored_;
  std::vector<float> buffer_;
  std::span<const float> values_;
};

}  // namespace

WeightCandidates::WeightCandidates(const WeightSource& source, const plugins::QuantizerPlugin& plugin,
                                   const plugins::Quantizer& quantizer, std::vector<int> widths)
    : weights_(source.weights()), quantizer_(quantizer), widths_(std::move(widths)) {
  const std::span<const Weight> all = weights_.weights();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Weight& weight = all[i];
    if (weight.stored.kind == Kind::none && weight.stored.bits <= 0) continue;
    if (!weight.is_unchecked) quantization::check_content(weight, weights_.read(i));
    if (!quantization::reason_to_leave(weight, {}, {.plugin = &plugin}).empty()) continue;
    const Values values(weights_, i);
    if (values.are_infinite(weight)) {
      (quantization::keep_infinities(weight, values.get(), 16).content ? halves_ : kept_).push_back(i);
    } else if (weight.role == weights::Role::matrix && weight.accepted.takes(Kind::table)) {
      tensors_.push_back({i, weight.layer, weight.parameter, weight.count});
    } else if (weight.accepted.takes(Kind::float16) && weights::fits_float16(values.get())) {
      halves_.push_back(i);
    } else {
      kept_.push_back(i);
      if (weight.stored.kind == Kind::float32) single_layers_.insert(weight.layer_index);
    }
  }
  if (tensors_.empty()) throw ModelError(weights_.name(), "it has no weight tensor whose width could be chosen");
}

std::optional<Candidate> WeightCandidates::floats_of(std::size_t i) const {
  const Weight& weight = weights_.weights()[i];
  if (single_layers_.contains(weight.layer_index)) {
    if (weight.stored.kind != Kind::float32) return std::nullopt;
    weights::Stored single = weights_.read(i);
    const std::uint64_t bytes = weights_.bytes_in_file(single);
    return Candidate{32, std::move(single), bytes};
  }
  const Values values(weights_, i);
  if (!weight.accepted.takes(Kind::float16) || !weights::fits_float16(values.get())) return std::nullopt;
  weights::Stored half = weights::float16_of(weight.shape, values.get(), weight.place);
  const std::uint64_t bytes = weights_.bytes_in_file(half);
  return Candidate{16, std::move(half), bytes};
}

std::vector<Candidate> WeightCandidates::quantize(std::size_t tensor) const {
  const std::size_t index = tensors_.at(tensor).weight;
  const Weight& weight = weights_.weights()[index];
  const Values values(weights_, index);
  weights::check_finite(values.get(), weight.place);
  const auto task = quantizer_.begin(quantization::tensor_for_function(weight, values.get(), {}));
  std::optional<Candidate> floats = floats_of(index);
  std::vector<Candidate> candidates;
  for (const int bits : widths_) {
    throw_if_cancelled();
    if (bits > 8) continue;
    auto result = quantization::store_result(weight, values.get(), task->quantize(bits));
    if (!result.content) continue;
    const std::uint64_t bytes = weights_.bytes_in_file(*result.content);
    if (floats && bytes >= floats->bytes) continue;
    candidates.push_back({bits, *std::move(result.content), bytes});
  }
  const bool is_wanted = floats && std::find(widths_.begin(), widths_.end(), floats->bits) != widths_.end();
  if (floats && (is_wanted || candidates.empty())) candidates.push_back(std::move(*floats));
  if (candidates.empty()) throw ModelError(weight.place, "the function has no width for it");
  return candidates;
}

std::optional<weights::Stored> WeightCandidates::fixed(std::size_t index) const {
  if (std::find(halves_.begin(), halves_.end(), index) == halves_.end()) return std::nullopt;
  const Weight& weight = weights_.weights()[index];
  const Values values(weights_, index);
  if (values.are_infinite(weight)) return quantization::keep_infinities(weight, values.get(), 16).content;
  return weights::float16_of(weight.shape, values.get(), weight.place);
}

}  // namespace goldilocks::pipeline
