// The parameters of the other layers of the first versions.
#include <algorithm>

#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {

int stated_rank(const Layer& layer) {
  return layer.inputtensor().empty() ? 0 : static_cast<int>(std::min(layer.inputtensor(0).rank(), 1000U));
}

bool is_pair_or_absent(int entries) { return entries == 0 || entries == 2; }

namespace {

// The shapes [1], [C], [1, H, W] and [C, H, W].
bool is_broadcast_shape(int dimensions) { return dimensions == 1 || dimensions == 3; }

void check_activation(const RankedLayer& ranked, const Findings& findings) {
  const spec::ActivationParams& params = ranked.layer.activation();
  findings.require(params.NonlinearityType_case() != spec::ActivationParams::NONLINEARITYTYPE_NOT_SET,
                   "activation.kind", "no kind of activation is set");
  if (!ranked.exact || !(params.has_prelu() || params.has_parametricsoftplus())) return;
  const int in = ranked.input_ranks.empty() ? 0 : ranked.input_ranks[0];
  const int out = ranked.output_ranks.empty() ? 0 : ranked.output_ranks[0];
  findings.require((in == 0 || in >= 3) && (out == 0 || out >= 3) && (in == 0 || out == 0 || in == out), "layer.rank",
                   "an activation with weights needs input and output of one rank, 3 or more");
}

void check_crop(const Layer& layer, const Findings& findings) {
  if (layer.input_size() == 1) {
    findings.require(layer.crop().cropamounts().borderamounts_size() == 2, "crop.amounts",
                     "cropAmounts must have two entries where there is one input");
  } else if (layer.input_size() == 2) {
    findings.require(layer.crop().offset_size() == 2, "crop.offset",
                     "offset must have two entries where there are two inputs");
  }
}

void check_padding(const spec::PaddingLayerParams& params, const Findings& findings) {
  findings.require(params.PaddingType_case() != spec::PaddingLayerParams::PADDINGTYPE_NOT_SET, "padding.kind",
                   "none of constant, reflection and replication is set");
  findings.require(is_pair_or_absent(params.paddingamounts().borderamounts_size()), "padding.amounts",
                   "paddingAmounts must have two entries or none");
}

void check_upsample(const spec::UpsampleLayerParams& params, const Findings& findings) {
  const bool fractional = !params.fractionalscalingfactor().empty();
  const bool bilinear = params.mode() == spec::UpsampleLayerParams::BILINEAR;
  const bool later_mode = params.linearupsamplemode() != spec::UpsampleLayerParams::DEFAULT;
  findings.require(is_pair_or_absent(params.scalingfactor_size()) &&
                       is_pair_or_absent(params.fractionalscalingfactor_size()) &&
                       (!fractional || params.scalingfactor().empty()),
                   "upsample.factors", "one kind of scaling factors, with two entries, is accepted");
  findings.require(!fractional || (bilinear && later_mode), "upsample.mode",
                   "fractional factors need BILINEAR and a linearUpsampleMode other than DEFAULT");
  findings.require(fractional || !later_mode || bilinear, "upsample.mode",
                   "a linearUpsampleMode other than DEFAULT needs BILINEAR");
}

void check_slice(const Layer& layer, const Findings& findings) {
  const spec::SliceLayerParams& params = layer.slice();
  const int rank = stated_rank(layer);
  findings.require(params.stride() >= 1, "slice.stride", "the stride must be 1 or more");
  const std::int64_t start = params.startindex();
  const std::int64_t end = params.endindex();
  findings.require(!(end > 0 && end < start) && !(end < 0 && start < 0 && start > end), "slice.range",
                   "the range {} to {} is empty", start, end);
  if (rank == 0) return;
  const bool known = spec::SliceLayerParams::SliceAxis_IsValid(params.axis());
  const int needed = params.axis() == spec::SliceLayerParams::CHANNEL_AXIS  ? 3
                     : params.axis() == spec::SliceLayerParams::HEIGHT_AXIS ? 2
                                                                            : 1;
  findings.require(known && rank >= needed, "slice.axis", "its axis is not in an input of rank {}", rank);
}

void check_reduce(const Layer& layer, const Findings& findings) {
  const spec::ReduceLayerParams& params = layer.reduce();
  const int rank = stated_rank(layer);
  const bool one_axis = params.axis() == spec::ReduceLayerParams::C || params.axis() == spec::ReduceLayerParams::H ||
                        params.axis() == spec::ReduceLayerParams::W;
  findings.require(params.mode() != spec::ReduceLayerParams::ARGMAX || one_axis, "reduce.axis",
                   "ARGMAX needs a single axis");
  if (rank == 0) return;
  const int needed = params.axis() == spec::ReduceLayerParams::CHW  ? 3
                     : params.axis() == spec::ReduceLayerParams::HW ? 2
                                                                    : 1;
  findings.require(rank >= needed, "reduce.axis", "its axes are not in an input of rank {}", rank);
}

void check_permute(const spec::PermuteLayerParams& params, const Findings& findings) {
  unsigned seen = 0;
  for (const std::uint64_t axis : params.axis()) seen |= axis < 4 ? 1U << axis : 0U;
  findings.require(params.axis_size() == 4 && seen == 0xF, "permute.axis", "axis must be a permutation of 0 to 3");
}

void check_scale(const spec::ScaleLayerParams& params, const Findings& findings) {
  findings.require(is_broadcast_shape(params.shapescale_size()), "scale.shape", "shapeScale must have 1 or 3 entries");
  findings.require(!params.hasbias() || is_broadcast_shape(params.shapebias_size()), "scale.shape",
                   "shapeBias must have 1 or 3 entries");
}

}  // namespace

void check_base_parameters(const RankedLayer& ranked, const Findings& findings) {
  const Layer& layer = ranked.layer;
  switch (layer.layer_case()) {
    case Layer::kActivation:
      check_activation(ranked, findings);
      break;
    case Layer::kCrop:
      check_crop(layer, findings);
      break;
    case Layer::kPadding:
      check_padding(layer.padding(), findings);
      break;
    case Layer::kUpsample:
      check_upsample(layer.upsample(), findings);
      break;
    case Layer::kResizeBilinear:
      findings.require(is_pair_or_absent(layer.resizebilinear().targetsize_size()), "resizeBilinear.size",
                       "targetSize must have two entries or none");
      break;
    case Layer::kCropResize:
      findings.require(is_pair_or_absent(layer.cropresize().targetsize_size()), "cropResize.size",
                       "targetSize must have two entries or none");
      break;
    case Layer::kLrn:
      findings.require(layer.lrn().k() >= 0, "lrn.k", "k is {}, it can't be negative", layer.lrn().k());
      break;
    case Layer::kScale:
      check_scale(layer.scale(), findings);
      break;
    case Layer::kBias:
      findings.require(is_broadcast_shape(layer.bias().shape_size()), "bias.shape", "shape must have 1 or 3 entries");
      break;
    case Layer::kLoadConstant:
      findings.require(layer.loadconstant().shape_size() == 3, "loadConstant.shape", "shape must have 3 entries");
      findings.require(ranked.output_ranks.empty() || ranked.output_ranks[0] == 0 || ranked.output_ranks[0] == 5,
                       "layer.rank", "its output must have rank 5");
      break;
    case Layer::kReshape:
      findings.require(layer.reshape().targetshape_size() == 3 || layer.reshape().targetshape_size() == 4,
                       "reshape.shape", "targetShape must have 3 or 4 entries");
      break;
    case Layer::kPermute:
      check_permute(layer.permute(), findings);
      break;
    case Layer::kConcat:
      if (ranked.exact && layer.concat().sequenceconcat() && !ranked.input_ranks.empty()) {
        findings.require(ranked.input_ranks[0] == 0 || ranked.input_ranks[0] >= 5, "layer.rank",
                         "sequenceConcat needs rank 5 or more");
      }
      break;
    case Layer::kReorganizeData:
      findings.require(layer.reorganizedata().blocksize() >= 2, "reorganizeData.block", "blockSize must be 2 or more");
      break;
    case Layer::kSlice:
      check_slice(layer, findings);
      break;
    case Layer::kReduce:
      check_reduce(layer, findings);
      break;
    case Layer::kCustom:
      findings.require(!layer.custom().classname().empty(), "custom.class", "className is empty");
      break;
    default:
      break;
  }
}

}  // namespace goldilocks::model::validation
