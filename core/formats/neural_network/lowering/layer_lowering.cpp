#include "core/formats/neural_network/lowering/layer_lowering.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::lowering {
namespace {

constexpr std::uint64_t largest_size = std::uint64_t{1} << 31U;

const std::string& shown_name(const spec::NeuralNetworkLayer& layer) {
  return layer.name().empty() && layer.output_size() > 0 ? layer.output(0) : layer.name();
}

// What values are named after that are not the layer's outputs.
const std::string& value_prefix(const spec::NeuralNetworkLayer& layer) {
  return layer.output_size() > 0 ? layer.output(0) : layer.name();
}

}  // namespace

std::string layer_place(const spec::NeuralNetworkLayer& layer) {
  const std::string type = model::layer_type(layer);
  return "layer '" + shown_name(layer) + "'" + (type.empty() ? "" : " (" + type + ")");
}

std::int64_t size_field(const LayerLowering& lowering, std::uint64_t value, std::string_view name) {
  if (value > largest_size) lowering.fail(std::string(name) + " can't be " + std::to_string(value));
  return static_cast<std::int64_t>(value);
}

std::vector<std::int64_t> border_field(const LayerLowering& lowering, const spec::BorderAmounts& amounts) {
  if (amounts.borderamounts_size() == 0) return {0, 0, 0, 0};
  if (amounts.borderamounts_size() != 2) {
    lowering.fail("has border amounts for " + std::to_string(amounts.borderamounts_size()) +
                  " axes instead of height and width");
  }
  std::vector<std::int64_t> edges;
  for (const auto& axis : amounts.borderamounts()) {
    edges.push_back(size_field(lowering, axis.startedgesize(), "a border amount"));
    edges.push_back(size_field(lowering, axis.endedgesize(), "a border amount"));
  }
  return edges;
}

Attribute same_padding(const spec::SamePadding& same) {
  const bool top_heavy = same.asymmetrymode() == spec::SamePadding::TOP_LEFT_HEAVY;
  return {"padding", std::string(top_heavy ? "same_lower" : "same_upper")};
}

LayerLowering::LayerLowering(const spec::NeuralNetworkLayer& layer, Scope& scope) : layer_(layer), scope_(scope) {
  for (const std::string& name : layer.input()) {
    const auto found = scope.blobs.find(name);
    if (found == scope.blobs.end()) fail("reads '" + name + "', which is no input and no earlier layer's output");
    inputs_.push_back(found->second);
  }
}

const std::string& LayerLowering::name() const { return shown_name(layer_); }

void LayerLowering::fail(const std::string& problem) const { throw ModelError(layer_place(layer_), problem); }

void LayerLowering::need_rank(std::size_t least, std::size_t most) const {
  const std::size_t rank = dims().size();
  if (rank >= least && rank <= most) return;
  fail("its input has shape " + graph::to_text(dims()) + "; a rank of " + std::to_string(least) +
       (most == least                                     ? ""
        : most == std::numeric_limits<std::size_t>::max() ? " or more"
                                                          : " to " + std::to_string(most)) +
       " is needed");
}

std::vector<float> LayerLowering::widened(const model::WeightSlot<const spec::WeightParams>& slot) const {
  LoweringProgress& progress = scope_.progress;
  const std::uint64_t left = progress.options.weights_limit - progress.weight_bytes;
  if (slot.count() > left / sizeof(float)) {
    fail(fmt::format("{}: the model's weights take more than {:.2f} GiB as float32, which is the limit", slot.parameter,
                     static_cast<double>(progress.options.weights_limit) / static_cast<double>(1U << 30U)));
  }
  progress.weight_bytes += slot.count() * sizeof(float);
  return model::decode_weights(slot, layer_place(layer_) + ": " + std::string(slot.parameter));
}

LayerLowering::Weights LayerLowering::weights(std::string_view parameter) const {
  Weights result;
  model::for_each_weight(layer_, [&](const model::WeightSlot<const spec::WeightParams>& slot) {
    if (slot.parameter != parameter || !slot.enabled) return;
    result.shape = slot.shape;
    result.values = widened(slot);
  });
  return result;
}

LayerLowering::Weights LayerLowering::required_weights(std::string_view parameter, std::int64_t count) const {
  Weights result;
  model::for_each_weight(layer_, [&](model::WeightSlot<const spec::WeightParams> slot) {
    if (slot.parameter != parameter || !slot.enabled) return;
    // Codes of a few bits may be followed by padding, so that only the layer tells how many there are.
    if (count > 0) slot.shape = {static_cast<std::int64_t>(slot.count()) < count ? 1 : count};
    result.shape = slot.shape;
    result.values = widened(slot);
  });
  if (result.values.empty()) fail(std::string(parameter) + " has no values");
  return result;
}

std::uint32_t LayerLowering::constant(std::string_view parameter, Dims dims, std::vector<float> values) {
  try {
    return scope_.builder.add_constant(scope_.builder.derived_name(value_prefix(layer_) + "." + std::string(parameter)),
                                       std::move(dims), std::move(values));
  } catch (const graph::GraphError& error) {
    fail(error.problem());
  }
}

std::uint32_t LayerLowering::weight_constant(std::string_view parameter) {
  Weights decoded = required_weights(parameter);
  return constant(parameter, std::move(decoded.shape), std::move(decoded.values));
}

std::uint32_t LayerLowering::add(const std::string& type, std::vector<std::uint32_t> inputs, Attributes attributes) {
  try {
    return scope_.builder
        .add_operation(type, shown_name(layer_), std::move(inputs), std::move(attributes),
                       {scope_.builder.derived_name(value_prefix(layer_) + "." + type)})
        .front();
  } catch (const graph::GraphError& error) {
    fail(error.problem());
  }
}

std::vector<std::uint32_t> LayerLowering::add_outputs(const std::string& type, std::vector<std::uint32_t> inputs,
                                                      Attributes attributes,
                                                      const std::vector<std::optional<int>>& outputs) {
  try {
    std::vector<std::string> names;
    names.reserve(outputs.size());
    for (const std::optional<int>& output : outputs) {
      names.push_back(output ? output_name(*output) : scope_.builder.derived_name(value_prefix(layer_) + "." + type));
    }
    std::vector<std::uint32_t> values =
        scope_.builder.add_operation(type, shown_name(layer_), std::move(inputs), std::move(attributes), names);
    for (std::size_t index = 0; index < names.size(); ++index) {
      if (outputs[index]) scope_.blobs.emplace(names[index], values[index]);
    }
    return values;
  } catch (const graph::GraphError& error) {
    fail(error.problem());
  }
}

void LayerLowering::finish(const std::string& type, std::vector<std::uint32_t> inputs, Attributes attributes) {
  std::vector<std::optional<int>> outputs;
  outputs.reserve(static_cast<std::size_t>(layer_.output_size()));
  for (int index = 0; index < layer_.output_size(); ++index) outputs.emplace_back(index);
  add_outputs(type, std::move(inputs), std::move(attributes), outputs);
}

void LayerLowering::finish_custom(const std::string& type, std::vector<std::uint32_t> inputs, Attributes attributes,
                                  const std::vector<Dims>& shapes) {
  const std::vector<std::string> names(layer_.output().begin(), layer_.output().end());
  try {
    const std::vector<std::uint32_t> values = scope_.builder.add_custom_operation(
        type, shown_name(layer_), std::move(inputs), std::move(attributes), names, shapes);
    for (std::size_t index = 0; index < names.size(); ++index) scope_.blobs.emplace(names[index], values[index]);
  } catch (const graph::GraphError& error) {
    fail(error.problem());
  }
}

void LayerLowering::finish_constant(std::string_view parameter, Dims dims) {
  finish_constant(std::move(dims), required_weights(parameter).values);
}

void LayerLowering::finish_constant(Dims dims, std::vector<float> values) {
  try {
    scope_.blobs.emplace(output_name(0),
                         scope_.builder.add_constant(output_name(0), std::move(dims), std::move(values)));
  } catch (const graph::GraphError& error) {
    fail(error.problem());
  }
}

const std::string& LayerLowering::output_name(int index) const { return layer_.output(index); }

}  // namespace goldilocks::lowering
