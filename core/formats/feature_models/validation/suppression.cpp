// The model that suppresses overlapping boxes after a detector: four arrays of one type, and two thresholds.
#include <algorithm>
#include <set>
#include <string_view>

#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {
namespace {

using Array = spec::ArrayFeatureType;

const spec::FeatureDescription* find(const Features& features, std::string_view name) {
  const auto found = std::ranges::find(features, name, &spec::FeatureDescription::name);
  return found == features.end() ? nullptr : &*found;
}

// How an output states its shape: not at all, fixed with two dimensions, or two ranges. -1: in a way that is refused.
int shape_style(const Array& array) {
  if (array.has_enumeratedshapes()) return -1;
  if (array.has_shaperange()) return array.shape().empty() && array.shaperange().sizeranges_size() == 2 ? 2 : -1;
  if (array.shape().empty()) return 0;
  return array.shape_size() == 2 ? 1 : -1;
}

bool same_boxes(const Array& a, const Array& b) {
  const int style = shape_style(a);
  if (style != shape_style(b)) return false;
  if (style == 1) return a.shape(0) == b.shape(0);
  if (style != 2) return true;
  const spec::SizeRange& first = a.shaperange().sizeranges(0);
  const spec::SizeRange& second = b.shaperange().sizeranges(0);
  return first.lowerbound() == second.lowerbound() && first.upperbound() == second.upperbound();
}

bool labels_fit(std::int64_t labels, const Array& confidence) {
  if (labels == 0) return true;
  if (shape_style(confidence) == 1) return confidence.shape(1) == labels;
  if (shape_style(confidence) != 2) return true;
  const spec::SizeRange& range = confidence.shaperange().sizeranges(1);
  return static_cast<std::uint64_t>(labels) >= range.lowerbound() &&
         (range.upperbound() < 0 || labels <= range.upperbound());
}

// Thresholds that arrive as inputs; every other input must be one of the two arrays.
void check_threshold_inputs(const spec::Model& model, const Findings& findings) {
  const spec::NonMaximumSuppression& params = model.nonmaximumsuppression();
  std::set<std::string_view> known{params.confidenceinputfeaturename(), params.coordinatesinputfeaturename()};
  for (const std::string& name :
       {params.iouthresholdinputfeaturename(), params.confidencethresholdinputfeaturename()}) {
    const spec::FeatureDescription* input = find(model.description().input(), name);
    if (input == nullptr) continue;
    known.insert(input->name());
    findings.require(input->type().has_doubletype() && !input->type().isoptional(), "suppression.interface",
                     "the threshold input '{}' must be a double that is not optional", name);
  }
  const bool others = std::ranges::any_of(model.description().input(),
                                          [&](const auto& input) { return !known.contains(input.name()); });
  findings.require(!others && model.description().output_size() == 2, "suppression.interface",
                   "there are features beside confidence, coordinates and thresholds");
}

}  // namespace

void check_suppression_model(const spec::Model& model, const Findings& findings) {
  const spec::NonMaximumSuppression& params = model.nonmaximumsuppression();
  findings.require(params.iouthreshold() >= 0 && params.iouthreshold() <= 1, "suppression.threshold",
                   "iouThreshold {} is not in 0 to 1", params.iouthreshold());
  findings.require(params.confidencethreshold() >= 0, "suppression.threshold", "confidenceThreshold {} is negative",
                   params.confidencethreshold());
  check_threshold_inputs(model, findings);

  const spec::FeatureDescription* confidence = find(model.description().output(), params.confidenceoutputfeaturename());
  const spec::FeatureDescription* coordinates =
      find(model.description().output(), params.coordinatesoutputfeaturename());
  const spec::FeatureDescription* arrays[] = {find(model.description().input(), params.confidenceinputfeaturename()),
                                              find(model.description().input(), params.coordinatesinputfeaturename()),
                                              confidence, coordinates};
  const bool are_arrays = std::ranges::all_of(
      arrays, [](const auto* feature) { return feature != nullptr && feature->type().has_multiarraytype(); });
  if (!findings.require(are_arrays, "suppression.interface",
                        "confidence and coordinates must be arrays, as inputs and as outputs")) {
    return;
  }
  const auto data_type = confidence->type().multiarraytype().datatype();
  findings.require(
      (data_type == Array::DOUBLE || data_type == Array::FLOAT32) &&
          std::ranges::all_of(
              arrays, [&](const auto* feature) { return feature->type().multiarraytype().datatype() == data_type; }),
      "suppression.data-type", "the four arrays must all be float64, or all float32");
  const Array& scores = confidence->type().multiarraytype();
  findings.require(shape_style(scores) >= 0 && same_boxes(scores, coordinates->type().multiarraytype()),
                   "suppression.shape",
                   "both outputs must state two dimensions or ranges alike, or none, with as many boxes");
  const int labels = params.has_stringclasslabels() ? params.stringclasslabels().vector_size()
                                                    : params.int64classlabels().vector_size();
  findings.require(labels_fit(labels, scores), "suppression.labels", "{} labels don't fit the confidence output",
                   labels);
}

}  // namespace goldilocks::model::validation
