#include "prepared_weights.hpp"

#include <algorithm>
#include <cmath>

namespace goldilocks::onednn {

PreparedWeights::PreparedWeights(PlanBuilder& builder, const Group& group, int output_axis)
    : builder_(&builder), group_(&group), output_axis_(output_axis) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  weight_ = operation.inputs()[1];
  if (operation.has_input(2)) bias_ = operation.inputs()[2];
  groups_ = operation.integer("groups", 1);
  outputs_ = builder.dims(weight_)[static_cast<std::size_t>(output_axis)] * (output_axis == 0 ? 1 : groups_);
  key_ = std::to_string(group.operation);
  if (group.affine) key_ += " folded " + std::to_string(group.affine->operation);
}

std::optional<PreparedWeights> PreparedWeights::of(PlanBuilder& builder, const Group& group, int output_axis) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  for (std::size_t input = 1; input < operation.inputs().size(); ++input) {
    if (!operation.has_input(input)) continue;
    const graph::ValueView value = builder.graph().value(operation.inputs()[input]);
    if (!value.is_constant()) return std::nullopt;
    const bool finite = std::ranges::all_of(value.floats(), [](float weight) { return std::isfinite(weight); });
    if (builder.every_number() && !finite) return std::nullopt;
  }
  return PreparedWeights(builder, group, output_axis);
}

dnnl::memory::desc PreparedWeights::bias_desc() const {
  if (!has_bias()) return {};
  return {{outputs_}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::x};
}

std::vector<float> PreparedWeights::scaled_weights() const {
  const std::span<const float> values = builder_->graph().value(weight_).floats();
  const graph::Dims& dims = builder_->dims(weight_);
  std::vector<float> scaled(values.begin(), values.end());
  // Seen as [outer, channels, inner]. Where the channels come second, as in a deconvolution, they are those of a group,
  // and `outer` counts the input channels of all groups.
  const auto axis = static_cast<std::size_t>(output_axis_);
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (std::size_t at = 0; at < axis; ++at) outer *= dims[at];
  for (std::size_t at = axis + 1; at < dims.size(); ++at) inner *= dims[at];
  float* weight = scaled.data();
  for (std::int64_t row = 0; row < outer; ++row) {
    const std::int64_t first = axis == 0 ? 0 : row * groups_ / outer * dims[axis];
    for (std::int64_t channel = 0; channel < dims[axis]; ++channel) {
      const float scale = group_->affine->scale[static_cast<std::size_t>(first + channel)];
      for (std::int64_t at = 0; at < inner; ++at) *weight++ *= scale;
    }
  }
  return scaled;
}

std::vector<float> PreparedWeights::folded_bias() const {
  std::vector<float> folded = group_->affine->shift;
  if (!bias_) return folded;
  const std::span<const float> bias = builder_->graph().value(*bias_).floats();
  for (std::size_t channel = 0; channel < folded.size(); ++channel) {
    folded[channel] = static_cast<float>(static_cast<double>(bias[channel]) * group_->affine->scale[channel] +
                                         static_cast<double>(folded[channel]));
  }
  return folded;
}

dnnl::memory PreparedWeights::weights(const dnnl::memory::desc& source, const dnnl::memory::desc& target) const {
  std::vector<float> scaled;  // must stay until the store has read it
  return builder_->context().weights.get("weights " + key_, source, target, !group_->affine,
                                         [&]() -> std::span<const float> {
                                           if (!group_->affine) return builder_->graph().value(weight_).floats();
                                           scaled = scaled_weights();
                                           return scaled;
                                         });
}

const float* PreparedWeights::transformed(const std::string& form, std::size_t count,
                                          const Transform& transform) const {
  return builder_->context().weights.computed(form + " of weights " + key_, count, [&](std::span<float> target) {
    if (group_->affine) {
      transform(scaled_weights(), target);
    } else {
      transform(builder_->graph().value(weight_).floats(), target);
    }
  });
}

const float* PreparedWeights::filled_bias(std::size_t count) const {
  return builder_->context().weights.computed("filled bias " + key_, count, [&](std::span<float> target) {
    const auto fill = [&](std::span<const float> values) {
      std::ranges::fill(std::ranges::copy(values, target.begin()).out, target.end(), 0.0F);
    };
    if (group_->affine) {
      fill(folded_bias());
    } else {
      fill(builder_->graph().value(*bias_).floats());
    }
  });
}

dnnl::memory PreparedWeights::bias() const {
  std::vector<float> folded;
  const dnnl::memory::desc desc = bias_desc();
  return builder_->context().weights.get("bias " + key_, desc, desc, !group_->affine, [&]() -> std::span<const float> {
    if (!group_->affine) return builder_->graph().value(*bias_).floats();
    folded = folded_bias();
    return folded;
  });
}

}  // namespace goldilocks::onednn
