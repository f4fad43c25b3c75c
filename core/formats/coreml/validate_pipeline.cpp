// Pipelines: each model's inputs are inputs of the pipeline or outputs of models before it, of the same type.
#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "core/formats/coreml/feature_text.hpp"
#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {
namespace {

bool same_array(const spec::ArrayFeatureType& a, const spec::ArrayFeatureType& b) {
  if (a.datatype() != b.datatype() || a.shape_size() != b.shape_size()) return false;
  const bool flexible = a.ShapeFlexibility_case() != spec::ArrayFeatureType::SHAPEFLEXIBILITY_NOT_SET ||
                        b.ShapeFlexibility_case() != spec::ArrayFeatureType::SHAPEFLEXIBILITY_NOT_SET;
  return flexible || std::ranges::equal(a.shape(), b.shape());
}

bool same_type(const spec::FeatureType& a, const spec::FeatureType& b) {
  if (a.Type_case() != b.Type_case()) return false;
  switch (a.Type_case()) {
    case spec::FeatureType::kMultiArrayType:
      return same_array(a.multiarraytype(), b.multiarraytype());
    case spec::FeatureType::kImageType:
      return a.imagetype().width() == b.imagetype().width() && a.imagetype().height() == b.imagetype().height() &&
             a.imagetype().colorspace() == b.imagetype().colorspace();
    case spec::FeatureType::kDictionaryType:
      return a.dictionarytype().KeyType_case() == b.dictionarytype().KeyType_case();
    case spec::FeatureType::kSequenceType:
      return a.sequencetype().Type_case() == b.sequencetype().Type_case();
    default:
      return true;
  }
}

using Available = std::map<std::string_view, const spec::FeatureType*>;

void check_source(const spec::FeatureDescription& feature, const char* kind, const Available& available,
                  const Findings& findings) {
  const Findings here = findings.at(fmt::format("{} '{}'", kind, feature.name()));
  const auto found = available.find(feature.name());
  if (found == available.end()) {
    here.add("pipeline.source", "neither an input of the pipeline nor an output of a model before it");
    return;
  }
  here.require(same_type(feature.type(), *found->second), "pipeline.type", "it is {}, its source is {}",
               feature_text(feature.type()), feature_text(*found->second));
}

}  // namespace

void check_pipeline(const spec::Model& model, const spec::Pipeline& pipeline, const Findings& findings) {
  findings.require(!pipeline.models().empty(), "pipeline.models", "the pipeline has no models");
  const std::set<std::string_view> names(pipeline.names().begin(), pipeline.names().end());
  findings.require(pipeline.names().empty() || (pipeline.names_size() == pipeline.models_size() &&
                                                names.size() == static_cast<std::size_t>(pipeline.names_size())),
                   "pipeline.names", "names must be one for each model, all different, or none");
  Available available;
  for (const spec::FeatureDescription& input : model.description().input()) available[input.name()] = &input.type();
  for (int i = 0; i < pipeline.models_size(); ++i) {
    const spec::ModelDescription& inner = pipeline.models(i).description();
    const Findings here = findings.at(contained_place(pipeline, i, {}));
    for (const spec::FeatureDescription& input : inner.input()) check_source(input, "input", available, here);
    for (const spec::FeatureDescription& output : inner.output()) available[output.name()] = &output.type();
  }
  for (const spec::FeatureDescription& output : model.description().output()) {
    check_source(output, "output", available, findings);
  }
}

}  // namespace goldilocks::model::validation
