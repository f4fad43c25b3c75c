#include "core/quantization/quantize_tensor.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::quantization {
namespace {

using plugins::ResultForm;
using weights::Granularity;
using weights::Kind;
using weights::Stored;
using weights::Weight;

bool is_infinite(float value) { return std::isinf(value); }

bool is_float(Kind kind) { return kind == Kind::float32 || kind == Kind::float16; }

bool has_granularity(const Weight& weight, const Granularity& granularity) {
  return std::ranges::any_of(weight.accepted.kinds, [&](const weights::AcceptedKind& kind) {
    return (kind.granularities >> static_cast<unsigned>(granularity.kind) & 1U) != 0;
  });
}

// One tensor's run for all settings.
class TensorRun {
 public:
  TensorRun(const Weight& weight, std::span<const float> values, std::span<const float> importance,
            const QuantizeRequest& request, const WeightChoice& choice,
            const std::function<bool(std::size_t)>& is_wanted, std::vector<Outcome>& outcomes)
      : weight_(weight),
        values_(values),
        importance_(importance),
        request_(request),
        choice_(choice),
        is_wanted_(is_wanted),
        outcomes_(outcomes) {}

  void run() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < outcomes_.size(); ++i) open.push_back(i);
    // Settings of one granularity go together; the same one once more is a copy.
    while (!open.empty()) {
      const auto granularity = granularity_of(open.front());
      vector_ = vector_of(open.front());
      std::vector<std::size_t> alike;
      std::vector<std::pair<std::size_t, std::size_t>> copies;
      std::erase_if(open, [&](std::size_t i) {
        if (granularity_of(i) != granularity || vector_of(i) != vector_) return false;
        const auto same = std::ranges::find(alike, bits_of(i), [&](std::size_t j) { return bits_of(j); });
        if (same == alike.end()) {
          alike.push_back(i);
        } else {
          copies.emplace_back(i, *same);
        }
        return true;
      });
      run(granularity, alike);
      for (const auto& [to, from] : copies) outcomes_[to] = outcomes_[from];
    }
  }

 private:
  int bits_of(std::size_t setting) const { return choice_.bits.value_or(request_.settings[setting].bits); }
  std::optional<Granularity> granularity_of(std::size_t setting) const {
    return choice_.granularity ? choice_.granularity : request_.settings[setting].granularity;
  }

  int vector_of(std::size_t setting) const { return request_.settings[setting].vector; }

  void run(const std::optional<Granularity>& granularity, const std::vector<std::size_t>& settings) {
    if (!granularity || granularity->kind == Granularity::Kind::channel) {
      run_whole(weight_.axes.output, granularity.has_value(), settings);
      return;
    }
    if (granularity->kind == Granularity::Kind::tensor && vector_ > 1)
      return run_whole(weight_.axes.output, false, settings);
    if (!has_granularity(weight_, *granularity)) {
      stay(settings, fmt::format("the format has no granularity {} here", weights::to_text(*granularity)));
      return;
    }
    run_slices(*granularity, settings);
  }

  // Why vectors can't lie in the slices of a grid.
  std::string reason_against_vectors(const weights::Grid& grid) const {
    if (vector_ <= 1) return "";
    if (weight_.axes.output < 0) return "it has no axis of channels for vectors";
    const auto axis = static_cast<std::size_t>(weight_.axes.output);
    const std::int64_t length = weight_.shape[axis] / (grid.empty() ? 1 : grid[axis]);
    return length % vector_ == 0 ? "" : fmt::format("vectors of {} don't divide {} channels", vector_, length);
  }

  void stay(const std::vector<std::size_t>& settings, const std::string& note) {
    for (const std::size_t setting : settings) outcomes_[setting].note = note;
  }

  void fail(std::size_t setting) {
    throw_if_cancelled();  // a plugin may have stopped because the run did
    outcomes_[setting].failure = std::current_exception();
  }

  // `by_channel`: tables are wanted for each channel.
  void run_whole(std::int64_t axis, bool by_channel, const std::vector<std::size_t>& settings) {
    if (std::string reason = reason_against_vectors({}); !reason.empty()) return stay(settings, reason);
    plugins::Weights input = tensor_for_function(weight_, values_, importance_);
    input.channel_axis = axis;
    input.vector_length = static_cast<std::size_t>(vector_);
    const auto task = choice_.quantizer->begin(input);
    for (std::size_t i = 0; i < settings.size(); ++i) {
      const std::size_t setting = settings[i];
      if (!is_wanted_(setting)) continue;
      throw_if_cancelled();
      try {
        plugins::QuantizedTensor result = task->quantize(bits_of(setting));
        const bool is_table = weights::is_table(static_cast<Kind>(result.form));
        if (by_channel && is_table && axis >= 0) {
          run_slices({.kind = Granularity::Kind::channel},
                     {settings.begin() + static_cast<std::ptrdiff_t>(i), settings.end()});
          return;
        }
        finish(setting, store_result(weight_, values_, std::move(result)));
      } catch (const PluginError&) {
        fail(setting);
      } catch (const ModelError&) {
        fail(setting);
      }
    }
  }

  void run_slices(const Granularity& granularity, const std::vector<std::size_t>& settings) {
    const weights::GridOrReason grid = weights::grid_of(granularity, weight_.shape, weight_.axes);
    if (!grid.reason.empty()) return stay(settings, grid.reason);
    if (std::string reason = reason_against_vectors(grid.grid); !reason.empty()) return stay(settings, reason);
    const Slices slices(weight_.shape, grid.grid);
    if (slices.count() <= 1) return run_whole(vector_ > 1 ? weight_.axes.output : -1, false, settings);
    std::vector<JoinedResult> joined(settings.size(), JoinedResult(weight_, slices, grid.grid));
    std::vector<float> values(slices.size());
    std::vector<float> importance(importance_.empty() ? 0 : slices.size());
    for (std::size_t slice = 0; slice < slices.count(); ++slice) {
      slices.cut(values_, slice, std::span(values));
      if (!importance_.empty()) slices.cut(importance_, slice, std::span(importance));
      run_slice(slices, slice, values, importance, settings, joined);
    }
    for (std::size_t i = 0; i < settings.size(); ++i) {
      const std::size_t setting = settings[i];
      if (!is_wanted_(setting) || outcomes_[setting].failure) continue;
      try {
        finish(setting, joined[i].take(values_));
      } catch (const ModelError&) {
        fail(setting);
      }
    }
  }

  void run_slice(const Slices& slices, std::size_t slice, std::span<const float> values,
                 std::span<const float> importance, const std::vector<std::size_t>& settings,
                 std::vector<JoinedResult>& joined) {
    plugins::Weights input = tensor_for_function(weight_, values, importance);
    input.dims = slices.shape();
    // Vectors lie along the channels of a slice.
    input.channel_axis = vector_ > 1 ? weight_.axes.output : -1;
    input.vector_length = static_cast<std::size_t>(vector_);
    const auto task = choice_.quantizer->begin(input);
    for (std::size_t i = 0; i < settings.size(); ++i) {
      const std::size_t setting = settings[i];
      if (!is_wanted_(setting) || outcomes_[setting].failure || joined[i].stays()) continue;
      throw_if_cancelled();
      try {
        joined[i].add(slice, task->quantize(bits_of(setting)));
      } catch (const PluginError& error) {
        throw_if_cancelled();
        outcomes_[setting].failure = std::make_exception_ptr(
            PluginError(fmt::format("{} (slice {} of {})", error.what(), slice + 1, slices.count())));
      }
    }
  }

  void finish(std::size_t setting, FunctionResult result) {
    Outcome& outcome = outcomes_[setting];
    outcome.content = std::move(result.content);
    outcome.note = std::move(result.note);
    outcome.may_be_floats = request_.keep == Keep::smaller && !choice_.is_explicit && outcome.content.has_value();
    outcome.is_lossless = bits_of(setting) == 0;
    if (outcome.content) outcome.error = error_of(weight_, values_, *outcome.content);
  }

  const Weight& weight_;
  std::span<const float> values_, importance_;
  int vector_ = 1;  // of the settings in progress
  const QuantizeRequest& request_;
  const WeightChoice& choice_;
  const std::function<bool(std::size_t)>& is_wanted_;
  std::vector<Outcome>& outcomes_;
};

void fail_all(std::vector<Outcome>& outcomes) {
  for (Outcome& outcome : outcomes) outcome.failure = std::current_exception();
}

void run_function(const Weight& weight, const std::function<Stored()>& read, const QuantizeRequest& request,
                  const WeightChoice& choice, const std::function<bool(std::size_t)>& is_wanted,
                  std::span<const float> importance, std::vector<Outcome>& outcomes) {
  const Stored stored = read();
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
  TensorRun(weight, values, importance, request, choice, is_wanted, outcomes).run();
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
  input.stored_form = static_cast<ResultForm>(weight.stored.kind);
  input.stored_bits = weight.stored.bits;
  for (const weights::AcceptedKind& accepted : weight.accepted.kinds) {
    input.accepted_forms.push_back(static_cast<ResultForm>(accepted.kind));
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
  std::string reason = reason_to_leave(weight, *choice.plugin, request.requantize);
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
