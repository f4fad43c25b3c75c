// A network's inputs and outputs as a whole, and what makes a classifier or regressor of it.
#include <algorithm>
#include <set>

#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"

namespace goldilocks::model::validation {
namespace {

// In rank-5 networks an array is a vector of channels or an image.
void check_input_shapes(const spec::ModelDescription& description, bool exact, const Findings& findings) {
  for (const spec::FeatureDescription& input : description.input()) {
    if (!input.type().has_multiarraytype()) continue;
    const Findings here = findings.at(fmt::format("input '{}'", input.name()));
    const spec::ArrayFeatureType& array = input.type().multiarraytype();
    const int rank = array.shape_size();
    if (exact) {
      here.require(rank > 0, "network.input-rank", "the input needs a shape beside its flexible ones");
      here.require(rank == 0 || !array.has_shaperange() || array.shaperange().sizeranges_size() == rank,
                   "network.input-rank", "{} ranges are given for a shape of rank {}",
                   array.shaperange().sizeranges_size(), rank);
    } else {
      here.require(rank == 0 || rank == 1 || rank == 3, "network.input-rank",
                   "the shape has {} dimensions; without EXACT_ARRAY_MAPPING 1 or 3 are accepted", rank);
    }
  }
}

void check_feature_types(const spec::Model& model, const Findings& findings) {
  for (const spec::FeatureDescription& input : model.description().input()) {
    const auto type = input.type().Type_case();
    if (type == spec::FeatureType::TYPE_NOT_SET) continue;
    findings.at(fmt::format("input '{}'", input.name()))
        .require(type == spec::FeatureType::kImageType || type == spec::FeatureType::kMultiArrayType ||
                     type == spec::FeatureType::kStateType,
                 "network.input-type", "an input of a network must be an image or array");
  }
  if (!model.has_neuralnetwork()) return;
  std::set<std::string> names;
  for (const spec::FeatureDescription& output : model.description().output()) {
    const Findings here = findings.at(fmt::format("output '{}'", output.name()));
    const auto type = output.type().Type_case();
    here.require(type == spec::FeatureType::kImageType || type == spec::FeatureType::kMultiArrayType ||
                     type == spec::FeatureType::TYPE_NOT_SET,
                 "network.output-type", "an output of a network must be an image or array");
    here.require(names.insert(output.name()).second, "network.output-name", "two outputs have this name");
  }
}

const spec::FeatureDescription* find_output(const spec::Model& model, const std::string& name) {
  const auto found = std::ranges::find(model.description().output(), name, &spec::FeatureDescription::name);
  return found == model.description().output().end() ? nullptr : &*found;
}

}  // namespace

bool is_base_layer(const Layer& layer) {
  if (layer.layer_case() >= Layer::kCopy) return false;
  switch (layer.layer_case()) {
    case Layer::kConvolution:
      return layer.input_size() == 1;
    case Layer::kInnerProduct:
      return !layer.innerproduct().int8dynamicquantize();
    case Layer::kUpsample:
      return layer.upsample().linearupsamplemode() == spec::UpsampleLayerParams::DEFAULT &&
             layer.upsample().fractionalscalingfactor().empty();
    case Layer::kReorganizeData:
      return layer.reorganizedata().mode() != spec::ReorganizeDataLayerParams::PIXEL_SHUFFLE;
    default:
      return true;
  }
}

bool has_exact_ranks(const NetworkView& network) {
  return network.array_mapping != spec::RANK5_ARRAY_MAPPING || network.image_mapping != spec::RANK5_IMAGE_MAPPING ||
         !std::ranges::all_of(*network.layers, is_base_layer);
}

void check_network(const spec::Model& model, const NetworkView& network, const Findings& findings) {
  const spec::ModelDescription& description = model.description();
  findings.require(!network.layers->empty(), "network.layers", "the network has no layers");
  findings.require(!description.output().empty(), "network.outputs", "the model has no outputs");
  findings.require(description.input().empty() ||
                       !std::ranges::all_of(description.input(), [](const auto& i) { return i.type().isoptional(); }),
                   "network.inputs", "all inputs are optional");
  check_feature_types(model, findings);

  const bool exact = has_exact_ranks(network);
  check_input_shapes(description, exact, findings);
  const bool has_array =
      std::ranges::any_of(description.input(), [](const auto& i) { return i.type().has_multiarraytype(); });
  const auto later = std::ranges::find_if_not(*network.layers, is_base_layer);
  const bool needs_exact = later != network.layers->end() || network.image_mapping == spec::RANK4_IMAGE_MAPPING;
  if (has_array && needs_exact && network.array_mapping != spec::EXACT_ARRAY_MAPPING) {
    if (later == network.layers->end()) {
      findings.add("network.mapping", "RANK4_IMAGE_MAPPING beside array inputs needs EXACT_ARRAY_MAPPING");
    } else {
      findings.at(fmt::format("layer '{}'", later->name()))
          .add("network.mapping", "{} in a network with array inputs needs EXACT_ARRAY_MAPPING", layer_type(*later));
    }
  }
}

void check_classifier(const spec::Model& model, const Findings& findings) {
  const spec::ModelDescription& description = model.description();
  const std::string& predicted = description.predictedfeaturename();
  const spec::FeatureDescription* label = find_output(model, predicted);
  if (model.has_neuralnetworkregressor()) {
    findings.require(label != nullptr && (label->type().has_doubletype() || label->type().has_multiarraytype()),
                     "regressor.prediction", "predictedFeatureName '{}' is no output of type double or array",
                     predicted);
  }
  if (!model.has_neuralnetworkclassifier()) return;

  const spec::NeuralNetworkClassifier& classifier = model.neuralnetworkclassifier();
  const bool text = classifier.has_stringclasslabels();
  const bool any =
      text ? !classifier.stringclasslabels().vector().empty() : !classifier.int64classlabels().vector().empty();
  findings.require(any, "classifier.labels", "the classifier has no labels");
  findings.require(
      label != nullptr && (!any || (text ? label->type().has_stringtype() : label->type().has_int64type())),
      "classifier.prediction", "predictedFeatureName '{}' is no output of the type of the labels", predicted);
  const std::string& scores_name = description.predictedprobabilitiesname();
  if (!scores_name.empty()) {
    const spec::FeatureDescription* scores = find_output(model, scores_name);
    findings.require(scores != nullptr && (scores->type().has_dictionarytype() || scores->type().has_multiarraytype()),
                     "classifier.probabilities",
                     "predictedProbabilitiesName '{}' is no output of type dictionary or array", scores_name);
  }
}

}  // namespace goldilocks::model::validation
