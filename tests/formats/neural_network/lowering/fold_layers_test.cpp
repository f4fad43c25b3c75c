// Layers folded into the one before them: what is left computes the same.
#include <gmock/gmock.h>

#include "core/formats/coreml/model_file.hpp"
#include "tests/formats/neural_network/lowering/fold_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::ElementsAre;

// An image of 4 channels, or in exact shapes a batch of two of them.
const Layer& layer_at(const spec::Model& model, int index) { return (*model::network_of(model).layers)[index]; }

TEST(FoldLayers, TheSmallestCaseByEye) {
  // 3 x + 1, then 2 y - 5: 6 x - 3.
  ModelBuilder builder;
  builder.array_input("in", {1, 1, 1})
      .layer("conv",
             [](Layer& layer) {
               auto& params = *layer.mutable_convolution();
               params.set_outputchannels(1);
               params.set_kernelchannels(1);
               params.set_ngroups(1);
               for (int i = 0; i < 2; ++i) params.add_kernelsize(1);
               params.mutable_valid();
               set_weights(*params.mutable_weights(), {3});
               params.set_hasbias(true);
               set_weights(*params.mutable_bias(), {1});
             })
      .layer("scale", [](Layer& layer) {
        auto& params = *layer.mutable_scale();
        params.add_shapescale(1);
        set_weights(*params.mutable_scale(), {2});
        params.set_hasbias(true);
        params.add_shapebias(1);
        set_weights(*params.mutable_bias(), {-5});
      });
  spec::Model model = builder.output("scale").build();
  const std::vector<model::PassNote> notes = model::fold_layers(model, {});
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].layer, "scale");
  EXPECT_EQ(notes[0].text, "scale folded into convolution 'conv'");
  ASSERT_THAT(layer_names(model), ElementsAre("conv"));
  EXPECT_EQ(layer_at(model, 0).output(0), "scale");
  EXPECT_THAT(layer_at(model, 0).convolution().weights().floatvalue(), ElementsAre(6));
  EXPECT_THAT(layer_at(model, 0).convolution().bias().floatvalue(), ElementsAre(-3));
}

// Every foldable layer behind every layer that can take it, with and without a bias, in both kinds of networks.
struct Pattern {
  std::string name;
  ModelBuilder::FillLayer fill;  // on 6 channels
};

std::vector<Pattern> patterns() {
  std::vector<Pattern> all;
  for (const std::vector<std::uint64_t>& shape :
       std::vector<std::vector<std::uint64_t>>{{1}, {6}, {6, 1, 1}, {1, 1, 1}}) {
    all.push_back({"bias", bias_of(5, shape)});
    all.push_back({"scale", scale_of(7, shape)});
    all.push_back({"scale and bias", scale_of(9, shape, {6})});
    all.push_back({"scale and one bias", scale_of(11, shape, {1})});
  }
  return all;
}

void expect_folded(const std::function<void(ModelBuilder&)>& first, bool exact) {
  for (const Pattern& pattern : patterns()) {
    ModelBuilder builder = fold_input(3, exact);
    first(builder);
    spec::Model model = builder.layer("last", pattern.fill).output("last").build();
    EXPECT_THAT(expect_same_when_folded(model), ElementsAre("first")) << pattern.name;
  }
  ModelBuilder builder = fold_input(3, exact);
  first(builder);
  spec::Model model = builder.batchnorm("last", 6).output("last").build();
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("first")) << "batchnorm";
}

TEST(FoldLayers, IntoConvolutions) {
  for (const bool exact : {false, true}) {
    for (const bool bias : {false, true}) {
      for (const std::uint64_t groups : {1U, 2U}) {
        for (const bool deconvolution : {false, true}) {
          SCOPED_TRACE(::testing::Message() << exact << bias << groups << deconvolution);
          const Window window{
              .stride = 2, .same_padding = bias, .groups = groups, .deconvolution = deconvolution, .bias = bias};
          expect_folded([&](ModelBuilder& builder) { builder.convolution("first", 4, 6, window); }, exact);
        }
      }
    }
  }
}

TEST(FoldLayers, IntoDepthwiseConvolutionsAndTransposedOnes) {
  for (const bool deconvolution : {false, true}) {
    ModelBuilder builder = fold_input();
    spec::Model model =
        builder.convolution("first", 4, 8, {.groups = 4, .deconvolution = deconvolution}).batchnorm("last", 8).build();
    EXPECT_THAT(expect_same_when_folded(model), ElementsAre("first"));
  }
}

TEST(FoldLayers, IntoADeconvolutionOfAGivenShape) {
  ModelBuilder builder = fold_input();
  builder.convolution("first", 4, 6, {.kernel = 2, .stride = 3, .deconvolution = true}).batchnorm("last", 6);
  spec::Model model = builder.build();
  auto& params = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution();
  for (const std::uint64_t size : {13U, 16U}) params.add_outputshape(size);
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("first"));
}

TEST(FoldLayers, IntoInnerProducts) {
  for (const bool exact : {false, true}) {
    for (const bool bias : {false, true}) {
      expect_folded([&](ModelBuilder& builder) { builder.inner_product("first", 4 * 5 * 6, 6, bias); }, exact);
    }
  }
}

TEST(FoldLayers, IntoBatchnormsAndScales) {
  const auto widened = [](ModelBuilder& builder) {
    builder.layer("upsample", [](Layer& layer) { layer.mutable_activation()->mutable_relu(); });
  };
  for (const std::vector<std::uint64_t>& shape : std::vector<std::vector<std::uint64_t>>{{4}, {1}, {4, 1, 1}}) {
    for (const bool bias : {false, true}) {
      const auto own_bias = bias ? shape : std::vector<std::uint64_t>{};
      for (const auto& last : {scale_of(21, shape, own_bias), bias_of(23, shape), scale_of(25, {4}, {1})}) {
        ModelBuilder scaled = fold_input();
        widened(scaled);
        spec::Model scales =
            scaled.layer("first", scale_of(27, shape, own_bias)).layer("last", last).output("last").build();
        EXPECT_THAT(expect_same_when_folded(scales), ElementsAre("upsample", "first"));
        ModelBuilder normal = fold_input();
        widened(normal);
        spec::Model batchnorms = normal.batchnorm("first", 4).layer("last", last).output("last").build();
        EXPECT_THAT(expect_same_when_folded(batchnorms), ElementsAre("upsample", "first"));
      }
      ModelBuilder both = fold_input();
      widened(both);
      spec::Model model = both.layer("first", scale_of(27, shape, own_bias)).batchnorm("last", 4).build();
      EXPECT_THAT(expect_same_when_folded(model), ElementsAre("upsample", "first"));
    }
  }
}

TEST(FoldLayers, AnEpsilonOfZeroCountsAs1em5) {
  ModelBuilder builder = fold_input();
  spec::Model model = builder.convolution("first", 4, 6).batchnorm("last", 6).build();
  auto& params = *model.mutable_neuralnetwork()->mutable_layers(1)->mutable_batchnorm();
  params.set_epsilon(0);
  set_weights(*params.mutable_variance(), {0, 1e-6F, 1e-5F, 1, 0, 0});
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("first"));
}

TEST(FoldLayers, WholeChainsGoIntoTheFirst) {
  ModelBuilder builder = fold_input();
  spec::Model model = builder.convolution("conv", 4, 6, {.bias = false})
                          .batchnorm("norm", 6)
                          .layer("scale", scale_of(31, {6}, {6}))
                          .layer("bias", bias_of(33, {6}))
                          .activation("relu")
                          .inner_product("dense", 6 * 5 * 6, 7)
                          .layer("factor", scale_of(35, {1}))
                          .batchnorm("norm2", 7)
                          .build();
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("conv", "relu", "dense"));
}

TEST(FoldLayers, EachKindHasItsSwitch) {
  const auto left = [](const model::FoldSettings& settings) {
    ModelBuilder builder = fold_input();
    spec::Model model = builder.convolution("a", 4, 4)
                            .batchnorm("batchnorm", 4)
                            .convolution("b", 4, 4)
                            .layer("scale", scale_of(41, {4}))
                            .convolution("c", 4, 4)
                            .layer("bias", bias_of(43, {4}))
                            .output("bias")
                            .build();
    return expect_same_when_folded(model, settings);
  };
  EXPECT_THAT(left({}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(left({.batchnorm = false}), ElementsAre("a", "batchnorm", "b", "c"));
  EXPECT_THAT(left({.scale = false}), ElementsAre("a", "b", "scale", "c"));
  EXPECT_THAT(left({.bias = false}), ElementsAre("a", "b", "c", "bias"));
}

TEST(FoldLayers, Float16ParametersFoldAndAllComeOutAsFloat32) {
  for (int halves = 1; halves < 4; ++halves) {
    ModelBuilder builder = fold_input();
    spec::Model model = builder.convolution("conv", 4, 6).batchnorm("norm", 6).build();
    auto& conv = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution();
    auto& norm = *model.mutable_neuralnetwork()->mutable_layers(1)->mutable_batchnorm();
    if ((halves & 1) != 0) {
      make_half(*conv.mutable_weights());
      make_half(*conv.mutable_bias());
    }
    if ((halves & 2) != 0) {
      for (auto* params : {norm.mutable_gamma(), norm.mutable_beta(), norm.mutable_mean(), norm.mutable_variance()}) {
        make_half(*params);
      }
    }
    model.set_specificationversion(2);
    EXPECT_THAT(expect_same_when_folded(model), ElementsAre("conv"));
    EXPECT_EQ(conv.weights().floatvalue_size(), 6 * 4 * 9);
    EXPECT_EQ(conv.bias().floatvalue_size(), 6);
    EXPECT_TRUE(conv.weights().float16value().empty() && conv.bias().float16value().empty());
  }
}

// A bias alone leaves the weights' values, but not their form: the two may not differ.
TEST(FoldLayers, ABiasWidensFloat16WeightsBesideIt) {
  ModelBuilder builder = fold_input();
  spec::Model model =
      builder.convolution("conv", 4, 6, {.bias = false}).layer("bias", bias_of(45, {6})).output("bias").build();
  make_half(*model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_weights());
  model.set_specificationversion(2);
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("conv"));
  EXPECT_TRUE(layer_at(model, 0).convolution().weights().float16value().empty());
}

TEST(FoldLayers, AFloat16BatchnormTakesAScale) {
  ModelBuilder builder = fold_input();
  builder.layer("relu", [](Layer& layer) { layer.mutable_activation()->mutable_relu(); });
  spec::Model model = builder.batchnorm("norm", 4).layer("scale", scale_of(47, {4})).output("scale").build();
  auto& norm = *model.mutable_neuralnetwork()->mutable_layers(1)->mutable_batchnorm();
  for (auto* params : {norm.mutable_gamma(), norm.mutable_beta(), norm.mutable_mean(), norm.mutable_variance()}) {
    make_half(*params);
  }
  model.set_specificationversion(2);
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("relu", "norm"));
}

// What is folded may be quantized: its values are what the codes stand for.
TEST(FoldLayers, QuantizedParametersFoldIntoFloats) {
  ModelBuilder builder = fold_input();
  spec::Model model = builder.convolution("conv", 4, 6).layer("scale", scale_of(49, {6})).output("scale").build();
  make_coded(*model.mutable_neuralnetwork()->mutable_layers(1)->mutable_scale()->mutable_scale());
  model.set_specificationversion(3);
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("conv"));
}

// The network ends in its last layer's output, where a classifier doesn't name its scores.
TEST(FoldLayers, TheLastLayerStaysTheLast) {
  ModelBuilder builder = fold_input();
  builder.convolution("conv", 4, 3, {.kernel = 1})
      .continue_from("in")
      .activation("side")
      .layer("scale", {"conv"}, {"scale"}, scale_of(51, {3}))
      .output("side");
  spec::Model model = builder.output("scale").build();
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("side", "conv"));
  EXPECT_EQ(layer_at(model, 1).output(0), "scale");
}

TEST(FoldLayers, WhatLayersSayOfTheirShapesGoesAlong) {
  ModelBuilder builder = fold_input(3, true);
  spec::Model model = builder.convolution("conv", 4, 6).batchnorm("norm", 6).build();
  auto& layers = *model.mutable_neuralnetwork()->mutable_layers();
  const auto describe = [](spec::Tensor& tensor, std::initializer_list<std::int64_t> dims) {
    tensor.set_rank(4);
    tensor.mutable_dimvalue()->Assign(dims.begin(), dims.end());
  };
  describe(*layers[0].add_inputtensor(), {2, 4, 5, 6});
  describe(*layers[0].add_outputtensor(), {2, -1, 5, 6});
  describe(*layers[1].add_inputtensor(), {2, -1, 5, 6});
  describe(*layers[1].add_outputtensor(), {2, 6, 5, 6});
  EXPECT_THAT(expect_same_when_folded(model), ElementsAre("conv"));
  EXPECT_THAT(layer_at(model, 0).inputtensor(0).dimvalue(), ElementsAre(2, 4, 5, 6));
  EXPECT_THAT(layer_at(model, 0).outputtensor(0).dimvalue(), ElementsAre(2, 6, 5, 6));
}

// Random chains over all that can be folded, and things between that can't.
TEST(FoldLayers, RandomChainsStayTheSame) {
  int folded = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    ModelBuilder builder = fold_input(seed, seed % 2 == 1);
    std::int64_t channels = 4;
    std::int64_t plane = 5 * 6;
    const std::int64_t count = between(random, 3, 10);
    std::string last;
    for (std::int64_t number = 0; number < count; ++number) {
      last = "layer" + std::to_string(number);
      const auto c = static_cast<std::uint64_t>(channels);
      const std::vector<std::uint64_t> shapes[] = {{1}, {c}, {c, 1, 1}, {}};
      const auto shape = [&](std::int64_t last_shape) {
        return shapes[static_cast<std::size_t>(between(random, 0, last_shape))];
      };
      switch (between(random, 0, 7)) {
        case 0: {
          const std::int64_t groups = channels % 2 == 0 ? between(random, 1, 2) : 1;
          const std::int64_t outputs = groups * between(random, 1, 4);
          builder.convolution(last, c, static_cast<std::uint64_t>(outputs),
                              {.kernel = static_cast<std::uint64_t>(between(random, 1, 3)),
                               .same_padding = true,
                               .groups = static_cast<std::uint64_t>(groups),
                               .deconvolution = between(random, 0, 1) == 1,
                               .bias = between(random, 0, 1) == 1});
          channels = outputs;
          break;
        }
        case 1:
          builder.layer(last, [](Layer& layer) { layer.mutable_activation()->mutable_leakyrelu()->set_alpha(0.5F); });
          break;
        case 2:
        case 3:
          builder.batchnorm(last, c);
          break;
        case 4:
        case 5: {
          const auto scale = shape(2);
          builder.layer(last, scale_of(seed + 100, scale, shape(3)));
          break;
        }
        case 6: {
          const std::int64_t outputs = between(random, 1, 6);
          builder.inner_product(last, static_cast<std::uint64_t>(channels * plane), static_cast<std::uint64_t>(outputs),
                                between(random, 0, 1) == 1);
          channels = outputs;
          plane = 1;
          break;
        }
        default:
          builder.layer(last, bias_of(seed + 200, shape(2)));
      }
    }
    spec::Model model = builder.output(last).build();
    const std::size_t before = layer_names(model).size();
    SCOPED_TRACE(seed);
    folded += static_cast<int>(before - expect_same_when_folded(model).size());
    // Once is enough: nothing is left to fold.
    expect_untouched(model);
  }
  EXPECT_GT(folded, 200);
}

}  // namespace
}  // namespace goldilocks::testing
