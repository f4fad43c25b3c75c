#pragma once

#include <string_view>

#include "fusion.hpp"
#include "plan_builder.hpp"

// How oneDNN computes each family of operations. A maker adds the steps of a group to the plan; or returns false and
// adds nothing where oneDNN can't do it, not exactly enough, or only by reference code: then the group is taken apart,
// and the kit's plain kernels compute what is left. All throw dnnl::error for what should not happen.
namespace goldilocks::onednn {

using Maker = bool (*)(PlanBuilder& builder, const Group& group);

// Null for a type that is left to the kit.
Maker find_maker(std::string_view type);

bool add_activation(PlanBuilder& builder, const Group& group);
bool add_affine(PlanBuilder& builder, const Group& group);
bool add_arithmetic(PlanBuilder& builder, const Group& group);
bool add_concat(PlanBuilder& builder, const Group& group);
bool add_convolution(PlanBuilder& builder, const Group& group);
bool add_deconvolution(PlanBuilder& builder, const Group& group);
bool add_inner_product(PlanBuilder& builder, const Group& group);
bool add_local_response_normalization(PlanBuilder& builder, const Group& group);
bool add_lstm(PlanBuilder& builder, const Group& group);
bool add_matmul(PlanBuilder& builder, const Group& group);
bool add_normalize(PlanBuilder& builder, const Group& group);
bool add_pooling(PlanBuilder& builder, const Group& group);
bool add_reshape(PlanBuilder& builder, const Group& group);
bool add_softmax(PlanBuilder& builder, const Group& group);
bool add_split(PlanBuilder& builder, const Group& group);

}  // namespace goldilocks::onednn
