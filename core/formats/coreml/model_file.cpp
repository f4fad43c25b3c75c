// Reading and writing whole models. A protobuf file has no signature, so a file counts as a Core ML model if it parses
// and says which type of model it is; what fails there is looked at again for a better message than "malformed".
#include "core/formats/coreml/model_file.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/paths.hpp"
#include "core/formats/coreml/foreign_format.hpp"
#include "core/formats/coreml/wire_fields.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

constexpr std::size_t protobuf_limit = std::numeric_limits<int>::max();

// Each level of nested models takes three messages and each level of nested networks three more; protobuf's default of
// 100 would stop short of max_nesting.
constexpr int recursion_limit = 400;

// Where parsing stopped: at the end, unless the bytes make no sense. Known to some 20 bytes where they are handed over
// in blocks of few (`block`; -1: all at once).
struct Parsed {
  bool whole = false;
  std::size_t end = 0;
};

Parsed parse(std::span<const std::byte> bytes, spec::Model& model, int block = -1) {
  // protobuf prints what it dislikes on stderr; the caller's exception says it once, with the file's name.
  const google::protobuf::LogSilencer silencer;
  google::protobuf::io::ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()), block);
  google::protobuf::io::CodedInputStream input(&array);
  input.SetTotalBytesLimit(static_cast<int>(protobuf_limit));
  input.SetRecursionLimit(recursion_limit);
  const bool whole = model.ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
  return {whole, static_cast<std::size_t>(array.ByteCount())};
}

// What is wrong with a model that can't be parsed.
std::string damage_of(std::span<const std::byte> bytes) {
  const WireFields outer = wire_fields(bytes);
  if (outer.missing > 0) {
    return fmt::format("the part that begins at byte {} needs {} byte{} more than the file has",
                       outer.fields.back().begin, outer.missing, outer.missing == 1 ? "" : "s");
  }
  if (outer.unintelligible) {
    return fmt::format("nothing of a model begins at byte {} of {}", *outer.unintelligible, bytes.size());
  }
  spec::Model model;
  constexpr int block = 16;
  return fmt::format("its bytes make no sense near byte {} of {}", parse(bytes, model, block).end, bytes.size());
}

void check_version(const spec::Model& model, std::string_view name) {
  if (model.specificationversion() > newest_specification_version) {
    throw ModelError(name, fmt::format("specification version {} is newer than {}, the newest that this program knows",
                                       model.specificationversion(), newest_specification_version));
  }
}

// What all three kinds of networks have, under the same names.
template <class Network>
NetworkView view(const Network& network) {
  return {.layers = &network.layers(),
          .preprocessing = &network.preprocessing(),
          .array_mapping = network.arrayinputshapemapping(),
          .image_mapping = network.imageinputshapemapping(),
          .update = network.has_updateparams() ? &network.updateparams() : nullptr};
}

template <class Labels>
std::vector<std::string> labels_of(const Labels& classifier) {
  std::vector<std::string> labels;
  if (classifier.has_stringclasslabels()) {
    labels.assign(classifier.stringclasslabels().vector().begin(), classifier.stringclasslabels().vector().end());
  } else {
    for (const std::int64_t label : classifier.int64classlabels().vector()) labels.push_back(std::to_string(label));
  }
  return labels;
}

}  // namespace

std::unique_ptr<spec::Model> parse_model(std::span<const std::byte> bytes, std::string_view name) {
  if (bytes.empty()) throw ModelError(name, "the file is empty");
  if (bytes.size() > protobuf_limit) {
    throw ModelError(name, fmt::format("{} bytes are beyond the format's limit of 2 GiB", bytes.size()));
  }
  auto model = std::make_unique<spec::Model>();
  const bool parsed = parse(bytes, *model).whole;
  if (parsed && model->Type_case() != spec::Model::TYPE_NOT_SET) {
    check_version(*model, name);
    return model;
  }
  const bool begins_as_one = begins_as_model(bytes);
  if (!parsed && begins_as_one) {
    throw ModelError(name, fmt::format("a Core ML model that is truncated or damaged: {}", damage_of(bytes)));
  }
  const std::string_view foreign = begins_as_one ? "" : describe_foreign_format(bytes);
  if (!foreign.empty()) throw ModelError(name, fmt::format("not a Core ML model but {}", foreign));
  if (!parsed) throw ModelError(name, "not a Core ML model, or truncated or damaged");
  // A type that came later is an unknown field, so the version is the better message where it is newer.
  check_version(*model, name);
  throw ModelError(
      name, fmt::format("{}: no type of model is set",
                        begins_as_one ? "a Core ML model that is truncated" : "not a Core ML model, or truncated"));
}

std::unique_ptr<spec::Model> load_model(const std::filesystem::path& path) {
  if (is_folder(path)) {
    const std::string kind = path.extension().string();
    if (kind == ".mlpackage" || kind == ".mlmodelc") {
      throw ModelError(path.string(), fmt::format("{} folders can't be read; the .mlmodel file is needed", kind));
    }
  }
  const MappedFile file(path);
  return parse_model(file.bytes(), path.string());
}

std::string serialize_model(const spec::Model& model) {
  const std::size_t size = model.ByteSizeLong();
  if (size > protobuf_limit) {
    throw ModelError(fmt::format("the model would take {} bytes, beyond the format's limit of 2 GiB", size));
  }
  std::string bytes;
  bytes.reserve(size);
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream output(&stream);
  output.SetSerializationDeterministic(true);
  model.SerializeWithCachedSizes(&output);
  output.Trim();
  return bytes;
}

std::string model_type(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kPipelineClassifier:
      return "pipelineClassifier";
    case spec::Model::kPipelineRegressor:
      return "pipelineRegressor";
    case spec::Model::kPipeline:
      return "pipeline";
    case spec::Model::kGlmRegressor:
      return "glmRegressor";
    case spec::Model::kSupportVectorRegressor:
      return "supportVectorRegressor";
    case spec::Model::kTreeEnsembleRegressor:
      return "treeEnsembleRegressor";
    case spec::Model::kNeuralNetworkRegressor:
      return "neuralNetworkRegressor";
    case spec::Model::kBayesianProbitRegressor:
      return "bayesianProbitRegressor";
    case spec::Model::kGlmClassifier:
      return "glmClassifier";
    case spec::Model::kSupportVectorClassifier:
      return "supportVectorClassifier";
    case spec::Model::kTreeEnsembleClassifier:
      return "treeEnsembleClassifier";
    case spec::Model::kNeuralNetworkClassifier:
      return "neuralNetworkClassifier";
    case spec::Model::kKNearestNeighborsClassifier:
      return "kNearestNeighborsClassifier";
    case spec::Model::kNeuralNetwork:
      return "neuralNetwork";
    case spec::Model::kItemSimilarityRecommender:
      return "itemSimilarityRecommender";
    case spec::Model::kMlProgram:
      return "mlProgram";
    case spec::Model::kCustomModel:
      return "customModel";
    case spec::Model::kLinkedModel:
      return "linkedModel";
    case spec::Model::kClassConfidenceThresholding:
      return "classConfidenceThresholding";
    case spec::Model::kOneHotEncoder:
      return "oneHotEncoder";
    case spec::Model::kImputer:
      return "imputer";
    case spec::Model::kFeatureVectorizer:
      return "featureVectorizer";
    case spec::Model::kDictVectorizer:
      return "dictVectorizer";
    case spec::Model::kScaler:
      return "scaler";
    case spec::Model::kCategoricalMapping:
      return "categoricalMapping";
    case spec::Model::kNormalizer:
      return "normalizer";
    case spec::Model::kArrayFeatureExtractor:
      return "arrayFeatureExtractor";
    case spec::Model::kNonMaximumSuppression:
      return "nonMaximumSuppression";
    case spec::Model::kIdentity:
      return "identity";
    case spec::Model::kTextClassifier:
      return "textClassifier";
    case spec::Model::kWordTagger:
      return "wordTagger";
    case spec::Model::kVisionFeaturePrint:
      return "visionFeaturePrint";
    case spec::Model::kSoundAnalysisPreprocessing:
      return "soundAnalysisPreprocessing";
    case spec::Model::kGazetteer:
      return "gazetteer";
    case spec::Model::kWordEmbedding:
      return "wordEmbedding";
    case spec::Model::kAudioFeaturePrint:
      return "audioFeaturePrint";
    case spec::Model::kSerializedModel:
      return "serializedModel";
    case spec::Model::TYPE_NOT_SET:
      break;
  }
  return "";
}

NetworkView network_of(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kNeuralNetwork:
      return view(model.neuralnetwork());
    case spec::Model::kNeuralNetworkClassifier:
      return view(model.neuralnetworkclassifier());
    case spec::Model::kNeuralNetworkRegressor:
      return view(model.neuralnetworkregressor());
    default:
      return {};
  }
}

google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>* mutable_layers(spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kNeuralNetwork:
      return model.mutable_neuralnetwork()->mutable_layers();
    case spec::Model::kNeuralNetworkClassifier:
      return model.mutable_neuralnetworkclassifier()->mutable_layers();
    case spec::Model::kNeuralNetworkRegressor:
      return model.mutable_neuralnetworkregressor()->mutable_layers();
    default:
      return nullptr;
  }
}

google::protobuf::RepeatedPtrField<spec::NeuralNetworkPreprocessing>* mutable_preprocessing(spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kNeuralNetwork:
      return model.mutable_neuralnetwork()->mutable_preprocessing();
    case spec::Model::kNeuralNetworkClassifier:
      return model.mutable_neuralnetworkclassifier()->mutable_preprocessing();
    case spec::Model::kNeuralNetworkRegressor:
      return model.mutable_neuralnetworkregressor()->mutable_preprocessing();
    default:
      return nullptr;
  }
}

const spec::Pipeline* pipeline_of(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kPipeline:
      return &model.pipeline();
    case spec::Model::kPipelineClassifier:
      return &model.pipelineclassifier().pipeline();
    case spec::Model::kPipelineRegressor:
      return &model.pipelineregressor().pipeline();
    default:
      return nullptr;
  }
}

spec::Pipeline* pipeline_of(spec::Model& model) {
  // An absent inner message reads as the shared default, which must not be changed; it has no models either.
  const spec::Pipeline* pipeline = pipeline_of(std::as_const(model));
  return pipeline == &spec::Pipeline::default_instance() ? nullptr : const_cast<spec::Pipeline*>(pipeline);
}

std::string contained_place(const spec::Pipeline& pipeline, int index, const std::string& place) {
  std::string inner = place.empty() ? fmt::format("models[{}]", index) : fmt::format("{}: models[{}]", place, index);
  if (index < pipeline.names_size()) inner += fmt::format(" '{}'", pipeline.names(index));
  return inner;
}

void check_model_depth(const std::string& place, int depth) {
  if (depth > max_nesting) throw ModelError(place, fmt::format("pipelines nest deeper than {}", max_nesting));
}

std::vector<std::string> class_labels(const spec::Model& model) {
  switch (model.Type_case()) {
    case spec::Model::kNeuralNetworkClassifier:
      return labels_of(model.neuralnetworkclassifier());
    case spec::Model::kGlmClassifier:
      return labels_of(model.glmclassifier());
    case spec::Model::kSupportVectorClassifier:
      return labels_of(model.supportvectorclassifier());
    case spec::Model::kTreeEnsembleClassifier:
      return labels_of(model.treeensembleclassifier());
    case spec::Model::kKNearestNeighborsClassifier:
      return labels_of(model.knearestneighborsclassifier());
    case spec::Model::kNonMaximumSuppression:
      return labels_of(model.nonmaximumsuppression());
    default:
      return {};
  }
}

std::string layer_type(const spec::NeuralNetworkLayer& layer) {
  const LayerKind* kind = find_layer_kind(layer.layer_case());
  return kind == nullptr ? std::string() : std::string(kind->name);
}

}  // namespace goldilocks::model
