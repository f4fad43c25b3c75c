#include "core/formats/neural_network/stored_weights.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

namespace spec = ::CoreML::Specification;
using testing::ModelBuilder;

// Two layers of 512 and 1,024 weights with biases.
spec::Model two_layers() {
  return ModelBuilder(1).array_input("x", {16}).inner_product("a", 16, 32).inner_product("b", 32, 32).build();
}

spec::WeightParams& weights(spec::Model& model, int layer) {
  return *model.mutable_neuralnetwork()->mutable_layers(layer)->mutable_innerproduct()->mutable_weights();
}

void store(spec::WeightParams& params, int bits, bool table) {
  const int count = params.floatvalue_size();
  params.Clear();
  params.set_rawvalue(std::string(static_cast<std::size_t>(count * bits / 8), '\0'));
  params.mutable_quantization()->set_numberofbits(static_cast<std::uint64_t>(bits));
  if (table) {
    params.mutable_quantization()->mutable_lookuptablequantization()->add_floatvalue(0);
  } else {
    params.mutable_quantization()->mutable_linearquantization()->add_scale(1);
  }
}

void store_as_float16(spec::WeightParams& params) {
  const int count = params.floatvalue_size();
  params.Clear();
  params.set_float16value(std::string(static_cast<std::size_t>(2 * count), '\0'));
}

void expect(const spec::Model& model, std::uint32_t bits, const std::string& form) {
  const formats::StoredWeights stored = stored_weights(model);
  EXPECT_EQ(stored.bits, bits);
  EXPECT_EQ(stored.form, form);
}

TEST(StoredWeights, AreFloat32AsTrained) { expect(two_layers(), 32, "float32"); }

TEST(StoredWeights, AreWhatAllWeightsAreThoughBiasesAreLeft) {
  spec::Model model = two_layers();
  for (const int layer : {0, 1}) store(weights(model, layer), 4, true);
  expect(model, 4, "4 bit table");
  model = two_layers();
  for (const int layer : {0, 1}) store(weights(model, layer), 8, false);
  expect(model, 8, "8 bit linear");
  model = two_layers();
  for (const int layer : {0, 1}) store_as_float16(weights(model, layer));
  expect(model, 16, "float16");
}

TEST(StoredWeights, OfSeveralWidthsAreMixed) {
  spec::Model model = two_layers();
  store(weights(model, 0), 8, true);
  store(weights(model, 1), 4, false);
  expect(model, 0, "mixed 4-8 bits");
  model = two_layers();
  store(weights(model, 1), 4, true);
  expect(model, 0, "mixed 4-32 bits");  // a third of the weights is left as it was
}

TEST(StoredWeights, OfOneWidthInTwoWaysAreBoth) {
  spec::Model model = two_layers();
  store(weights(model, 0), 8, true);
  store(weights(model, 1), 8, false);
  expect(model, 8, "8 bits, linear and table");
}

TEST(StoredWeights, LeaveAFewFloatingPointValuesAside) {
  ModelBuilder builder(1);
  spec::Model model = builder.array_input("x", {4}).inner_product("a", 4, 4).inner_product("b", 4, 128).build();
  store(weights(model, 1), 6, true);
  expect(model, 6, "6 bit table");  // 16 of 528
}

TEST(StoredWeights, OfNothingButVectorsAreTheirs) {
  spec::Model model = ModelBuilder(1).array_input("x", {4, 1, 1}).batchnorm("n", 4).build();
  expect(model, 32, "float32");
}

TEST(StoredWeights, OfAPipelineAreThoseOfItsModels) {
  spec::Model quantized = two_layers();
  for (const int layer : {0, 1}) store(weights(quantized, layer), 4, true);
  expect(testing::pipeline_of_models({quantized}), 4, "4 bit table");
  spec::Model scaler;
  scaler.mutable_scaler();
  expect(scaler, 32, "");
}

}  // namespace
}  // namespace goldilocks::model
