// The format's kinds of layers and how many inputs and outputs each takes. The columns are: number, name, inputs from
// and to, outputs from and to, ranks from and to, equal ranks. Where the format means "no inputs" its own validator
// does not insist, so the bound is open here too: a file that Apple's loader accepts is not refused.
#include "core/formats/neural_network/layer_catalog.hpp"

#include <algorithm>
#include <array>

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

constexpr std::array kinds = std::to_array<LayerKind>({
    {Layer::kConvolution, "convolution", 1, 2, 1, 1, 4, unbounded, true},
    {Layer::kPooling, "pooling", 1, 1, 1, 1, 4, unbounded, true},
    {Layer::kActivation, "activation", 1, 1, 1, 1, 0, 0, false},
    {Layer::kInnerProduct, "innerProduct", 1, 1, 1, 1, 1, 5, true},
    {Layer::kEmbedding, "embedding", 1, 1, 1, 1, 4, unbounded, true},
    {Layer::kBatchnorm, "batchnorm", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kMvn, "mvn", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kL2Normalize, "l2normalize", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kSoftmax, "softmax", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kLrn, "lrn", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kCrop, "crop", 1, 2, 1, 1, 3, unbounded, true},
    {Layer::kPadding, "padding", 1, 1, 1, 1, 2, unbounded, true},
    {Layer::kUpsample, "upsample", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kResizeBilinear, "resizeBilinear", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kCropResize, "cropResize", 2, 2, 1, 1, 5, unbounded, true},
    {Layer::kUnary, "unary", 1, 1, 1, 1, 0, 0, true},
    {Layer::kAdd, "add", 1, unbounded, 1, 1, 0, 0, false},
    {Layer::kMultiply, "multiply", 1, unbounded, 1, 1, 0, 0, false},
    {Layer::kAverage, "average", 1, unbounded, 1, 1, 0, 0, false},
    {Layer::kScale, "scale", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kBias, "bias", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kMax, "max", 1, unbounded, 1, 1, 0, 0, false},
    {Layer::kMin, "min", 1, unbounded, 1, 1, 0, 0, false},
    {Layer::kDot, "dot", 2, 2, 1, 1, 3, unbounded, true},
    {Layer::kReduce, "reduce", 1, 1, 1, 1, 0, 0, false},
    {Layer::kLoadConstant, "loadConstant", 0, unbounded, 1, 1, 0, 0, false},
    {Layer::kReshape, "reshape", 1, 1, 1, 1, 5, 5, false},
    {Layer::kFlatten, "flatten", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kPermute, "permute", 1, 1, 1, 1, 5, 5, false},
    {Layer::kConcat, "concat", 2, unbounded, 1, 1, 3, unbounded, true},
    {Layer::kSplit, "split", 1, 1, 2, unbounded, 3, unbounded, true},
    {Layer::kSequenceRepeat, "sequenceRepeat", 1, 1, 1, 1, 5, unbounded, true},
    {Layer::kReorganizeData, "reorganizeData", 1, 1, 1, 1, 3, unbounded, true},
    {Layer::kSlice, "slice", 1, 1, 1, 1, 0, 0, false},
    {Layer::kSimpleRecurrent, "simpleRecurrent", 2, 2, 2, 2, 5, 5, false},
    {Layer::kGru, "gru", 1, 2, 2, 2, 5, 5, false},
    {Layer::kUniDirectionalLSTM, "uniDirectionalLSTM", 1, 3, 3, 3, 5, 5, false},
    {Layer::kBiDirectionalLSTM, "biDirectionalLSTM", 1, 5, 5, 5, 5, 5, false},
    {Layer::kCustom, "custom", 1, unbounded, 1, unbounded, 0, 0, false},
    {Layer::kCopy, "copy", 1, 1, 1, 1, 0, 0, false},
    {Layer::kBranch, "branch", 1, 1, 0, unbounded, 0, 0, false},
    {Layer::kLoop, "loop", 0, 1, 0, unbounded, 0, 0, false},
    {Layer::kLoopBreak, "loopBreak", 0, unbounded, 0, unbounded, 0, 0, false},
    {Layer::kLoopContinue, "loopContinue", 0, unbounded, 0, unbounded, 0, 0, false},
    {Layer::kRangeStatic, "rangeStatic", 0, unbounded, 1, 1, 0, 0, false},
    {Layer::kRangeDynamic, "rangeDynamic", 0, 3, 1, 1, 0, 0, false},
    {Layer::kClip, "clip", 1, 1, 1, 1, 0, 0, false},
    {Layer::kCeil, "ceil", 1, 1, 1, 1, 0, 0, false},
    {Layer::kFloor, "floor", 1, 1, 1, 1, 0, 0, false},
    {Layer::kSign, "sign", 1, 1, 1, 1, 0, 0, false},
    {Layer::kRound, "round", 1, 1, 1, 1, 0, 0, false},
    {Layer::kExp2, "exp2", 1, 1, 1, 1, 0, 0, false},
    {Layer::kSin, "sin", 1, 1, 1, 1, 0, 0, false},
    {Layer::kCos, "cos", 1, 1, 1, 1, 0, 0, false},
    {Layer::kTan, "tan", 1, 1, 1, 1, 0, 0, false},
    {Layer::kAsin, "asin", 1, 1, 1, 1, 0, 0, false},
    {Layer::kAcos, "acos", 1, 1, 1, 1, 0, 0, false},
    {Layer::kAtan, "atan", 1, 1, 1, 1, 0, 0, false},
    {Layer::kSinh, "sinh", 1, 1, 1, 1, 0, 0, false},
    {Layer::kCosh, "cosh", 1, 1, 1, 1, 0, 0, false},
    {Layer::kTanh, "tanh", 1, 1, 1, 1, 0, 0, false},
    {Layer::kAsinh, "asinh", 1, 1, 1, 1, 0, 0, false},
    {Layer::kAcosh, "acosh", 1, 1, 1, 1, 0, 0, false},
    {Layer::kAtanh, "atanh", 1, 1, 1, 1, 0, 0, false},
    {Layer::kErf, "erf", 1, 1, 1, 1, 0, 0, false},
    {Layer::kGelu, "gelu", 1, 1, 1, 1, 0, 0, false},
    {Layer::kEqual, "equal", 1, 2, 1, 1, 0, 0, false},
    {Layer::kNotEqual, "notEqual", 1, 2, 1, 1, 0, 0, false},
    {Layer::kLessThan, "lessThan", 1, 2, 1, 1, 0, 0, false},
    {Layer::kLessEqual, "lessEqual", 1, 2, 1, 1, 0, 0, false},
    {Layer::kGreaterThan, "greaterThan", 1, 2, 1, 1, 0, 0, false},
    {Layer::kGreaterEqual, "greaterEqual", 1, 2, 1, 1, 0, 0, false},
    {Layer::kLogicalOr, "logicalOr", 2, 2, 1, 1, 0, 0, false},
    {Layer::kLogicalXor, "logicalXor", 2, 2, 1, 1, 0, 0, false},
    {Layer::kLogicalNot, "logicalNot", 1, 1, 1, 1, 0, 0, false},
    {Layer::kLogicalAnd, "logicalAnd", 2, 2, 1, 1, 0, 0, false},
    {Layer::kModBroadcastable, "modBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kMinBroadcastable, "minBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kMaxBroadcastable, "maxBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kAddBroadcastable, "addBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kPowBroadcastable, "powBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kDivideBroadcastable, "divideBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kFloorDivBroadcastable, "floorDivBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kMultiplyBroadcastable, "multiplyBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kSubtractBroadcastable, "subtractBroadcastable", 2, 2, 1, 1, 0, 0, false},
    {Layer::kTile, "tile", 1, 2, 1, 1, 0, 0, false},
    {Layer::kStack, "stack", 2, unbounded, 1, 1, 0, 0, false},
    {Layer::kGather, "gather", 2, 2, 1, 1, 0, 0, false},
    {Layer::kScatter, "scatter", 3, 3, 1, 1, 0, 0, false},
    {Layer::kGatherND, "gatherND", 2, 2, 1, 1, 0, 0, false},
    {Layer::kScatterND, "scatterND", 3, 3, 1, 1, 0, 0, false},
    {Layer::kSoftmaxND, "softmaxND", 1, 1, 1, 1, 0, 0, false},
    {Layer::kGatherAlongAxis, "gatherAlongAxis", 2, 2, 1, 1, 0, 0, false},
    {Layer::kScatterAlongAxis, "scatterAlongAxis", 3, 3, 1, 1, 0, 0, false},
    {Layer::kReverse, "reverse", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReverseSeq, "reverseSeq", 2, 2, 1, 1, 0, 0, false},
    {Layer::kSplitND, "splitND", 1, 1, 2, unbounded, 0, 0, false},
    {Layer::kConcatND, "concatND", 2, unbounded, 1, 1, 0, 0, false},
    {Layer::kTranspose, "transpose", 1, 1, 1, 1, 0, 0, false},
    {Layer::kSliceStatic, "sliceStatic", 1, 1, 1, 1, 0, 0, false},
    {Layer::kSliceDynamic, "sliceDynamic", 2, 7, 1, 1, 0, 0, false},
    {Layer::kSlidingWindows, "slidingWindows", 1, 1, 1, 1, 0, 0, false},
    {Layer::kTopK, "topK", 1, 2, 2, 2, 0, 0, true},
    {Layer::kArgMin, "argMin", 1, 1, 1, 1, 0, 0, false},
    {Layer::kArgMax, "argMax", 1, 1, 1, 1, 0, 0, false},
    {Layer::kEmbeddingND, "embeddingND", 1, 1, 1, 1, 2, 5, true},
    {Layer::kBatchedMatmul, "batchedMatmul", 1, 2, 1, 1, 0, 0, false},
    {Layer::kGetShape, "getShape", 1, 1, 1, 1, 0, 0, false},
    {Layer::kLoadConstantND, "loadConstantND", 0, unbounded, 1, 1, 0, 0, false},
    {Layer::kFillLike, "fillLike", 1, 1, 1, 1, 0, 0, false},
    {Layer::kFillStatic, "fillStatic", 0, unbounded, 1, 1, 0, 0, false},
    {Layer::kFillDynamic, "fillDynamic", 1, 1, 1, 1, 0, 0, false},
    {Layer::kBroadcastToLike, "broadcastToLike", 2, 2, 1, 1, 0, 0, false},
    {Layer::kBroadcastToStatic, "broadcastToStatic", 1, 1, 1, 1, 0, 0, false},
    {Layer::kBroadcastToDynamic, "broadcastToDynamic", 2, 2, 1, 1, 0, 0, false},
    {Layer::kSqueeze, "squeeze", 1, 1, 1, 1, 0, 0, false},
    {Layer::kExpandDims, "expandDims", 1, 1, 1, 1, 0, 0, false},
    {Layer::kFlattenTo2D, "flattenTo2D", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReshapeLike, "reshapeLike", 2, 2, 1, 1, 0, 0, false},
    {Layer::kReshapeStatic, "reshapeStatic", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReshapeDynamic, "reshapeDynamic", 2, 2, 1, 1, 0, 0, false},
    {Layer::kRankPreservingReshape, "rankPreservingReshape", 1, 1, 1, 1, 0, 0, false},
    {Layer::kConstantPad, "constantPad", 1, 2, 1, 1, 0, 0, true},
    {Layer::kRandomNormalLike, "randomNormalLike", 1, 1, 1, 1, 0, 0, false},
    {Layer::kRandomNormalStatic, "randomNormalStatic", 0, unbounded, 1, 1, 0, 0, false},
    {Layer::kRandomNormalDynamic, "randomNormalDynamic", 1, 1, 1, 1, 0, 0, false},
    {Layer::kRandomUniformLike, "randomUniformLike", 1, 1, 1, 1, 0, 0, false},
    {Layer::kRandomUniformStatic, "randomUniformStatic", 0, unbounded, 1, 1, 0, 0, false},
    {Layer::kRandomUniformDynamic, "randomUniformDynamic", 1, 1, 1, 1, 0, 0, false},
    {Layer::kRandomBernoulliLike, "randomBernoulliLike", 1, 1, 1, 1, 0, 0, false},
    {Layer::kRandomBernoulliStatic, "randomBernoulliStatic", 0, unbounded, 1, 1, 0, 0, false},
    {Layer::kRandomBernoulliDynamic, "randomBernoulliDynamic", 1, 1, 1, 1, 0, 0, false},
    {Layer::kCategoricalDistribution, "categoricalDistribution", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceL1, "reduceL1", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceL2, "reduceL2", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceMax, "reduceMax", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceMin, "reduceMin", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceSum, "reduceSum", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceProd, "reduceProd", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceMean, "reduceMean", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceLogSum, "reduceLogSum", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceSumSquare, "reduceSumSquare", 1, 1, 1, 1, 0, 0, false},
    {Layer::kReduceLogSumExp, "reduceLogSumExp", 1, 1, 1, 1, 0, 0, false},
    {Layer::kWhereNonZero, "whereNonZero", 1, 1, 1, 1, 0, 0, false},
    {Layer::kMatrixBandPart, "matrixBandPart", 1, 1, 1, 1, 0, 0, false},
    {Layer::kLowerTriangular, "lowerTriangular", 1, 1, 1, 1, 0, 0, false},
    {Layer::kUpperTriangular, "upperTriangular", 1, 1, 1, 1, 0, 0, false},
    {Layer::kWhereBroadcastable, "whereBroadcastable", 3, 3, 1, 1, 0, 0, false},
    {Layer::kLayerNormalization, "layerNormalization", 1, 1, 1, 1, 0, 0, false},
    {Layer::kNonMaximumSuppression, "NonMaximumSuppression", 2, 5, 4, 4, 0, 0, false},
    {Layer::kOneHot, "oneHot", 1, 2, 1, 1, 0, 0, false},
    {Layer::kCumSum, "cumSum", 1, 2, 1, 1, 0, 0, false},
    {Layer::kClampedReLU, "clampedReLU", 1, 1, 1, 1, 0, 0, false},
    {Layer::kArgSort, "argSort", 1, 1, 1, 1, 0, 0, true},
    {Layer::kPooling3D, "pooling3d", 1, 1, 1, 1, 5, unbounded, true},
    {Layer::kGlobalPooling3D, "globalPooling3d", 1, 1, 1, 1, 5, unbounded, true},
    {Layer::kSliceBySize, "sliceBySize", 2, 2, 1, 1, 0, 0, false},
    {Layer::kConvolution3D, "convolution3d", 1, 1, 1, 1, 5, unbounded, true},
});

static_assert(std::ranges::is_sorted(kinds, {}, &LayerKind::kind));

}  // namespace

std::span<const LayerKind> layer_kinds() { return kinds; }

const LayerKind* find_layer_kind(LayerCase kind) {
  const auto* found = std::ranges::lower_bound(kinds, kind, {}, &LayerKind::kind);
  return found != kinds.end() && found->kind == kind ? found : nullptr;
}

int layer_kind_version(LayerCase kind) {
  switch (kind) {
    case Layer::LAYER_NOT_SET:
      return 0;
    case Layer::kCustom:
      return 2;
    case Layer::kResizeBilinear:
    case Layer::kCropResize:
      return 3;
    default:
      break;
  }
  // The oneof's numbers were handed out version by version.
  if (kind < Layer::kCopy) return 1;
  return kind < Layer::kOneHot ? 4 : 5;
}

}  // namespace goldilocks::model
