#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// The newest specificationVersion that this program knows.
inline constexpr int newest_specification_version = 10;

// Reads a .mlmodel. Throws FileError if it can't be read, and ModelError that begins with the path if it is empty, over
// 2 GiB, not a Core ML model (with a hint: a zip, ONNX, TFLite ...), truncated or damaged (with the byte, if known), or
// of a specification version beyond the newest known. Unknown fields survive a later serialize().
std::unique_ptr<spec::Model> load_model(const std::filesystem::path& path);

// The same from memory; `name` stands for the path in messages.
std::unique_ptr<spec::Model> parse_model(std::span<const std::byte> bytes, std::string_view name);

// Deterministic: maps are ordered by key. Parsing and serializing an unchanged model gives its bytes again where the
// writer was deterministic too. Throws ModelError if the result would reach protobuf's limit of 2 GiB.
std::string serialize_model(const spec::Model& model);

// "neuralNetworkClassifier", "pipeline", ... : the format's own name of the model's kind; "" if none is set.
std::string model_type(const spec::Model& model);

// The network of a neuralNetwork, neuralNetworkClassifier or neuralNetworkRegressor; null for other kinds. The view
// spares the three kinds' callers the case distinction; it points into the model.
struct NetworkView {
  const google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>* layers = nullptr;
  const google::protobuf::RepeatedPtrField<spec::NeuralNetworkPreprocessing>* preprocessing = nullptr;
  spec::NeuralNetworkMultiArrayShapeMapping array_mapping = spec::RANK5_ARRAY_MAPPING;
  spec::NeuralNetworkImageShapeMapping image_mapping = spec::RANK5_IMAGE_MAPPING;
  const spec::NetworkUpdateParameters* update = nullptr;  // null where there are none
  explicit operator bool() const { return layers != nullptr; }
};
NetworkView network_of(const spec::Model& model);

// The same to change; null for other kinds of models.
google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>* mutable_layers(spec::Model& model);
google::protobuf::RepeatedPtrField<spec::NeuralNetworkPreprocessing>* mutable_preprocessing(spec::Model& model);

// The pipeline inside a pipeline, pipelineClassifier or pipelineRegressor; null for other kinds.
const spec::Pipeline* pipeline_of(const spec::Model& model);
spec::Pipeline* pipeline_of(spec::Model& model);

// "models[1] 'detector'": the place of a pipeline's model, below the place of the pipeline itself.
std::string contained_place(const spec::Pipeline& pipeline, int index, const std::string& place);

// Throws ModelError for a depth beyond what for_each_model follows.
void check_model_depth(const std::string& place, int depth);

// Calls visit(model, place) for the model and, where it is a pipeline, for every model inside at any depth, depth
// first. `place` is "" for the outermost model and "models[1] 'name'" style for inner ones, joined by ": ". Throws
// ModelError beyond a depth of 32. Model is spec::Model, const or not.
template <class Model, class Visit>
void for_each_model(Model& model, const Visit& visit, const std::string& place = {}, int depth = 0) {
  static_assert(std::is_same_v<std::remove_const_t<Model>, spec::Model>);
  check_model_depth(place, depth);
  visit(model, place);
  auto* pipeline = pipeline_of(model);
  if (pipeline == nullptr) return;
  for (int i = 0; i < pipeline->models_size(); ++i) {
    const std::string inner_place = contained_place(*pipeline, i, place);
    if constexpr (std::is_const_v<Model>) {
      for_each_model(pipeline->models(i), visit, inner_place, depth + 1);
    } else {
      for_each_model(*pipeline->mutable_models(i), visit, inner_place, depth + 1);
    }
  }
}

// Class labels of a classifier, as text (int64 labels in decimal). Empty for other kinds.
std::vector<std::string> class_labels(const spec::Model& model);

// The format's name of a layer's kind ("convolution", "innerProduct", ...), or "" if the layer oneof is not set.
std::string layer_type(const spec::NeuralNetworkLayer& layer);

}  // namespace goldilocks::model
