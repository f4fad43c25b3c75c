// Each part of a model that came with a later version of the format raises the version that the file must state. The
// versions and the systems that brought them: 2 iOS 11.2, 3 iOS 12, 4 iOS 13, 5 iOS 14, 6 iOS 15, 7 iOS 16, 8 iOS 17,
// 9 iOS 18, 10 iOS 26.
#include "core/formats/coreml/specification_version.hpp"

#include <algorithm>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

int array_version(const spec::ArrayFeatureType& array) {
  int version = 1;
  if (array.ShapeFlexibility_case() != spec::ArrayFeatureType::SHAPEFLEXIBILITY_NOT_SET) version = 3;
  if (array.defaultOptionalValue_case() != spec::ArrayFeatureType::DEFAULTOPTIONALVALUE_NOT_SET) version = 5;
  if (array.datatype() == spec::ArrayFeatureType::FLOAT16) version = std::max(version, 7);
  if (array.datatype() == spec::ArrayFeatureType::INT8) version = std::max(version, 10);
  return version;
}

int image_version(const spec::ImageFeatureType& image) {
  if (image.colorspace() == spec::ImageFeatureType::GRAYSCALE_FLOAT16) return 7;
  return image.SizeFlexibility_case() == spec::ImageFeatureType::SIZEFLEXIBILITY_NOT_SET ? 1 : 3;
}

template <class Description>
int interface_version(const Description& description) {
  int version = 1;
  for (const auto* features : {&description.input(), &description.output(), &description.state()}) {
    for (const auto& feature : *features) version = std::max(version, required_version(feature));
  }
  return description.state().empty() ? version : std::max(version, 9);
}

int description_version(const spec::ModelDescription& description) {
  int version = interface_version(description);
  for (const auto& feature : description.traininginput()) version = std::max(version, required_version(feature));
  for (const auto& function : description.functions()) version = std::max({version, 9, interface_version(function)});
  if (description.input().empty() && description.functions().empty()) version = std::max(version, 9);
  return version;
}

bool has_float32_array(const spec::ModelDescription& description) {
  const auto is_float32 = [](const spec::FeatureDescription& feature) {
    return feature.type().multiarraytype().datatype() == spec::ArrayFeatureType::FLOAT32;
  };
  return std::ranges::any_of(description.input(), is_float32) || std::ranges::any_of(description.output(), is_float32);
}

int opset_version(std::string_view opset) {
  if (opset == "CoreML8") return 9;
  if (opset == "CoreML7") return 8;
  return opset == "CoreML6" ? 7 : 6;
}

int program_version(const spec::MILSpec::Program& program) {
  int version = 6;
  for (const auto& [name, function] : program.functions()) {
    version = std::max(version, opset_version(function.opset()));
    for (const auto& [opset, block] : function.block_specializations()) {
      version = std::max(version, opset_version(opset));
    }
  }
  return version;
}

// Text classifiers and word taggers: each revision of Apple's language models came with a system.
int revision_version(unsigned revision, int second, int third) {
  if (revision >= 5) return 9;
  if (revision == 4) return 8;
  if (revision == 3) return third;
  return revision == 2 ? second : 3;
}

int vision_version(const spec::CoreMLModels::VisionFeaturePrint& print) {
  if (print.has_objects()) return 5;
  return print.scene().version() == spec::CoreMLModels::VisionFeaturePrint_Scene::SCENE_VERSION_2 ? 8 : 3;
}

}  // namespace

int required_type_version(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kCustomModel:
    case spec::Model::kBayesianProbitRegressor:
      return 3;
    case spec::Model::kNonMaximumSuppression:
      return has_float32_array(model.description()) ? 5 : 3;
    case spec::Model::kTextClassifier:
      return revision_version(model.textclassifier().revision(), 4, 4);
    case spec::Model::kWordTagger:
      return revision_version(model.wordtagger().revision(), 3, 5);
    case spec::Model::kVisionFeaturePrint:
      return vision_version(model.visionfeatureprint());
    case spec::Model::kKNearestNeighborsClassifier:
    case spec::Model::kLinkedModel:
    case spec::Model::kItemSimilarityRecommender:
    case spec::Model::kSoundAnalysisPreprocessing:
    case spec::Model::kGazetteer:
    case spec::Model::kWordEmbedding:
      return 4;
    case spec::Model::kSerializedModel:
      return 5;
    case spec::Model::kMlProgram:
      return program_version(model.mlprogram());
    case spec::Model::kAudioFeaturePrint:
      return 6;
    case spec::Model::kClassConfidenceThresholding:
      return 8;
    default:
      return 1;
  }
}

namespace {

int network_version(const NetworkView& network) {
  int version =
      network.array_mapping != spec::RANK5_ARRAY_MAPPING || network.image_mapping != spec::RANK5_IMAGE_MAPPING ? 4 : 1;
  for_each_layer(*network.layers, [&](const Layer& layer, const std::string&) {
    version = std::max(version, required_version(layer));
    for_each_weight(layer, [&](const WeightSlot<const spec::WeightParams>& slot) {
      version = std::max(version, required_version(*slot.params));
    });
  });
  return version;
}

// Options of older layers that came later.
int option_version(const Layer& layer) {
  const auto& upsample = layer.upsample();
  const bool later =
      layer.innerproduct().int8dynamicquantize() || layer.batchedmatmul().int8dynamicquantize() ||
      layer.concatnd().interleave() || upsample.linearupsamplemode() != spec::UpsampleLayerParams::DEFAULT ||
      upsample.fractionalscalingfactor_size() > 0 ||
      layer.reorganizedata().mode() == spec::ReorganizeDataLayerParams::PIXEL_SHUFFLE ||
      layer.slicedynamic().squeezemasks_size() > 0 || (layer.has_slicedynamic() && layer.input_size() >= 7);
  if (later) return 5;
  return layer.has_convolution() && layer.input_size() > 1 ? 4 : 1;
}

}  // namespace

int required_version(const spec::FeatureDescription& feature) {
  switch (feature.type().Type_case()) {
    case spec::FeatureType::kMultiArrayType:
      return array_version(feature.type().multiarraytype());
    case spec::FeatureType::kImageType:
      return image_version(feature.type().imagetype());
    case spec::FeatureType::kSequenceType:
      return 3;
    case spec::FeatureType::kStateType:
      return std::max(9, array_version(feature.type().statetype().arraytype()));
    default:
      return 1;
  }
}

int required_version(const Layer& layer) {
  return std::max({1, layer_kind_version(layer.layer_case()), option_version(layer)});
}

int required_version(const spec::WeightParams& params) {
  if (!params.int8rawvalue().empty()) return 5;
  if (!params.rawvalue().empty()) return 3;
  return params.float16value().empty() ? 1 : 2;
}

int required_specification_version(const spec::Model& model) {
  int version = 1;
  for_each_model(model, [&](const spec::Model& inner, const std::string&) {
    version = std::max({version, required_type_version(inner), description_version(inner.description())});
    if (inner.isupdatable()) version = std::max(version, 4);
    if (const NetworkView network = network_of(inner)) version = std::max(version, network_version(network));
  });
  return version;
}

}  // namespace goldilocks::model
