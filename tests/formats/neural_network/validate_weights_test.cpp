#include <functional>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/formats/coreml/broken_rules.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;
using testing::ModelBuilder;

// A convolution of 3 to 4 channels by 2 x 2: 48 weights, 4 biases.
spec::Model changed(const std::function<void(spec::ConvolutionLayerParams&)>& change) {
  spec::Model model = ModelBuilder().image_input("image", 4, 4).convolution("conv", 3, 4, {.kernel = 2}).build();
  change(*model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution());
  model.set_specificationversion(5);
  return model;
}

const std::vector<std::uint8_t> codes(48, 1);

void make_linear(spec::ConvolutionLayerParams& params, std::size_t scales, std::size_t biases) {
  store_linear(*params.mutable_weights(), codes, 4, std::vector<float>(scales, 1),
               biases == 0 ? std::vector<float>() : std::vector<float>(scales, 0));
}

TEST(WeightRules, EveryStorageFormOfAConvolutionIsAccepted) {
  expect_valid(changed([](auto&) {}), "float32");
  expect_valid(changed([](auto& p) {
                 store_float16(*p.mutable_weights(), std::vector<float>(48, 1), "x");
                 store_float16(*p.mutable_bias(), std::vector<float>(4, 1), "x");
               }),
               "float16");
  expect_valid(changed([](auto& p) { make_linear(p, 1, 1); }), "one scale");
  expect_valid(changed([](auto& p) { make_linear(p, 4, 4); }), "a scale per channel");
  expect_valid(changed([](auto& p) { make_linear(p, 4, 0); }), "no biases");
  expect_valid(changed([](auto& p) { store_table(*p.mutable_weights(), codes, 4, std::vector<float>(16, 1)); }),
               "a table");
}

TEST(WeightRules, LengthsMustFit) {
  expect_only(changed([](auto& p) { p.mutable_weights()->add_floatvalue(1); }), "weights.count");
  expect_only(changed([](auto& p) { p.mutable_bias()->add_floatvalue(1); }), "weights.count");
  expect_only(changed([](auto& p) {
                store_table(*p.mutable_weights(), std::vector<std::uint8_t>(46), 4, std::vector<float>(16, 1));
              }),
              "weights.count");
  expect_only(changed([](auto& p) {
                p.set_outputchannels(UINT64_MAX);
                p.set_hasbias(false);
              }),
              "weights.count", "a shape that overflows");
}

TEST(WeightRules, MoreCodesThanNeededPass) {
  expect_valid(changed(
      [](auto& p) { store_table(*p.mutable_weights(), std::vector<std::uint8_t>(60), 4, std::vector<float>(16, 1)); }));
}

TEST(WeightRules, QuantizationMustBeWhole) {
  const auto quantized = [](const std::function<void(spec::WeightParams&)>& change) {
    return changed([&](auto& p) {
      make_linear(p, 1, 1);
      change(*p.mutable_weights());
    });
  };
  expect_only(quantized([](auto& w) { w.mutable_quantization()->set_numberofbits(9); }), "weights.bits");
  expect_only(quantized([](auto& w) { w.mutable_quantization()->clear_linearquantization(); }), "weights.quantization");
  expect_only(quantized([](auto& w) { w.clear_quantization(); }), "weights.quantization");
  expect_only(quantized([](auto& w) { w.mutable_quantization()->mutable_lookuptablequantization(); }), "weights.table");
  expect_only(quantized([](auto& w) { w.add_floatvalue(1); }), "weights.ambiguous");
  expect_only(changed([](auto& p) { make_linear(p, 3, 3); }), "weights.scales");
  expect_only(quantized([](auto& w) {
                w.mutable_quantization()->mutable_linearquantization()->clear_scale();
                w.mutable_quantization()->mutable_linearquantization()->clear_bias();
              }),
              "weights.scales");
  expect_only(quantized([](auto& w) { w.mutable_quantization()->mutable_linearquantization()->add_bias(1); }),
              "weights.biases");
}

TEST(WeightRules, WeightsMustBeThereUnlessTheyAreOff) {
  expect_only(changed([](auto& p) { p.clear_weights(); }), "weights.missing");
  expect_only(changed([](auto& p) { p.clear_bias(); }), "weights.missing");
  expect_valid(changed([](auto& p) {
                 p.clear_bias();
                 p.set_hasbias(false);
               }),
               "no bias");
  expect_valid(changed([](auto& p) {
                 p.mutable_bias()->add_floatvalue(1);
                 p.set_hasbias(false);
               }),
               "a bias of the wrong length that is off");
}

TEST(WeightRules, FloatTypesDoNotMix) {
  expect_only(changed([](auto& p) { store_float16(*p.mutable_bias(), std::vector<float>(4, 1), "x"); }),
              "weights.mixed");
  expect_valid(changed([](auto& p) {
                 make_linear(p, 1, 1);
                 store_float16(*p.mutable_bias(), std::vector<float>(4, 1), "x");
               }),
               "codes go with either");
}

TEST(WeightRules, ValuesMustBeNumbers) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  expect_only(changed([](auto& p) { p.mutable_weights()->set_floatvalue(7, nan); }), "weights.finite");
  expect_only(changed([](auto& p) { p.mutable_bias()->set_floatvalue(3, -infinity); }), "weights.finite");
  expect_only(changed([](auto& p) {
                std::vector<float> table(16, 1);
                table[15] = nan;
                store_table(*p.mutable_weights(), codes, 4, table);
              }),
              "weights.finite");
  expect_only(changed([](auto& p) {
                p.set_hasbias(false);
                store_float16(*p.mutable_weights(), std::vector<float>(48, 1), "x");
                (*p.mutable_weights()->mutable_float16value())[2] = '\x00';
                (*p.mutable_weights()->mutable_float16value())[3] = '\x7C';
              }),
              "weights.finite", "an infinite half");
}

TEST(WeightRules, AConstantMayBeInfiniteAndNotNaN) {
  const auto constant = [](std::vector<float> values) {
    return ModelBuilder()
        .image_input("image", 4, 4)
        .layer("mask", {}, {"mask"},
               [&](Layer& layer) {
                 for (const std::uint64_t dim : {1U, 1U, 3U}) layer.mutable_loadconstant()->add_shape(dim);
                 store_float32(*layer.mutable_loadconstant()->mutable_data(), values);
               })
        .build();
  };
  const float infinity = std::numeric_limits<float>::infinity();
  expect_valid(constant({0, -infinity, infinity}));
  expect_only(constant({0, -infinity, std::numeric_limits<float>::quiet_NaN()}), "weights.finite");
}

TEST(WeightRules, DynamicInt8IsForTheLayersThatSaySo) {
  const auto dense = [](const std::function<void(spec::InnerProductLayerParams&)>& change) {
    return ModelBuilder()
        .exact_shapes()
        .array_input("in", {4})
        .layer("dense",
               [&](Layer& layer) {
                 auto& params = *layer.mutable_innerproduct();
                 params.set_inputchannels(4);
                 params.set_outputchannels(2);
                 params.set_int8dynamicquantize(true);
                 store_int8(*params.mutable_weights(), std::vector<std::int8_t>(8, 1), 1);
                 change(params);
               })
        .build();
  };
  expect_valid(dense([](auto&) {}));
  expect_only(dense([](auto& p) { p.set_int8dynamicquantize(false); }), "weights.form");
  expect_only(dense([](auto& p) { store_float32(*p.mutable_weights(), std::vector<float>(8)); }), "weights.form");
  expect_only(dense([](auto& p) { p.clear_weights(); }), "weights.missing");
  expect_only(dense([](auto& p) { p.mutable_weights()->mutable_quantization()->set_numberofbits(7); }), "weights.int8");
  expect_only(dense([](auto& p) { p.mutable_weights()->mutable_int8rawvalue()->pop_back(); }), "weights.count");
}

TEST(WeightRules, LayersThatTakeFloatsOnlyRefuseCodes) {
  const auto normalized = [](const std::function<void(spec::WeightParams&)>& store) {
    return ModelBuilder()
        .exact_shapes()
        .array_input("in", {2, 2})
        .layer("norm",
               [&](Layer& layer) {
                 auto& params = *layer.mutable_layernormalization();
                 params.add_normalizedshape(2);
                 store_float32(*params.mutable_beta(), std::vector<float>(2));
                 store(*params.mutable_gamma());
               })
        .build();
  };
  expect_valid(normalized([](auto& w) { store_float32(w, std::vector<float>(2)); }));
  expect_only(normalized([](auto& w) { store_float16(w, std::vector<float>(2), "x"); }), "weights.form");
  expect_only(normalized([](auto& w) { store_table(w, std::vector<std::uint8_t>(2), 1, std::vector<float>(2)); }),
              "weights.form");
}

TEST(WeightRules, ASimpleRecurrentLayerWithCodesTakesAnyMixture) {
  const auto recurrent = [](const std::function<void(spec::SimpleRecurrentLayerParams&)>& change) {
    return ModelBuilder()
        .array_input("in", {1})
        .array_input("state", {1})
        .layer("rnn", {"in", "state"}, {"out", "next"},
               [&](Layer& layer) {
                 auto& params = *layer.mutable_simplerecurrent();
                 params.set_inputvectorsize(1);
                 params.set_outputvectorsize(1);
                 params.mutable_activation()->mutable_relu();
                 const std::vector<float> one{1};
                 store_float32(*params.mutable_weightmatrix(), one);
                 store_float32(*params.mutable_recursionmatrix(), one);
                 change(params);
               })
        .build();
  };
  const std::vector<float> one{1};
  expect_valid(recurrent([](auto&) {}));
  expect_only(recurrent([&](auto& p) { store_float16(*p.mutable_recursionmatrix(), one, "x"); }), "weights.mixed");
  expect_valid(recurrent([&](auto& p) {
    store_table(*p.mutable_recursionmatrix(), std::vector<std::uint8_t>(1), 1, std::vector<float>(2));
    p.set_hasbiasvector(true);
    store_float16(*p.mutable_biasvector(), one, "x");
  }));
}

TEST(WeightRules, ParametricSoftplusKeepsToOneForm) {
  const auto softplus = [](bool coded) {
    return ModelBuilder()
        .image_input("image", 4, 4)
        .layer("softplus",
               [&](Layer& layer) {
                 auto& params = *layer.mutable_activation()->mutable_parametricsoftplus();
                 store_float32(*params.mutable_alpha(), std::vector<float>(3, 1));
                 store_float32(*params.mutable_beta(), std::vector<float>(3, 1));
                 if (coded) store_table(*params.mutable_beta(), std::vector<std::uint8_t>(3), 1, std::vector<float>(2));
               })
        .build();
  };
  expect_valid(softplus(false));
  expect_only(softplus(true), "weights.mixed");
}

TEST(WeightRules, BatchnormStatisticsMayBeAbsentWhereTheyAreComputed) {
  const auto normalized = [](bool computed) {
    spec::Model model = ModelBuilder().image_input("image", 4, 4).batchnorm("norm", 3).build();
    auto& params = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_batchnorm();
    params.set_computemeanvar(computed);
    params.clear_mean();
    params.clear_variance();
    return model;
  };
  expect_valid(normalized(true));
  expect_only(normalized(false), "weights.missing");
}

}  // namespace
}  // namespace goldilocks::model
