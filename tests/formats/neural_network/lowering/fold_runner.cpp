#include "tests/formats/neural_network/lowering/fold_runner.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "core/base/half.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/weight_codec.hpp"

namespace goldilocks::testing {
namespace {

std::uint64_t product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t dim : shape) count *= dim;
  return count;
}

// Random, of magnitudes 0.5 to 1.5 where it multiplies.
std::vector<float> factors(std::uint64_t seed, std::uint64_t count) {
  std::vector<float> values = RandomFloats(seed).next(count);
  for (float& value : values) value += value < 0 ? -0.5F : 0.5F;
  return values;
}

std::vector<std::string> violations_of(const spec::Model& model) {
  std::vector<std::string> texts;
  for (const model::Violation& violation : model::validate(model)) texts.push_back(violation.text());
  return texts;
}

std::vector<std::vector<float>> random_inputs(const spec::Model& model) {
  std::vector<std::vector<float>> inputs;
  RandomFloats random(99);
  const std::shared_ptr<const Network> network = lowering::lower(model);
  for (const lowering::NetworkInput& input : network->inputs) {
    inputs.push_back(random.next(static_cast<std::size_t>(graph::element_count(input.dims))));
  }
  return inputs;
}

}  // namespace

ModelBuilder fold_input(std::uint64_t seed, bool exact) {
  ModelBuilder builder(seed);
  if (exact) {
    builder.array_input("in", {2, 4, 5, 6}).exact_shapes();
  } else {
    builder.array_input("in", {4, 5, 6});
  }
  return builder;
}

spec::Model pair_of_layers(const std::function<void(Layer& conv, Layer& norm)>& change) {
  spec::Model model = fold_input().convolution("conv", 4, 6).batchnorm("norm", 6).build();
  auto& layers = *model.mutable_neuralnetwork()->mutable_layers();
  if (change) change(layers[0], layers[1]);
  return model;
}

ModelBuilder::FillLayer scale_of(std::uint64_t seed, const std::vector<std::uint64_t>& shape,
                                 const std::vector<std::uint64_t>& bias_shape) {
  return [=](Layer& layer) {
    spec::ScaleLayerParams& params = *layer.mutable_scale();
    params.mutable_shapescale()->Assign(shape.begin(), shape.end());
    set_weights(*params.mutable_scale(), factors(seed, product(shape)));
    if (bias_shape.empty()) return;
    params.set_hasbias(true);
    params.mutable_shapebias()->Assign(bias_shape.begin(), bias_shape.end());
    set_weights(*params.mutable_bias(), RandomFloats(seed + 1).next(product(bias_shape)));
  };
}

ModelBuilder::FillLayer bias_of(std::uint64_t seed, const std::vector<std::uint64_t>& shape) {
  return [=](Layer& layer) {
    layer.mutable_bias()->mutable_shape()->Assign(shape.begin(), shape.end());
    set_weights(*layer.mutable_bias()->mutable_bias(), RandomFloats(seed).next(product(shape)));
  };
}

void make_half(spec::WeightParams& params) {
  const std::vector<float> values(params.floatvalue().begin(), params.floatvalue().end());
  model::store_float16(params, values, "test");
}

void make_coded(spec::WeightParams& params) {
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(params.floatvalue_size()));
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(i * 37 + 11);
  const float scale = 0.01F;
  const float bias = 0.1F;
  model::store_linear(params, codes, 8, std::span(&scale, 1), std::span(&bias, 1));
}

std::vector<std::string> layer_names(const spec::Model& model) {
  std::vector<std::string> names;
  for (const Layer& layer : *model::network_of(model).layers) names.push_back(layer.name());
  return names;
}

std::vector<std::string> expect_same_when_folded(spec::Model& model, const model::FoldSettings& settings) {
  EXPECT_THAT(violations_of(model), ::testing::IsEmpty());
  const int version = model.specificationversion();
  const std::vector<std::vector<float>> inputs = random_inputs(model);
  const std::vector<TestTensor> before = run_network(model, inputs);
  const std::size_t layers = layer_names(model).size();
  const std::vector<model::PassNote> notes = model::fold_layers(model, settings);
  EXPECT_THAT(violations_of(model), ::testing::IsEmpty());
  EXPECT_EQ(model.specificationversion(), version);
  EXPECT_EQ(layer_names(model).size() + notes.size(), layers);
  const std::vector<TestTensor> after = run_network(model, inputs);
  EXPECT_EQ(after.size(), before.size());
  for (std::size_t output = 0; output < before.size(); ++output) {
    EXPECT_EQ(after[output].dims, before[output].dims);
    float largest = 0;
    float difference = 0;
    for (std::size_t i = 0; i < before[output].values.size(); ++i) {
      largest = std::max(largest, std::abs(before[output].values[i]));
      difference = std::max(difference, std::abs(before[output].values[i] - after[output].values[i]));
    }
    EXPECT_LE(difference, 1e-5F * largest) << "output " << output;
    EXPECT_GT(largest, 0.01F) << "output " << output << " proves nothing";
  }
  return layer_names(model);
}

void expect_untouched(spec::Model model, const model::FoldSettings& settings) {
  const std::string before = model::serialize_model(model);
  const std::vector<model::PassNote> notes = model::fold_layers(model, settings);
  for (const model::PassNote& note : notes) ADD_FAILURE() << note.layer << ": " << note.text;
  EXPECT_EQ(model::serialize_model(model), before);
}

}  // namespace goldilocks::testing
