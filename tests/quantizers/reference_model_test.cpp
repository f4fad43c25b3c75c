// The functions on the reference network, against the files that others made of it.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/quantizers/bundled.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks {
namespace {

using plugins::QuantizedTensor;

struct NamedTensor {
  testing::WeightTensor tensor;
  bool is_vector = false;
};

// A model's weights as they are stored, by "layer.parameter".
using Stored = std::map<std::string, model::spec::WeightParams>;

void for_each_parameter(
    const model::spec::Model& model,
    const std::function<void(const std::string&, const model::WeightSlot<const model::spec::WeightParams>&)>& visit) {
  model::for_each_layer(*model::network_of(model).layers,
                        [&](const model::spec::NeuralNetworkLayer& layer, const std::string&) {
                          model::for_each_weight(layer, [&](const auto& slot) {
                            if (slot.enabled) visit(layer.name() + "." + std::string(slot.parameter), slot);
                          });
                        });
}

std::map<std::string, NamedTensor> tensors_of(const std::filesystem::path& path) {
  std::map<std::string, NamedTensor> tensors;
  const auto model = model::load_model(path);
  for_each_parameter(*model, [&](const std::string& name, const auto& slot) {
    tensors[name] = {{model::decode_weights(slot, name), slot.shape, slot.channels.axis}, slot.is_vector};
  });
  return tensors;
}

Stored stored_in(const std::filesystem::path& path) {
  Stored stored;
  const auto model = model::load_model(path);
  for_each_parameter(*model, [&](const std::string& name, const auto& slot) { stored[name] = *slot.params; });
  return stored;
}

std::string bytes_of(const model::spec::WeightParams& params) { return params.SerializeAsString(); }

void expect_same_bytes(const std::string& function, plugins::OptionValues options, int bits,
                       const std::filesystem::path& original, const std::filesystem::path& expected_file) {
  const auto tensors = tensors_of(original);
  const Stored expected = stored_in(expected_file);
  ASSERT_EQ(tensors.size(), 52U) << "26 convolutions with a bias each";
  ASSERT_EQ(expected.size(), tensors.size());
  for (const auto& [name, entry] : tensors) {
    const QuantizedTensor result = testing::quantize(function, entry.tensor, bits, options);
    model::spec::WeightParams params;
    if (result.form == weights::Kind::linear) {
      model::store_linear(params, result.codes, bits, result.scale, result.bias);
    } else {
      model::store_table(params, result.codes, bits, result.table);
    }
    EXPECT_TRUE(bytes_of(params) == bytes_of(expected.at(name))) << name;
  }
}

TEST(ReferenceModel, LinearAtEightBitsIsByteForByteTheReference) {
  GOLDILOCKS_REFERENCE_OR_SKIP(original, "models/food.mlmodel");
  GOLDILOCKS_REFERENCE_OR_SKIP(expected, "models/food_linear_8.mlmodel");
  expect_same_bytes("linear", {}, 8, original, expected);
}

TEST(ReferenceModel, LinearAtFourBitsIsByteForByteTheReference) {
  GOLDILOCKS_REFERENCE_OR_SKIP(original, "models/food.mlmodel");
  GOLDILOCKS_REFERENCE_OR_SKIP(expected, "models/food_linear_4.mlmodel");
  expect_same_bytes("linear", {}, 4, original, expected);
}

TEST(ReferenceModel, HalfOpenLinearLutAtFourBitsIsByteForByteTheReference) {
  GOLDILOCKS_REFERENCE_OR_SKIP(original, "models/food.mlmodel");
  GOLDILOCKS_REFERENCE_OR_SKIP(expected, "models/food_linear_lut_4.mlmodel");
  expect_same_bytes("linear_lut", {{"range", std::string("half_open")}}, 4, original, expected);
}

double squared_error(const std::vector<float>& values, const std::vector<float>& others) {
  double error = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double difference = static_cast<double>(values[i]) - static_cast<double>(others[i]);
    error += difference * difference;
  }
  return error;
}

std::vector<float> restored(const QuantizedTensor& result) {
  std::vector<float> values;
  values.reserve(result.codes.size());
  for (const std::uint8_t code : result.codes) values.push_back(result.table[code]);
  return values;
}

TEST(ReferenceModel, KmeansReachesTheKnownOptimaAtEveryWidth) {
  GOLDILOCKS_REFERENCE_OR_SKIP(original, "models/food.mlmodel");
  const std::vector<double> optima{1092.45, 395.049, 127.137, 35.3956, 8.87122, 2.10137, 0.484465, 0.107799};
  std::vector<double> errors(optima.size(), 0.0);
  const auto quantizer = testing::bundled_quantizer("kmeans_lut");
  for (const auto& [name, entry] : tensors_of(original)) {
    if (entry.is_vector) continue;
    const auto weights = entry.tensor.weights();
    const auto task = quantizer->begin(weights);
    for (int bits = 8; bits >= 1; --bits) {
      errors[static_cast<std::size_t>(bits - 1)] += squared_error(entry.tensor.values, restored(task->quantize(bits)));
    }
  }
  for (std::size_t i = 0; i < optima.size(); ++i) {
    EXPECT_NEAR(errors[i], optima[i], 1e-5 * optima[i]) << i + 1 << " bits";
  }
}

TEST(ReferenceModel, KmeansIsNeverWorseThanTheReferenceInAnyTensor) {
  GOLDILOCKS_REFERENCE_OR_SKIP(original, "models/food.mlmodel");
  GOLDILOCKS_REFERENCE_OR_SKIP(reference, "models/food_kmeans_4.mlmodel");
  const auto theirs = tensors_of(reference);
  for (const auto& [name, entry] : tensors_of(original)) {
    const double error = squared_error(entry.tensor.values, restored(testing::quantize("kmeans_lut", entry.tensor, 4)));
    const double their_error = squared_error(entry.tensor.values, theirs.at(name).tensor.values);
    EXPECT_LE(error, their_error * (1 + 1e-12)) << name;
  }
}

}  // namespace
}  // namespace goldilocks
