// Layers of the fourth version and later that make, move and reshape tensors.
#include <algorithm>
#include <set>

#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {
namespace {

int stated_rank(const google::protobuf::RepeatedPtrField<spec::Tensor>& tensors, int index) {
  return tensors.size() <= index ? 0 : static_cast<int>(std::min(tensors[index].rank(), 1000U));
}
int input_rank(const Layer& layer, int index = 0) { return stated_rank(layer.inputtensor(), index); }
int output_rank(const Layer& layer) { return stated_rank(layer.outputtensor(), 0); }

void require_shape(bool given, const char* field, const Findings& findings) {
  findings.require(given, "layer.shape", "{} is empty", field);
}

// Tensors that decide a branch or count a loop are scalars.
void check_scalar(const Layer& layer, const Findings& findings) {
  if (layer.inputtensor().empty()) return;
  findings.require(std::ranges::all_of(layer.inputtensor(0).dimvalue(), [](std::int64_t dim) { return dim <= 1; }),
                   "control.scalar", "its input must be a scalar");
}

void check_scatter(const Layer& layer, const Findings& findings) {
  if (layer.inputtensor().empty()) return;
  const bool fits = layer.inputtensor_size() == 3 && input_rank(layer, 0) == input_rank(layer, 2) &&
                    input_rank(layer, 1) == 1 &&
                    (layer.outputtensor().empty() || output_rank(layer) == input_rank(layer, 0));
  findings.require(fits, "scatter.ranks", "container, updates and output must have one rank, and the indices rank 1");
}

void check_split(const Layer& layer, const Findings& findings) {
  const spec::SplitNDLayerParams& params = layer.splitnd();
  const std::uint64_t parts =
      params.splitsizes().empty() ? params.numsplits() : static_cast<std::uint64_t>(params.splitsizes_size());
  findings.require(parts > 0 && parts == static_cast<std::uint64_t>(layer.output_size()), "splitND.parts",
                   "it splits into {} parts and has {} outputs", parts, layer.output_size());
}

void check_transpose(const Layer& layer, const Findings& findings) {
  const auto& axes = layer.transpose().axes();
  const std::set<std::uint64_t> distinct(axes.begin(), axes.end());
  const auto count = static_cast<std::size_t>(axes.size());
  findings.require(!axes.empty() && distinct.size() == count && *distinct.rbegin() < count, "transpose.axes",
                   "axes must be a permutation of the dimensions");
  const int rank = input_rank(layer);
  findings.require(axes.empty() || rank == 0 || axes.size() == rank, "transpose.axes",
                   "axes has {} entries for an input of rank {}", axes.size(), rank);
}

void check_slice_static(const Layer& layer, const Findings& findings) {
  const spec::SliceStaticLayerParams& params = layer.slicestatic();
  const int length = params.beginids_size();
  const int rank = input_rank(layer);
  const bool alike = params.endids_size() == length && params.strides_size() == length &&
                     params.beginmasks_size() == length && params.endmasks_size() == length;
  findings.require(length > 0 && alike && (rank == 0 || rank == length), "sliceStatic.lengths",
                   "beginIds, endIds, strides, beginMasks and endMasks must have an entry for each dimension");
}

void check_batched_matmul(const Layer& layer, const Findings& findings) {
  const spec::BatchedMatMulLayerParams& params = layer.batchedmatmul();
  if (layer.input_size() == 2) {
    findings.require(!params.hasbias(), "batchedMatmul.inputs", "a bias needs weights of the layer's own");
    findings.require(!params.int8dynamicquantize(), "batchedMatmul.inputs",
                     "int8DynamicQuantize needs weights of the layer's own");
  }
  if (layer.inputtensor_size() != layer.input_size() || layer.outputtensor().empty()) return;
  const int needed =
      layer.input_size() == 2 ? std::max({2, input_rank(layer, 0), input_rank(layer, 1)}) : input_rank(layer, 0);
  findings.require(output_rank(layer) == needed, "layer.rank", "its output has rank {}, {} is needed",
                   output_rank(layer), needed);
}

// Squeeze and expandDims: axes without repeats, in range of the larger of the two ranks.
void check_axes_of_ones(const google::protobuf::RepeatedField<std::int64_t>& axes, int smaller, int larger,
                        const char* rule, const Findings& findings) {
  const std::set<std::int64_t> distinct(axes.begin(), axes.end());
  if (!findings.require(!axes.empty() && distinct.size() == static_cast<std::size_t>(axes.size()), rule,
                        "axes is empty or repeats itself") ||
      smaller == 0 || larger == 0) {
    return;
  }
  std::set<std::int64_t> wrapped;
  bool in_range = true;
  for (const std::int64_t axis : axes) {
    in_range = in_range && axis >= -larger && axis < larger;
    wrapped.insert(axis < 0 ? axis + larger : axis);
  }
  findings.require(in_range && wrapped.size() == distinct.size() && larger - axes.size() == smaller, rule,
                   "axes [{}] don't lead from the input's rank to the output's", fmt::join(axes, ", "));
}

void check_squeeze(const Layer& layer, const Findings& findings) {
  if (layer.squeeze().squeezeall()) return;
  // From rank 1 nothing is left to take away: the output keeps rank 1.
  const int larger = input_rank(layer) == 1 ? 0 : input_rank(layer);
  check_axes_of_ones(layer.squeeze().axes(), output_rank(layer), larger, "squeeze.axes", findings);
}

void check_constant_pad(const Layer& layer, const Findings& findings) {
  if (layer.input_size() != 1) return;
  const spec::ConstantPaddingLayerParams& params = layer.constantpad();
  const auto& amounts = params.padamounts();
  findings.require(!amounts.empty() && amounts.size() % 2 == 0, "constantPad.amounts",
                   "padAmounts must have two entries for each dimension");
  if (!params.padtogivenoutputsizemode()) return;
  for (int i = 0; i + 1 < amounts.size(); i += 2) {
    if (!findings.require(amounts[i] == 0 || amounts[i + 1] == 0, "constantPad.amounts",
                          "only one side of a dimension can be padded to a given size")) {
      return;
    }
  }
}

void check_rank_preserving_reshape(const Layer& layer, const Findings& findings) {
  const int length = layer.rankpreservingreshape().targetshape_size();
  findings.require(length > 0 && input_rank(layer) == length && output_rank(layer) == length,
                   "rankPreservingReshape.ranks",
                   "the described ranks of input and output must be there and be the length of targetShape");
}

template <class Params>
void check_uniform(const Params& params, const Findings& findings) {
  findings.require(params.minval() <= params.maxval(), "random.range", "minVal {} is above maxVal {}", params.minval(),
                   params.maxval());
}

template <class Params>
void check_bernoulli(const Params& params, const Findings& findings) {
  findings.require(params.prob() >= 0 && params.prob() <= 1, "random.probability", "prob {} is not in 0 to 1",
                   params.prob());
}

// Returns false where the layer is none of these.
bool check_random(const Layer& layer, const Findings& findings) {
  switch (layer.layer_case()) {
    case Layer::kRandomNormalStatic:
      require_shape(!layer.randomnormalstatic().outputshape().empty(), "outputShape", findings);
      return true;
    case Layer::kRandomUniformLike:
      check_uniform(layer.randomuniformlike(), findings);
      return true;
    case Layer::kRandomUniformDynamic:
      check_uniform(layer.randomuniformdynamic(), findings);
      return true;
    case Layer::kRandomUniformStatic:
      check_uniform(layer.randomuniformstatic(), findings);
      require_shape(!layer.randomuniformstatic().outputshape().empty(), "outputShape", findings);
      return true;
    case Layer::kRandomBernoulliLike:
      check_bernoulli(layer.randombernoullilike(), findings);
      return true;
    case Layer::kRandomBernoulliDynamic:
      check_bernoulli(layer.randombernoullidynamic(), findings);
      return true;
    case Layer::kRandomBernoulliStatic:
      check_bernoulli(layer.randombernoullistatic(), findings);
      require_shape(!layer.randombernoullistatic().outputshape().empty(), "outputShape", findings);
      return true;
    default:
      return false;
  }
}

}  // namespace

void check_shape_parameters(const RankedLayer& ranked, const Findings& findings) {
  const Layer& layer = ranked.layer;
  if (check_random(layer, findings)) return;
  switch (layer.layer_case()) {
    case Layer::kCopy:
      findings.require(layer.input_size() != 1 || layer.output_size() != 1 || layer.input(0) != layer.output(0),
                       "copy.names", "input and output are the same blob");
      break;
    case Layer::kBranch:
    case Layer::kLoop:
      check_scalar(layer, findings);
      break;
    case Layer::kRangeStatic:
    case Layer::kRangeDynamic:
      findings.require(layer.outputtensor().empty() || output_rank(layer) == 1, "layer.rank",
                       "its output must have rank 1");
      break;
    case Layer::kClip:
      findings.require(layer.clip().minval() <= layer.clip().maxval(), "clip.range", "minVal {} is above maxVal {}",
                       layer.clip().minval(), layer.clip().maxval());
      break;
    case Layer::kScatter:
      check_scatter(layer, findings);
      break;
    case Layer::kSplitND:
      check_split(layer, findings);
      break;
    case Layer::kTranspose:
      check_transpose(layer, findings);
      break;
    case Layer::kSliceStatic:
      check_slice_static(layer, findings);
      break;
    case Layer::kBatchedMatmul:
      check_batched_matmul(layer, findings);
      break;
    case Layer::kFillStatic:
      require_shape(!layer.fillstatic().targetshape().empty(), "targetShape", findings);
      break;
    case Layer::kBroadcastToStatic:
      require_shape(!layer.broadcasttostatic().targetshape().empty(), "targetShape", findings);
      break;
    case Layer::kReshapeStatic:
      require_shape(!layer.reshapestatic().targetshape().empty(), "targetShape", findings);
      break;
    case Layer::kLoadConstantND:
      findings.require(layer.loadconstantnd().shape_size() >= 1 && layer.loadconstantnd().shape_size() <= 5,
                       "layer.shape", "shape must have 1 to 5 entries");
      break;
    case Layer::kRankPreservingReshape:
      check_rank_preserving_reshape(layer, findings);
      break;
    case Layer::kSqueeze:
      check_squeeze(layer, findings);
      break;
    case Layer::kExpandDims:
      check_axes_of_ones(layer.expanddims().axes(), input_rank(layer), output_rank(layer), "expandDims.axes", findings);
      break;
    case Layer::kConstantPad:
      check_constant_pad(layer, findings);
      break;
    case Layer::kLayerNormalization:
      require_shape(!layer.layernormalization().normalizedshape().empty(), "normalizedShape", findings);
      break;
    default:
      break;
  }
}

}  // namespace goldilocks::model::validation
