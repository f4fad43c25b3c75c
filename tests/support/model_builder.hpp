#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "coreml/model.pb.h"

namespace goldilocks::testing {

namespace spec = ::CoreML::Specification;

// The same floats for the same seed on every machine: uniform in [-1, 1).
class RandomFloats {
 public:
  explicit RandomFloats(std::uint64_t seed) : state_(seed) {}
  float next();
  std::vector<float> next(std::size_t count);

 private:
  std::uint64_t state_;
};

// What a convolution or pooling says beyond its channels; the same for height and width.
struct Window {
  std::uint64_t kernel = 3;
  std::uint64_t stride = 1;
  bool same_padding = true;    // otherwise valid without borders
  std::uint64_t dilation = 1;  // convolutions only
  std::uint64_t groups = 1;    // convolutions only
  bool deconvolution = false;  // convolutions only
  bool bias = true;            // convolutions only
};

// Builds small networks that the format accepts. Each layer reads the blob that the layer before it wrote (the input at
// first) and writes one named after itself; layers with other wiring are added by layer(). Weights are random, and
// scaled so that activations keep their size.
//
//     const spec::Model model = ModelBuilder(7)
//                                   .image_input("image", 8, 8)
//                                   .convolution("conv", 3, 4)
//                                   .activation("relu")
//                                   .pooling("pool", {.kernel = 2, .stride = 2})
//                                   .inner_product("scores", 4 * 4 * 4, 10)
//                                   .softmax("probabilities")
//                                   .classifier(labels)
//                                   .build();
class ModelBuilder {
 public:
  using FillLayer = std::function<void(spec::NeuralNetworkLayer&)>;

  explicit ModelBuilder(std::uint64_t seed = 1);

  ModelBuilder& image_input(const std::string& name, int width, int height,
                            spec::ImageFeatureType::ColorSpace color = spec::ImageFeatureType::BGR);
  ModelBuilder& array_input(const std::string& name, const std::vector<std::int64_t>& shape);

  // Inputs keep their own rank (EXACT_ARRAY_MAPPING, specification version 4) in place of the five of old.
  ModelBuilder& exact_shapes();

  ModelBuilder& convolution(const std::string& name, std::uint64_t in, std::uint64_t out, const Window& window = {});
  ModelBuilder& pooling(const std::string& name, const Window& window = {.kernel = 2, .stride = 2},
                        spec::PoolingLayerParams::PoolingType type = spec::PoolingLayerParams::MAX);
  ModelBuilder& global_pooling(const std::string& name);
  ModelBuilder& activation(const std::string& name);  // ReLU
  ModelBuilder& batchnorm(const std::string& name, std::uint64_t channels);
  ModelBuilder& inner_product(const std::string& name, std::uint64_t in, std::uint64_t out, bool bias = true);
  ModelBuilder& flatten(const std::string& name);
  ModelBuilder& softmax(const std::string& name);

  // Any other layer; `fill` sets its parameters. The first form is wired like all others.
  ModelBuilder& layer(const std::string& name, const FillLayer& fill);
  ModelBuilder& layer(const std::string& name, const std::vector<std::string>& inputs,
                      const std::vector<std::string>& outputs, const FillLayer& fill);

  // The blob that the next layer will read.
  ModelBuilder& continue_from(const std::string& blob);

  // Adds an array output of that blob; build() adds one of the last blob where there is none.
  ModelBuilder& output(const std::string& blob, const std::vector<std::int64_t>& shape = {});

  // Makes a classifier of it, whose scores are the last blob: the outputs are "label" and the dictionary "scores".
  ModelBuilder& classifier(const std::vector<std::string>& labels);

  // mean_image holds C * H * W values.
  ModelBuilder& mean_image(const std::vector<float>& values);
  ModelBuilder& scaler(float scale, float blue, float green, float red);

  // Fills with random values in [-amplitude, amplitude).
  void fill_random(spec::WeightParams& params, std::uint64_t count, float amplitude = 1);

  // The model with the smallest specification version that it needs.
  spec::Model build();

 private:
  spec::NeuralNetwork& network();

  spec::Model model_;
  RandomFloats random_;
  std::string current_;
  std::vector<std::string> labels_;
};

// A pipeline of the models, whose inputs are those of the first and whose outputs are those of the last.
spec::Model pipeline_of_models(const std::vector<spec::Model>& models);

}  // namespace goldilocks::testing
