#include "core/quantization/tensor_run.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/quantization/channel_scale.hpp"
#include "core/quantization/int8_table.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::quantization {
namespace {

using weights::Granularity;
using weights::Kind;
using weights::Weight;

bool has_granularity(const Weight& weight, const Granularity& granularity) {
  return std::ranges::any_of(weight.accepted.kinds, [&](const weights::AcceptedKind& kind) {
    return (kind.granularities >> static_cast<unsigned>(granularity.kind) & 1U) != 0;
  });
}

// The largest number up to `wanted` that divides a length.
std::int64_t nearest_divisor(std::int64_t length, std::int64_t wanted) {
  std::int64_t size = std::min(wanted, length);
  while (size > 1 && length % size != 0) --size;
  return std::max<std::int64_t>(size, 1);
}

// A granularity whose groups or blocks divide the tensor, where there is one.
Granularity nearest(Granularity granularity, const Weight& weight) {
  using GranularityKind = Granularity::Kind;
  const auto length = [&](std::int64_t axis) { return weight.shape[static_cast<std::size_t>(axis)]; };
  if (granularity.kind == GranularityKind::group && weight.axes.output >= 0) {
    granularity.size = nearest_divisor(length(weight.axes.output), granularity.size);
  } else if (granularity.kind == GranularityKind::block && weight.axes.input >= 0) {
    granularity.size = nearest_divisor(length(weight.axes.input), granularity.size);
  } else if (granularity.kind == GranularityKind::blocks && granularity.sizes.size() == weight.shape.size()) {
    for (std::size_t axis = 0; axis < granularity.sizes.size(); ++axis) {
      std::int64_t& size = granularity.sizes[axis];
      if (size > 0) size = nearest_divisor(weight.shape[axis], size);
    }
  }
  return granularity;
}

// The settings of one layout.
class LayoutRun {
 public:
  LayoutRun(const TensorToQuantize& tensor, const Weight& weight, std::span<const float> values, const Layout& layout,
            std::vector<Outcome>& outcomes)
      : tensor_(tensor),
        weight_(weight),
        values_(values),
        layout_(layout),
        vector_(layout.vector_length()),
        outcomes_(outcomes) {}

  void run(const std::vector<std::size_t>& settings) {
    if (tensor_.request.indivisible == Indivisible::nearest) fit();
    const std::optional<Granularity>& granularity = layout_.granularity;
    if (!granularity || granularity->kind == Granularity::Kind::channel) {
      run_whole(weight_.axes.output, granularity.has_value(), settings);
      return;
    }
    if (granularity->kind == Granularity::Kind::tensor && vector_ > 1) {
      return run_whole(weight_.axes.output, false, settings);
    }
    if (!has_granularity(weight_, *granularity)) {
      stay(settings, fmt::format("the format has no granularity {} here", weights::to_text(*granularity)));
      return;
    }
    run_slices(*granularity, settings);
  }

 private:
  int bits_of(std::size_t setting) const {
    return tensor_.choice.bits.value_or(tensor_.request.settings[setting].bits);
  }

  void fit() {
    if (layout_.granularity) layout_.granularity = nearest(*layout_.granularity, weight_);
    if (vector_ <= 1 || weight_.axes.output < 0) return;
    const bool in_groups = layout_.granularity && layout_.granularity->kind == Granularity::Kind::group;
    const std::int64_t channels = weight_.shape[static_cast<std::size_t>(weight_.axes.output)];
    vector_ = static_cast<int>(nearest_divisor(in_groups ? layout_.granularity->size : channels, vector_));
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

  void stay_undivided(const std::vector<std::size_t>& settings, const std::string& reason) {
    if (tensor_.request.indivisible == Indivisible::error) throw ModelError(weight_.place, reason);
    stay(settings, reason);
  }

  void fail(std::size_t setting) {
    throw_if_cancelled();  // a plugin may have stopped because the run did
    outcomes_[setting].failure = std::current_exception();
  }

  // `by_channel`: tables are wanted for each channel.
  void run_whole(std::int64_t axis, bool by_channel, const std::vector<std::size_t>& settings) {
    if (const std::string reason = reason_against_vectors({}); !reason.empty()) return stay_undivided(settings, reason);
    plugins::Weights input = tensor_for_function(weight_, values_, tensor_.importance);
    input.channel_axis = axis;
    input.vector_length = static_cast<std::size_t>(vector_);
    const auto task = tensor_.choice.quantizer->begin(input);
    for (std::size_t i = 0; i < settings.size(); ++i) {
      const std::size_t setting = settings[i];
      if (!tensor_.is_wanted(setting)) continue;
      throw_if_cancelled();
      try {
        plugins::QuantizedTensor result = task->quantize(bits_of(setting));
        const bool is_table = weights::is_table(result.form);
        if (by_channel && is_table && axis >= 0) {
          run_slices({.kind = Granularity::Kind::channel},
                     {settings.begin() + static_cast<std::ptrdiff_t>(i), settings.end()});
          return;
        }
        finish(setting, store_result(weight_, values_, std::move(result), bits_of(setting) == 0));
      } catch (const PluginError&) {
        fail(setting);
      } catch (const ModelError&) {
        fail(setting);
      }
    }
  }

  void run_slices(const Granularity& granularity, const std::vector<std::size_t>& settings) {
    const weights::GridOrReason grid = weights::grid_of(granularity, weight_.shape, weight_.axes);
    if (!grid.reason.empty()) return stay_undivided(settings, grid.reason);
    if (const std::string reason = reason_against_vectors(grid.grid); !reason.empty()) {
      return stay_undivided(settings, reason);
    }
    const Slices slices(weight_.shape, grid.grid);
    if (slices.count() <= 1) return run_whole(vector_ > 1 ? weight_.axes.output : -1, false, settings);
    std::vector<JoinedResult> joined(settings.size(), JoinedResult(weight_, slices, grid.grid));
    std::vector<float> values(slices.size());
    std::vector<float> importance(tensor_.importance.empty() ? 0 : slices.size());
    for (std::size_t slice = 0; slice < slices.count(); ++slice) {
      slices.cut(values_, slice, std::span(values));
      if (!importance.empty()) slices.cut(tensor_.importance, slice, std::span(importance));
      run_slice(slices, slice, values, importance, settings, joined);
    }
    for (std::size_t i = 0; i < settings.size(); ++i) {
      const std::size_t setting = settings[i];
      if (!tensor_.is_wanted(setting) || outcomes_[setting].failure) continue;
      try {
        finish(setting, joined[i].take(values_, bits_of(setting) == 0));
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
    const auto task = tensor_.choice.quantizer->begin(input);
    for (std::size_t i = 0; i < settings.size(); ++i) {
      const std::size_t setting = settings[i];
      if (!tensor_.is_wanted(setting) || outcomes_[setting].failure || joined[i].stays()) continue;
      throw_if_cancelled();
      try {
        joined[i].add(slice, task->quantize(bits_of(setting)));
      } catch (const PluginError& error) {
        throw_if_cancelled();
        const std::string problem = fmt::format("{} (slice {} of {})", error.problem(), slice + 1, slices.count());
        outcomes_[setting].failure = std::make_exception_ptr(PluginError(error.places(), problem));
      }
    }
  }

  void finish(std::size_t setting, FunctionResult result) {
    if (result.content && layout_.int8_table.value_or(false)) {
      result = with_int8_table(*std::move(result.content), weight_.stored.entry, weight_.place);
    }
    Outcome& outcome = outcomes_[setting];
    outcome.content = std::move(result.content);
    outcome.note = std::move(result.note);
    outcome.may_be_floats =
        tensor_.request.keep == Keep::smaller && !tensor_.choice.keeps_codes && outcome.content.has_value();
    outcome.is_lossless = bits_of(setting) == 0;
  }

  const TensorToQuantize& tensor_;
  const Weight& weight_;
  std::span<const float> values_;
  Layout layout_;
  int vector_;
  std::vector<Outcome>& outcomes_;
};

// The weight with the axis of channels that a layout names.
Weight with_axis(Weight weight, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(weight.shape.size());
  if (axis < -rank || axis >= rank) throw ModelError(weight.place, fmt::format("it has no axis {}", axis));
  weight.axes.output = axis < 0 ? axis + rank : axis;
  // The other axis that was told apart from it, if there is one.
  if (weight.axes.input == weight.axes.output) weight.axes.input = weight.axes.output == 0 && rank > 1 ? 1 : 0;
  return weight;
}

void run_layout(const TensorToQuantize& tensor, const Layout& layout, const std::vector<std::size_t>& settings,
                std::vector<Outcome>& outcomes) {
  const Weight weight = layout.axis ? with_axis(tensor.weight, *layout.axis) : tensor.weight;
  if (!layout.has_channel_scale()) {
    LayoutRun(tensor, weight, tensor.values, layout, outcomes).run(settings);
  } else if (weight.axes.output < 0) {
    for (const std::size_t setting : settings) outcomes[setting].note = "it has no channels to scale";
  } else {
    const ScaledByChannel scaled(weight, tensor.values);
    LayoutRun(tensor, weight, scaled.values(), layout, outcomes).run(settings);
    for (const std::size_t setting : settings) scaled.restore(*layout.channel_scale, outcomes[setting]);
  }
  for (const std::size_t setting : settings) {
    Outcome& outcome = outcomes[setting];
    if (outcome.content) outcome.error = error_of(weight, tensor.values, *outcome.content);
  }
}

}  // namespace

void run_layouts(const TensorToQuantize& tensor, std::vector<Outcome>& outcomes) {
  const auto layout_of = [&](std::size_t setting) {
    return tensor.choice.layout.over(tensor.request.settings[setting].layout);
  };
  const auto bits_of = [&](std::size_t setting) {
    return tensor.choice.bits.value_or(tensor.request.settings[setting].bits);
  };
  std::vector<std::size_t> open(outcomes.size());
  std::iota(open.begin(), open.end(), std::size_t{0});
  while (!open.empty()) {
    const Layout layout = layout_of(open.front());
    std::vector<std::size_t> alike;
    std::vector<std::pair<std::size_t, std::size_t>> copies;
    std::erase_if(open, [&](std::size_t i) {
      if (layout_of(i) != layout) return false;
      const auto same = std::ranges::find(alike, bits_of(i), bits_of);
      if (same == alike.end()) {
        alike.push_back(i);
      } else {
        copies.emplace_back(i, *same);
      }
      return true;
    });
    run_layout(tensor, layout, alike, outcomes);
    for (const auto& [to, from] : copies) outcomes[to] = outcomes[from];
  }
}

}  // namespace goldilocks::quantization
