// Quantizing and dequantizing by the bundled functions: what comes back are the values that codes, tables and scales in
// the quantized file say, read here bit by bit and independently of the program's own codec.
#include <bit>
#include <cmath>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "core/pipeline/quantization/quantize_model.hpp"
#include "tests/pipeline/fake_function.hpp"
#include "tests/quantizers/bundled.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using testing::ModelBuilder;

QuantizedMessage quantize_by(const coreml::Model& model, const std::string& function, int bits) {
  const plugins::QuantizerPlugin& plugin = testing::bundled_plugins().quantizer(function);
  plugins::OptionValues options;
  if (function == "python_lut") options["script"] = std::string(GOLDILOCKS_SOURCE_DIR "/tests/fuzz/evenly_spaced.py");
  const auto quantizer = plugin.create(plugins::complete_options(plugin.options, options));
  const WeightSource source = source_of(model);
  QuantizeRequest request;
  request.plugin = &plugin;
  request.quantizer = quantizer.get();
  request.keep = Keep::always;  // codes for small tensors, too
  request.settings = {{bits, ""}};
  ThreadPool pool(2);
  QuantizedMessage result;
  quantize_model(source, request, pool,
                 [&](std::size_t, QuantizedModel made) { result = message_of(std::move(made)); });
  if (result.failure) std::rethrow_exception(result.failure);
  return result;
}

// The code at a position: bits from the most significant one on, across byte borders.
unsigned code_at(const std::string& packed, std::uint64_t bits, std::size_t index) {
  unsigned code = 0;
  for (std::uint64_t bit = index * bits; bit < (index + 1) * bits; ++bit) {
    const auto byte = static_cast<unsigned char>(packed[bit / 8]);
    code = 2 * code + ((byte >> (7 - bit % 8)) & 1U);
  }
  return code;
}

float half_value(const std::string& halves, std::size_t index) {
  const unsigned half =
      static_cast<unsigned char>(halves[2 * index]) + 256U * static_cast<unsigned char>(halves[2 * index + 1]);
  const int exponent = static_cast<int>(half >> 10U & 31U);
  const int fraction = static_cast<int>(half & 1023U);
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return static_cast<float>((half & 0x8000U) != 0 ? -magnitude : magnitude);
}

std::vector<float> stated_values(const model::WeightSlot<const coreml::WeightParams>& slot) {
  const coreml::WeightParams& params = *slot.params;
  const std::size_t count = slot.count();
  if (params.floatvalue_size() > 0) return {params.floatvalue().begin(), params.floatvalue().end()};
  std::vector<float> values(count);
  const auto& linear = params.quantization().linearquantization();
  const auto& table = params.quantization().lookuptablequantization().floatvalue();
  const std::uint64_t bits = params.quantization().numberofbits();
  std::size_t inner = count;  // values that lie together and share a scale
  if (slot.channels.axis >= 0) {
    inner = 1;
    for (auto axis = static_cast<std::size_t>(slot.channels.axis) + 1; axis < slot.shape.size(); ++axis) {
      inner *= static_cast<std::size_t>(slot.shape[axis]);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!params.float16value().empty()) {
      values[i] = half_value(params.float16value(), i);
    } else if (!params.int8rawvalue().empty()) {
      values[i] =
          static_cast<float>(static_cast<signed char>(params.int8rawvalue()[i]) * static_cast<double>(linear.scale(0)));
    } else if (!table.empty()) {
      values[i] = table[static_cast<int>(code_at(params.rawvalue(), bits, i))];
    } else {
      const int channel =
          linear.scale_size() == 1 ? 0 : static_cast<int>(i / inner % static_cast<std::size_t>(slot.channels.channels));
      values[i] = static_cast<float>(code_at(params.rawvalue(), bits, i) * static_cast<double>(linear.scale(channel)) +
                                     static_cast<double>(linear.bias(channel)));
    }
  }
  return values;
}

// All weights of a model, by layer and parameter; `stated` reads them as they are stored.
std::map<std::string, std::vector<float>> weights_of(const coreml::Model& model) {
  std::map<std::string, std::vector<float>> weights;
  for (const coreml::NeuralNetworkLayer& layer : model.neuralnetwork().layers()) {
    model::for_each_weight(layer, [&](const auto& slot) {
      if (slot.enabled) weights[layer.name() + "." + slot.parameter] = stated_values(slot);
    });
  }
  return weights;
}

void expect_same_bits(const std::map<std::string, std::vector<float>>& left,
                      const std::map<std::string, std::vector<float>>& right) {
  ASSERT_EQ(left.size(), right.size());
  for (const auto& [name, values] : left) {
    ASSERT_EQ(values.size(), right.at(name).size()) << name;
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]), std::bit_cast<std::uint32_t>(right.at(name)[i]))
          << name << " at " << i << ": " << values[i] << " and " << right.at(name)[i];
    }
  }
}

// One scale for each channel along axis 0 and axis 1, one for all, matrices, vectors.
coreml::Model many_layers() {
  return ModelBuilder(3)
      .image_input("image", 8, 8)
      .convolution("conv", 3, 4)
      .convolution("up", 4, 6, {.kernel = 2, .stride = 2, .deconvolution = true})
      .convolution("grouped", 6, 4, {.kernel = 2, .groups = 2, .deconvolution = true})
      .batchnorm("norm", 4)
      .inner_product("dense", 1024, 5)
      .inner_product("plain", 5, 7, false)
      .build();
}

void expect_round_trip(const coreml::Model& model, const std::string& function, int bits) {
  SCOPED_TRACE(function + " at " + std::to_string(bits));
  const QuantizedMessage quantized = quantize_by(model, function, bits);
  ASSERT_TRUE(quantized.changed);
  EXPECT_TRUE(model::validate(*quantized.model).empty());
  const QuantizedMessage back = quantize_by(*quantized.model, "dequantize", 0);
  ASSERT_TRUE(back.changed);
  EXPECT_TRUE(model::validate(*back.model).empty());
  for (const TensorReport& tensor : back.tensors) {
    EXPECT_EQ(tensor.after, "float32") << tensor.layer << "." << tensor.parameter;
    EXPECT_EQ(tensor.squared_error, 0);
  }
  for (const coreml::NeuralNetworkLayer& layer : back.model->neuralnetwork().layers()) {
    EXPECT_FALSE(layer.innerproduct().int8dynamicquantize());
    model::for_each_weight(layer, [](const auto& slot) { EXPECT_FALSE(slot.params->has_quantization()); });
  }
  expect_same_bits(weights_of(*quantized.model), weights_of(*back.model));
}

TEST(RoundTrip, EveryFunctionAtEveryWidthGivesBackWhatTheFileSays) {
  const coreml::Model model = many_layers();
  for (const char* function : {"linear", "linear_symmetric", "linear_lut", "kmeans_lut", "int8_dynamic"}) {
    for (const int bits : testing::bundled_plugins().quantizer(function).widths) {
      expect_round_trip(model, function, bits);
    }
  }
}

TEST(RoundTrip, SoDoesAPythonFunctionAtEveryWidth) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2> /dev/null") != 0) {
    GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
  }
  const coreml::Model model = many_layers();
  for (const int bits : testing::bundled_plugins().quantizer("python_lut").widths) {
    expect_round_trip(model, "python_lut", bits);
  }
}

TEST(RoundTrip, UniqueLutLosesNothing) {
  coreml::Model model = many_layers();
  // Weights that were rounded once have few distinct values.
  const QuantizedMessage rounded = quantize_by(*quantize_by(model, "kmeans_lut", 4).model, "dequantize", 0);
  const QuantizedMessage unique = quantize_by(*rounded.model, "unique_lut", 0);
  ASSERT_TRUE(unique.changed);
  EXPECT_TRUE(model::validate(*unique.model).empty());
  expect_same_bits(weights_of(*rounded.model), weights_of(*unique.model));
  bool smaller = false;
  for (const TensorReport& tensor : unique.tensors) {
    EXPECT_EQ(tensor.squared_error, 0);
    EXPECT_LE(tensor.bytes_after, tensor.bytes_before);
    smaller = smaller || tensor.bytes_after < tensor.bytes_before;
    EXPECT_TRUE(tensor.bytes_after < tensor.bytes_before || !tensor.note.empty()) << tensor.layer;
  }
  EXPECT_TRUE(smaller);
  EXPECT_LT(unique.model->ByteSizeLong(), rounded.model->ByteSizeLong());
  expect_round_trip(*rounded.model, "unique_lut", 0);
}

// Codes, a table, halves and int8 side by side in one file.
TEST(RoundTrip, AnyMixtureOfFormsIsDequantized) {
  coreml::Model model = many_layers();
  const auto take_layer = [&](int index, const std::string& function, int bits) {
    const QuantizedMessage other = quantize_by(many_layers(), function, bits);
    *model.mutable_neuralnetwork()->mutable_layers(index) = other.model->neuralnetwork().layers(index);
  };
  take_layer(0, "linear", 3);
  take_layer(1, "kmeans_lut", 5);
  take_layer(2, "linear", 16);
  take_layer(3, "linear_symmetric", 8);
  take_layer(5, "int8_dynamic", 8);
  model.set_specificationversion(5);
  const QuantizedMessage back = quantize_by(model, "dequantize", 0);
  expect_same_bits(weights_of(model), weights_of(*back.model));
  for (const TensorReport& tensor : back.tensors) EXPECT_EQ(tensor.after, "float32");
}

}  // namespace
}  // namespace goldilocks::pipeline
