#include "core/quantization/quantize_tensor.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/quantization/joint.hpp"
#include "core/quantization/tensor_run.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::quantization {
namespace {
using weights::Kind;
using weights::Stored;
using weights::Weight;

bool is_infinite(float value) { return std::isinf(value); }

bool is_float(Kind kind) { return kind == Kind::float32 || kind == Kind::float16; }

void fail_all(std::vector<Outcome>& outcomes) {
  for (Outcome& outcome : outcomes) outcome.failure = std::current_exception();
}

// Compresses further what is compressed already, for each setting by itself.
void run_further(const Weight& weight, const Stored& stored, const QuantizeRequest& request, const WeightChoice& choice,
                 const std::function<bool(std::size_t)>& is_wanted, std::vector<Outcome>& outcomes) {
  std::vector<float> buffer;
  const std::span<const float> before = weights::view(stored, weight.place, buffer);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!is_wanted(i)) continue;
    const RunFunction run = [&](const Weight& described, const Stored& content) {
      std::vector<float> numbers;
      const std::span<const float> values = weights::view(content, described.place, numbers);
      weights::check_finite(values, described.place);
      QuantizeRequest one = request;
      one.settings = {request.settings[i]};
      WeightChoice chosen = choice;
      // What has no axes, a table, is one block.
      if (described.axes == weights::Axes{}) chosen.layout = one.settings.front().layout = {};
      std::vector<Outcome> made(1);
      run_layouts({described, values, {}, one, chosen, [](std::size_t) { return true; }}, made);
      if (made.front().failure) std::rethrow_exception(made.front().failure);
      return FunctionResult{.content = std::move(made.front().content), .note = std::move(made.front().note)};
    };
    FunctionResult result = compress_further(weight, stored, run, choice.plugin->chooses_width);
    outcomes[i].content = std::move(result.content);
    outcomes[i].note = std::move(result.note);
    if (outcomes[i].content) outcomes[i].error = error_of(weight, before, *outcomes[i].content);
  }
}

void run_function(const Weight& weight, const std::function<Stored()>& read, const QuantizeRequest& request,
                  const WeightChoice& choice, const std::function<bool(std::size_t)>& is_wanted,
                  std::span<const float> importance, std::vector<Outcome>& outcomes) {
  const Stored stored = read();
  const bool is_taken = request.requantize || choice.plugin->takes_quantized;
  if (request.joint && !is_taken && is_compressed(stored.encoding.kind)) {
    return run_further(weight, stored, request, choice, is_wanted, outcomes);
  }
  std::vector<float> buffer;
  const std::span<const float> values = weights::view(stored, weight.place, buffer);
  if (weight.may_be_infinite && std::ranges::any_of(values, is_infinite)) {
    if (is_float(stored.encoding.kind)) weights::check_numbers(values, weight.place);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      FunctionResult result = keep_infinities(weight, values, choice.bits.value_or(request.settings[i].bits));
      if (result.content) outcomes[i].error = error_of(weight, values, *result.content);
      outcomes[i].content = std::move(result.content);
      outcomes[i].note = std::move(result.note);
    }
    return;
  }
  weights::check_finite(values, weight.place);
  run_layouts({weight, values, importance, request, choice, is_wanted}, outcomes);
}

}  // namespace

void check_content(const Weight& weight, const Stored& stored) {
  if (stored.encoding.kind == Kind::none) return;
  if (!is_float(stored.encoding.kind)) return weights::check(stored, weight.place);
  std::vector<float> buffer;
  const std::span<const float> values = weights::view(stored, weight.place, buffer);
  if (weight.may_be_infinite) {
    weights::check_numbers(values, weight.place);
  } else {
    weights::check_finite(values, weight.place);
  }
}

plugins::Weights tensor_for_function(const Weight& weight, std::span<const float> values,
                                     std::span<const float> importance) {
  plugins::Weights input;
  input.values = values;
  input.dims = weight.shape;
  input.channel_axis = weight.axes.output;
  input.is_vector = weight.role == weights::Role::vector;
  input.importance = importance;
  input.layer = weight.layer;
  input.layer_type = weight.operation;
  input.parameter = weight.parameter;
  input.stored_form = weight.stored.kind;
  input.stored_bits = weight.stored.bits;
  for (const weights::AcceptedKind& accepted : weight.accepted.kinds) {
    input.accepted_forms.push_back(accepted.kind);
  }
  const weights::NumberType type = weight.stored.entry;
  input.value_type = type == weights::float16   ? plugins::ValueType::float16
                     : type == weights::float32 ? plugins::ValueType::float32
                                                : plugins::ValueType::unknown;
  return input;
}

FunctionResult keep_infinities(const Weight& weight, std::span<const float> values, int bits) {
  if (bits < 1 || bits > 16 || weight.stored.kind != Kind::float32) return {{}, "a constant with infinite values"};
  auto half = weights::exact_float16(weight.shape, values);
  if (!half) return {{}, "a constant with infinite values, which float16 would round"};
  return {std::move(half), "float16, as a constant with infinite values takes no codes"};
}

std::vector<Outcome> quantize_tensor(const Weight& weight, const std::function<Stored()>& read,
                                     const QuantizeRequest& request, const std::function<bool(std::size_t)>& is_wanted,
                                     std::span<const float> importance) {
  std::vector<Outcome> outcomes(request.settings.size());
  if (weight.stored.kind == Kind::none && weight.stored.bits <= 0) return outcomes;
  const WeightChoice choice = choose_for(request, weight);
  std::string reason = reason_to_leave(weight, request, choice);
  if (reason.empty() && choice.skip) reason = fmt::format("skipped by rule {}", choice.rule);
  try {
    if (reason.empty()) {
      run_function(weight, read, request, choice, is_wanted, importance, outcomes);
    } else if (!choice.skip && !weight.is_unchecked) {
      // What stays goes into the new file, so it has to be sound, too.
      check_content(weight, read());
    }
  } catch (const PluginError&) {
    fail_all(outcomes);
  } catch (const ModelError&) {
    fail_all(outcomes);
  }
  for (Outcome& outcome : outcomes) {
    outcome.rule = choice.rule;
    if (reason.empty()) {
      outcome.function = choice.plugin->name;
    } else {
      outcome.note = reason;
    }
  }
  return outcomes;
}

}  // namespace goldilocks::quantization
