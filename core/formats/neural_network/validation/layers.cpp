// What holds for layers of every kind, by the catalog: that the kind is set, how many inputs and outputs it has, and
// their ranks. Rules of single kinds follow in the files named after their families.
#include <algorithm>

#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"

namespace goldilocks::model::validation {
namespace {

std::string span_text(int least, int most) {
  if (most == unbounded) return fmt::format("{} or more", least);
  return least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most);
}

void check_count(int count, int least, int most, const char* rule, const char* what, const LayerKind& kind,
                 const Findings& findings) {
  findings.require(count >= least && (most == unbounded || count <= most), rule, "{} has {} {}, {} are needed",
                   kind.name, count, what, span_text(least, most));
}

bool is_known(const std::vector<int>& ranks, std::size_t index) { return index < ranks.size() && ranks[index] > 0; }

void check_rank(const std::vector<int>& ranks, const char* what, const LayerKind& kind, const Findings& findings) {
  if (!is_known(ranks, 0)) return;
  const bool fits = ranks[0] >= kind.min_rank && (kind.max_rank <= 0 || ranks[0] <= kind.max_rank);
  findings.require(fits, "layer.rank", "its {} has rank {}, {} is needed", what, ranks[0],
                   span_text(kind.min_rank, kind.max_rank <= 0 ? unbounded : kind.max_rank));
}

// All of the ranks that are known are the same.
bool agree(const std::vector<int>& ranks) {
  int first = 0;
  return std::ranges::all_of(ranks, [&](int rank) {
    if (first == 0) first = rank;
    return rank == 0 || rank == first;
  });
}

void check_ranks(const RankedLayer& ranked, const LayerKind& kind, const Findings& findings) {
  check_rank(ranked.input_ranks, "input", kind, findings);
  check_rank(ranked.output_ranks, "output", kind, findings);
  if (kind.equal_ranks && is_known(ranked.input_ranks, 0) && is_known(ranked.output_ranks, 0)) {
    findings.require(ranked.input_ranks[0] == ranked.output_ranks[0], "layer.rank",
                     "its input has rank {} and its output {}; they must be equal", ranked.input_ranks[0],
                     ranked.output_ranks[0]);
  }
  switch (kind.kind) {
    case Layer::kCrop:
    case Layer::kCropResize:
    case Layer::kDot:
    case Layer::kConcat:
      findings.require(agree(ranked.input_ranks), "layer.rank", "its inputs must have equal ranks");
      break;
    case Layer::kSplit:
      findings.require(agree(ranked.output_ranks), "layer.rank", "its outputs must have equal ranks");
      break;
    case Layer::kTopK:
      if (is_known(ranked.input_ranks, 0) && is_known(ranked.output_ranks, 1)) {
        findings.require(ranked.input_ranks[0] == ranked.output_ranks[1], "layer.rank",
                         "its second output must have the rank of its input");
      }
      break;
    default:
      break;
  }
}

}  // namespace

void check_layer(const RankedLayer& ranked, const Findings& findings) {
  const Layer& layer = ranked.layer;
  const LayerKind* kind = find_layer_kind(layer.layer_case());
  if (kind == nullptr) {
    findings.add("layer.kind", "no kind of layer is set, or one that is not known");
    return;
  }
  check_count(layer.input_size(), kind->min_inputs, kind->max_inputs, "layer.inputs", "inputs", *kind, findings);
  check_count(layer.output_size(), kind->min_outputs, kind->max_outputs, "layer.outputs", "outputs", *kind, findings);
  if (ranked.exact) check_ranks(ranked, *kind, findings);
  check_base_parameters(ranked, findings);
  check_spatial_parameters(layer, findings);
  check_recurrent_parameters(layer, findings);
  check_shape_parameters(ranked, findings);
  check_axis_parameters(ranked, findings);
}

}  // namespace goldilocks::model::validation
