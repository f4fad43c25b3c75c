#include "tests/support/model_builder.hpp"

#include <algorithm>
#include <cmath>

#include "core/formats/coreml/specification_version.hpp"

namespace goldilocks::testing {

float RandomFloats::next() {
  // SplitMix64; its highest 24 bits make a float exactly.
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
  mixed ^= mixed >> 31;
  return static_cast<float>(mixed >> 40) * 0x1p-23F - 1.0F;
}

std::vector<float> RandomFloats::next(std::size_t count) {
  std::vector<float> values(count);
  std::ranges::generate(values, [this] { return next(); });
  return values;
}

ModelBuilder::ModelBuilder(std::uint64_t seed) : random_(seed) {}

spec::NeuralNetwork& ModelBuilder::network() { return *model_.mutable_neuralnetwork(); }

void ModelBuilder::fill_random(spec::WeightParams& params, std::uint64_t count, float amplitude) {
  params.clear_floatvalue();
  for (std::uint64_t i = 0; i < count; ++i) params.add_floatvalue(amplitude * random_.next());
}

ModelBuilder& ModelBuilder::image_input(const std::string& name, int width, int height,
                                        spec::ImageFeatureType::ColorSpace color) {
  spec::FeatureDescription& feature = *model_.mutable_description()->add_input();
  feature.set_name(name);
  feature.mutable_type()->mutable_imagetype()->set_width(width);
  feature.mutable_type()->mutable_imagetype()->set_height(height);
  feature.mutable_type()->mutable_imagetype()->set_colorspace(color);
  return continue_from(name);
}

ModelBuilder& ModelBuilder::array_input(const std::string& name, const std::vector<std::int64_t>& shape) {
  spec::FeatureDescription& feature = *model_.mutable_description()->add_input();
  feature.set_name(name);
  feature.mutable_type()->mutable_multiarraytype()->set_datatype(spec::ArrayFeatureType::FLOAT32);
  for (const std::int64_t dim : shape) feature.mutable_type()->mutable_multiarraytype()->add_shape(dim);
  return continue_from(name);
}

ModelBuilder& ModelBuilder::exact_shapes() {
  network().set_arrayinputshapemapping(spec::EXACT_ARRAY_MAPPING);
  return *this;
}

ModelBuilder& ModelBuilder::convolution(const std::string& name, std::uint64_t in, std::uint64_t out,
                                        const Window& window) {
  return layer(name, [&](spec::NeuralNetworkLayer& layer) {
    auto& params = *layer.mutable_convolution();
    const std::uint64_t kernel_channels = window.deconvolution ? in : in / window.groups;
    params.set_outputchannels(out);
    params.set_kernelchannels(kernel_channels);
    params.set_ngroups(window.groups);
    params.set_isdeconvolution(window.deconvolution);
    for (int i = 0; i < 2; ++i) {
      params.add_kernelsize(window.kernel);
      params.add_stride(window.stride);
      params.add_dilationfactor(window.dilation);
    }
    if (window.same_padding) {
      params.mutable_same();
    } else {
      params.mutable_valid();
    }
    const std::uint64_t taps = window.kernel * window.kernel;
    const std::uint64_t count = (window.deconvolution ? in * (out / window.groups) : out * kernel_channels) * taps;
    fill_random(*params.mutable_weights(), count, 1.7F / std::sqrt(static_cast<float>(in / window.groups * taps)));
    params.set_hasbias(window.bias);
    if (window.bias) fill_random(*params.mutable_bias(), out, 0.1F);
  });
}

ModelBuilder& ModelBuilder::pooling(const std::string& name, const Window& window,
                                    spec::PoolingLayerParams::PoolingType type) {
  return layer(name, [&](spec::NeuralNetworkLayer& layer) {
    auto& params = *layer.mutable_pooling();
    params.set_type(type);
    for (int i = 0; i < 2; ++i) {
      params.add_kernelsize(window.kernel);
      params.add_stride(window.stride);
    }
    if (window.same_padding) {
      params.mutable_same();
    } else {
      params.mutable_valid();
    }
  });
}

ModelBuilder& ModelBuilder::global_pooling(const std::string& name) {
  return layer(name, [&](spec::NeuralNetworkLayer& layer) {
    layer.mutable_pooling()->set_type(spec::PoolingLayerParams::AVERAGE);
    layer.mutable_pooling()->set_globalpooling(true);
    layer.mutable_pooling()->mutable_valid();
  });
}

ModelBuilder& ModelBuilder::activation(const std::string& name) {
  return layer(name, [](spec::NeuralNetworkLayer& layer) { layer.mutable_activation()->mutable_relu(); });
}

ModelBuilder& ModelBuilder::batchnorm(const std::string& name, std::uint64_t channels) {
  return layer(name, [&](spec::NeuralNetworkLayer& layer) {
    auto& params = *layer.mutable_batchnorm();
    params.set_channels(channels);
    params.set_epsilon(1e-4F);
    fill_random(*params.mutable_gamma(), channels);
    fill_random(*params.mutable_beta(), channels);
    fill_random(*params.mutable_mean(), channels);
    fill_random(*params.mutable_variance(), channels, 0.5F);
    for (float& variance : *params.mutable_variance()->mutable_floatvalue()) variance += 1;
  });
}

ModelBuilder& ModelBuilder::inner_product(const std::string& name, std::uint64_t in, std::uint64_t out, bool bias) {
  return layer(name, [&](spec::NeuralNetworkLayer& layer) {
    auto& params = *layer.mutable_innerproduct();
    params.set_inputchannels(in);
    params.set_outputchannels(out);
    params.set_hasbias(bias);
    fill_random(*params.mutable_weights(), in * out, 1.7F / std::sqrt(static_cast<float>(in)));
    if (bias) fill_random(*params.mutable_bias(), out, 0.1F);
  });
}

ModelBuilder& ModelBuilder::flatten(const std::string& name) {
  return layer(name, [](spec::NeuralNetworkLayer& layer) { layer.mutable_flatten(); });
}

ModelBuilder& ModelBuilder::softmax(const std::string& name) {
  return layer(name, [](spec::NeuralNetworkLayer& layer) { layer.mutable_softmax(); });
}

ModelBuilder& ModelBuilder::layer(const std::string& name, const FillLayer& fill) {
  return layer(name, {current_}, {name}, fill);
}

ModelBuilder& ModelBuilder::layer(const std::string& name, const std::vector<std::string>& inputs,
                                  const std::vector<std::string>& outputs, const FillLayer& fill) {
  spec::NeuralNetworkLayer& layer = *network().add_layers();
  layer.set_name(name);
  for (const std::string& input : inputs) layer.add_input(input);
  for (const std::string& output : outputs) layer.add_output(output);
  fill(layer);
  if (!outputs.empty()) continue_from(outputs.front());
  return *this;
}

ModelBuilder& ModelBuilder::continue_from(const std::string& blob) {
  current_ = blob;
  return *this;
}

ModelBuilder& ModelBuilder::output(const std::string& blob, const std::vector<std::int64_t>& shape) {
  spec::FeatureDescription& feature = *model_.mutable_description()->add_output();
  feature.set_name(blob);
  feature.mutable_type()->mutable_multiarraytype()->set_datatype(spec::ArrayFeatureType::FLOAT32);
  for (const std::int64_t dim : shape) feature.mutable_type()->mutable_multiarraytype()->add_shape(dim);
  return *this;
}

ModelBuilder& ModelBuilder::classifier(const std::vector<std::string>& labels) {
  labels_ = labels;
  return *this;
}

ModelBuilder& ModelBuilder::mean_image(const std::vector<float>& values) {
  spec::NeuralNetworkPreprocessing& preprocessing = *network().add_preprocessing();
  preprocessing.set_featurename(model_.description().input(0).name());
  preprocessing.mutable_meanimage()->mutable_meanimage()->Add(values.begin(), values.end());
  return *this;
}

ModelBuilder& ModelBuilder::scaler(float scale, float blue, float green, float red) {
  spec::NeuralNetworkPreprocessing& preprocessing = *network().add_preprocessing();
  preprocessing.set_featurename(model_.description().input(0).name());
  preprocessing.mutable_scaler()->set_channelscale(scale);
  preprocessing.mutable_scaler()->set_bluebias(blue);
  preprocessing.mutable_scaler()->set_greenbias(green);
  preprocessing.mutable_scaler()->set_redbias(red);
  preprocessing.mutable_scaler()->set_graybias(blue);
  return *this;
}

spec::Model ModelBuilder::build() {
  spec::Model model = model_;
  spec::ModelDescription& description = *model.mutable_description();
  if (!labels_.empty()) {
    spec::NeuralNetworkClassifier classifier;
    classifier.mutable_layers()->CopyFrom(model.neuralnetwork().layers());
    classifier.mutable_preprocessing()->CopyFrom(model.neuralnetwork().preprocessing());
    classifier.set_arrayinputshapemapping(model.neuralnetwork().arrayinputshapemapping());
    classifier.set_imageinputshapemapping(model.neuralnetwork().imageinputshapemapping());
    for (const std::string& label : labels_) classifier.mutable_stringclasslabels()->add_vector(label);
    classifier.set_labelprobabilitylayername(current_);
    *model.mutable_neuralnetworkclassifier() = std::move(classifier);
    spec::FeatureDescription& label = *description.add_output();
    label.set_name("label");
    label.mutable_type()->mutable_stringtype();
    spec::FeatureDescription& scores = *description.add_output();
    scores.set_name("scores");
    scores.mutable_type()->mutable_dictionarytype()->mutable_stringkeytype();
    description.set_predictedfeaturename("label");
    description.set_predictedprobabilitiesname("scores");
  } else if (description.output().empty()) {
    spec::FeatureDescription& feature = *description.add_output();
    feature.set_name(current_);
    feature.mutable_type()->mutable_multiarraytype()->set_datatype(spec::ArrayFeatureType::FLOAT32);
  }
  model.set_specificationversion(model::required_specification_version(model));
  return model;
}

spec::Model pipeline_of_models(const std::vector<spec::Model>& models) {
  spec::Model outer;
  for (const spec::Model& inner : models) *outer.mutable_pipeline()->add_models() = inner;
  *outer.mutable_description()->mutable_input() = models.front().description().input();
  *outer.mutable_description()->mutable_output() = models.back().description().output();
  int version = model::required_specification_version(outer);
  for (const spec::Model& inner : models) version = std::max(version, inner.specificationversion());
  outer.set_specificationversion(version);
  return outer;
}

}  // namespace goldilocks::testing
