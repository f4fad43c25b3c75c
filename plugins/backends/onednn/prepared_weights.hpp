#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/graph/graph.hpp>
#include <oneapi/dnnl/dnnl.hpp>

#include "fusion.hpp"
#include "plan_builder.hpp"

namespace goldilocks::onednn {

// The weights and bias of a convolution, deconvolution or inner product, with the affine operation of its group folded
// in: weight[o] * scale[o], and bias[o] * scale[o] + shift[o]. The builder and the group must outlive it.
class PreparedWeights {
 public:
  // None where weights or bias are not constants; or where they are not all finite and the plan must treat infinities
  // as the kit does, as folding and zero padding would make NaN of them. `output_axis` is the axis of the weights that
  // counts output channels (of one group).
  static std::optional<PreparedWeights> of(PlanBuilder& builder, const Group& group, int output_axis);

  bool has_bias() const { return bias_ || group_->affine; }
  dnnl::memory::desc bias_desc() const;  // empty without a bias

  // In the layout `target`; `source` describes them as they lie in the graph.
  dnnl::memory weights(const dnnl::memory::desc& source, const dnnl::memory::desc& target) const;
  dnnl::memory bias() const;

  // As another kernel wants them: `count` floats that `transform` computes from the row-major weights, and bias values
  // filled up with zeros to `count`. `form` names the transformation. They live as long as the model.
  using Transform = std::function<void(std::span<const float> weights, std::span<float> transformed)>;
  const float* transformed(const std::string& form, std::size_t count, const Transform& transform) const;
  const float* filled_bias(std::size_t count) const;

 private:
  PreparedWeights(PlanBuilder& builder, const Group& group, int output_axis);

  std::vector<float> scaled_weights() const;
  std::vector<float> folded_bias() const;

  PlanBuilder* builder_;
  const Group* group_;
  int output_axis_;
  std::uint32_t weight_;
  std::optional<std::uint32_t> bias_;
  std::int64_t groups_;
  std::int64_t outputs_;  // channels
  std::string key_;       // names the values within the model
};

}  // namespace goldilocks::onednn
