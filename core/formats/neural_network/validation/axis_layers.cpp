// Layers that work along axes: an axis must be in range of the rank that the layer states of its first input. -r to
// r - 1 for an input of rank r; one more for those that make a new axis.
#include <algorithm>

#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {
namespace {

using Axes = google::protobuf::RepeatedField<std::int64_t>;

void check_axis(std::int64_t axis, int rank, const Findings& findings) {
  findings.require(rank == 0 || (axis >= -rank && axis < rank), "layer.axis",
                   "the axis {} is not in an input of rank {}", axis, rank);
}

void check_stack(const Layer& layer, const Findings& findings) {
  const int rank = stated_rank(layer);
  if (layer.inputtensor_size() >= 2) {
    findings.require(layer.inputtensor(0).rank() == layer.inputtensor(1).rank(), "layer.rank",
                     "its inputs must have equal ranks");
  }
  const std::int64_t axis = layer.stack().axis();
  findings.require(rank == 0 || (axis >= -(rank + 1) && axis <= rank), "layer.axis",
                   "the axis {} can't be made from inputs of rank {}", axis, rank);
}

// argMax and argMin: the rank stays unless the axis is removed.
template <class Params>
void check_arg(const RankedLayer& ranked, const Params& params, const Findings& findings) {
  check_axis(params.axis(), stated_rank(ranked.layer), findings);
  if (params.removedim() || ranked.input_ranks.empty() || ranked.output_ranks.empty()) return;
  findings.require(
      ranked.input_ranks[0] == 0 || ranked.output_ranks[0] == 0 || ranked.input_ranks[0] == ranked.output_ranks[0],
      "layer.rank", "its output must have the rank of its input, as removeDim is off");
}

// The axes of the reductions of the fourth version; null for other layers.
const Axes* reduction_axes(const Layer& layer) {
  switch (layer.layer_case()) {
    case Layer::kReduceL1:
      return &layer.reducel1().axes();
    case Layer::kReduceL2:
      return &layer.reducel2().axes();
    case Layer::kReduceMax:
      return &layer.reducemax().axes();
    case Layer::kReduceMin:
      return &layer.reducemin().axes();
    case Layer::kReduceSum:
      return &layer.reducesum().axes();
    case Layer::kReduceProd:
      return &layer.reduceprod().axes();
    case Layer::kReduceMean:
      return &layer.reducemean().axes();
    case Layer::kReduceLogSum:
      return &layer.reducelogsum().axes();
    case Layer::kReduceSumSquare:
      return &layer.reducesumsquare().axes();
    case Layer::kReduceLogSumExp:
      return &layer.reducelogsumexp().axes();
    default:
      return nullptr;
  }
}

}  // namespace

void check_axis_parameters(const RankedLayer& ranked, const Findings& findings) {
  const Layer& layer = ranked.layer;
  const int rank = stated_rank(layer);
  if (const Axes* axes = reduction_axes(layer)) {
    for (const std::int64_t axis : *axes) check_axis(axis, rank, findings);
    return;
  }
  switch (layer.layer_case()) {
    case Layer::kSoftmaxND:
      check_axis(layer.softmaxnd().axis(), rank, findings);
      break;
    case Layer::kSlidingWindows:
      check_axis(layer.slidingwindows().axis(), rank, findings);
      break;
    case Layer::kFlattenTo2D:
      check_axis(layer.flattento2d().axis(), rank, findings);
      break;
    case Layer::kSplitND:
      check_axis(layer.splitnd().axis(), rank, findings);
      break;
    case Layer::kConcatND:
      check_axis(layer.concatnd().axis(), rank, findings);
      break;
    case Layer::kTopK:
      check_axis(layer.topk().axis(), rank, findings);
      break;
    case Layer::kArgMax:
      check_arg(ranked, layer.argmax(), findings);
      break;
    case Layer::kArgMin:
      check_arg(ranked, layer.argmin(), findings);
      break;
    case Layer::kArgSort: {
      const std::int64_t axis = layer.argsort().axis();
      findings.require(axis >= 0 && (rank == 0 || axis < rank), "layer.axis",
                       "the axis {} is not one of 0 to the rank less 1", axis);
      break;
    }
    case Layer::kStack:
      check_stack(layer, findings);
      break;
    case Layer::kReverse:
      findings.require(rank == 0 || layer.reverse().reversedim_size() == rank, "reverse.dimensions",
                       "reverseDim has {} entries for an input of rank {}", layer.reverse().reversedim_size(), rank);
      break;
    case Layer::kReverseSeq:
      findings.require(layer.reverseseq().batchaxis() < layer.reverseseq().sequenceaxis(), "reverseSeq.axes",
                       "batchAxis must come before sequenceAxis");
      break;
    default:
      break;
  }
}

}  // namespace goldilocks::model::validation
