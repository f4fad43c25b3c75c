// reduce and the reductions named after what they compute, argMax, argMin, argSort, topK, cumSum and softmaxND.
//
// A reduction that leaves no dimension gives a vector of one value, as every array of the format has rank 1 at least.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Reduce = spec::ReduceLayerParams;

constexpr float default_epsilon = 1e-6F;

Integers reduce_axes(const LayerLowering& lowering, const Reduce& params) {
  switch (params.axis()) {
    case Reduce::CHW:
      return {-3, -2, -1};
    case Reduce::HW:
      return {-2, -1};
    case Reduce::C:
      return {-3};
    case Reduce::H:
      return {-2};
    case Reduce::W:
      return {-1};
    default:
      lowering.fail("its axis, " + std::to_string(params.axis()) + ", is not known");
  }
}

std::string reduce_operation(const LayerLowering& lowering, const Reduce& params) {
  switch (params.mode()) {
    case Reduce::SUM:
      return "reduce_sum";
    case Reduce::AVG:
      return "reduce_mean";
    case Reduce::PROD:
      return "reduce_product";
    case Reduce::LOGSUM:
      return "reduce_sum_log";
    case Reduce::SUMSQUARE:
      return "reduce_sum_square";
    case Reduce::L1:
      return "reduce_l1";
    case Reduce::L2:
      return "reduce_l2";
    case Reduce::MAX:
      return "reduce_max";
    case Reduce::MIN:
      return "reduce_min";
    default:
      lowering.fail("its mode, " + std::to_string(params.mode()) + ", is not known");
  }
}

// LOGSUM is the sum of logarithms here; the newer reduceLogSum is the logarithm of the sum.
void lower_reduce(LayerLowering& lowering) {
  const Reduce& params = lowering.layer().reduce();
  const Integers axes = reduce_axes(lowering, params);
  lowering.need_rank(static_cast<std::size_t>(-axes.front()));
  if (params.mode() == Reduce::ARGMAX) {
    if (axes.size() != 1) lowering.fail("the place of the largest value needs one axis: C, H or W");
    lowering.finish("arg_max", lowering.inputs(), {{"axis", axes.front()}, {"keep_dims", std::int64_t{1}}});
    return;
  }
  Attributes attributes = {{"axes", axes}, {"keep_dims", std::int64_t{1}}};
  if (params.mode() == Reduce::LOGSUM) {
    attributes.push_back({"epsilon", static_cast<double>(params.epsilon() == 0 ? default_epsilon : params.epsilon())});
  }
  lowering.finish(reduce_operation(lowering, params), lowering.inputs(), std::move(attributes));
}

template <class Params>
void lower_reduction(LayerLowering& lowering, const Params& params, const char* operation) {
  Attributes attributes = {{"keep_dims", flag(params.keepdims())}};
  if (!params.reduceall() && !params.axes().empty()) {
    attributes.push_back({"axes", Integers(params.axes().begin(), params.axes().end())});
  }
  lowering.finish(operation, lowering.inputs(), std::move(attributes));
}

void lower_l1(LayerLowering& lowering) { lower_reduction(lowering, lowering.layer().reducel1(), "reduce_l1"); }
void lower_l2(LayerLowering& lowering) { lower_reduction(lowering, lowering.layer().reducel2(), "reduce_l2"); }
void lower_max(LayerLowering& lowering) { lower_reduction(lowering, lowering.layer().reducemax(), "reduce_max"); }
void lower_min(LayerLowering& lowering) { lower_reduction(lowering, lowering.layer().reducemin(), "reduce_min"); }
void lower_sum(LayerLowering& lowering) { lower_reduction(lowering, lowering.layer().reducesum(), "reduce_sum"); }
void lower_product(LayerLowering& lowering) {
  lower_reduction(lowering, lowering.layer().reduceprod(), "reduce_product");
}
void lower_mean(LayerLowering& lowering) { lower_reduction(lowering, lowering.layer().reducemean(), "reduce_mean"); }
void lower_log_sum(LayerLowering& lowering) {
  lower_reduction(lowering, lowering.layer().reducelogsum(), "reduce_log_sum");
}
void lower_sum_square(LayerLowering& lowering) {
  lower_reduction(lowering, lowering.layer().reducesumsquare(), "reduce_sum_square");
}
void lower_log_sum_exp(LayerLowering& lowering) {
  lower_reduction(lowering, lowering.layer().reducelogsumexp(), "reduce_log_sum_exp");
}

template <class Params>
void lower_arg(LayerLowering& lowering, const Params& params, const char* operation) {
  lowering.finish(operation, lowering.inputs(), {{"axis", params.axis()}, {"keep_dims", flag(!params.removedim())}});
}

void lower_arg_max(LayerLowering& lowering) { lower_arg(lowering, lowering.layer().argmax(), "arg_max"); }
void lower_arg_min(LayerLowering& lowering) { lower_arg(lowering, lowering.layer().argmin(), "arg_min"); }

void lower_arg_sort(LayerLowering& lowering) {
  const spec::ArgSortLayerParams& params = lowering.layer().argsort();
  lowering.finish("arg_sort", lowering.inputs(), {{"axis", params.axis()}, {"descending", flag(params.descending())}});
}

// A second input takes the place of K, and of the axis; where it is known before the network runs, as a parameter
// would.
void lower_top_k(LayerLowering& lowering) {
  const spec::TopKLayerParams& params = lowering.layer().topk();
  Attributes attributes = {{"axis", params.axis()}, {"smallest", flag(params.usebottomk())}};
  std::int64_t count = 0;
  if (lowering.input_count() > 1) {
    const std::optional<Integers> known = constant_integers(lowering, 1);
    if (!known) return lowering.finish("dynamic_top_k", lowering.inputs(), std::move(attributes));
    if (known->size() != 1) lowering.fail("K must be one number");
    count = known->front();
  } else {
    count = size_field(lowering, params.k(), "K");
  }
  attributes.push_back({"k", count});
  lowering.finish("top_k", {lowering.input()}, std::move(attributes));
}

void lower_cumulative_sum(LayerLowering& lowering) {
  const spec::CumSumLayerParams& params = lowering.layer().cumsum();
  Attributes attributes = {{"exclusive", flag(params.excludefinalsum())}, {"reverse", flag(params.reverse())}};
  std::int64_t axis = params.axis();
  if (lowering.input_count() > 1) {
    const std::optional<Integers> known = constant_integers(lowering, 1);
    if (!known) return lowering.finish("cumulative_sum", lowering.inputs(), std::move(attributes));
    if (known->size() != 1) lowering.fail("the axis must be one number");
    axis = known->front();
  }
  attributes.push_back({"axis", axis});
  lowering.finish("cumulative_sum", {lowering.input()}, std::move(attributes));
}

void lower_softmax_nd(LayerLowering& lowering) {
  lowering.finish("softmax", lowering.inputs(), {{"axis", lowering.layer().softmaxnd().axis()}});
}

}  // namespace

const LayerRules& reduction_rules() {
  static const LayerRules rules = {{Layer::kReduce, 1, 1, 1, 1, lower_reduce},
                                   {Layer::kReduceL1, 1, 1, 1, 1, lower_l1},
                                   {Layer::kReduceL2, 1, 1, 1, 1, lower_l2},
                                   {Layer::kReduceMax, 1, 1, 1, 1, lower_max},
                                   {Layer::kReduceMin, 1, 1, 1, 1, lower_min},
                                   {Layer::kReduceSum, 1, 1, 1, 1, lower_sum},
                                   {Layer::kReduceProd, 1, 1, 1, 1, lower_product},
                                   {Layer::kReduceMean, 1, 1, 1, 1, lower_mean},
                                   {Layer::kReduceLogSum, 1, 1, 1, 1, lower_log_sum},
                                   {Layer::kReduceSumSquare, 1, 1, 1, 1, lower_sum_square},
                                   {Layer::kReduceLogSumExp, 1, 1, 1, 1, lower_log_sum_exp},
                                   {Layer::kArgMax, 1, 1, 1, 1, lower_arg_max},
                                   {Layer::kArgMin, 1, 1, 1, 1, lower_arg_min},
                                   {Layer::kArgSort, 1, 1, 1, 1, lower_arg_sort},
                                   {Layer::kTopK, 1, 2, 2, 2, lower_top_k},
                                   {Layer::kCumSum, 1, 2, 1, 1, lower_cumulative_sum},
                                   {Layer::kSoftmaxND, 1, 1, 1, 1, lower_softmax_nd}};
  return rules;
}

}  // namespace goldilocks::lowering
