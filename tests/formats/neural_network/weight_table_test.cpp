#include "core/formats/neural_network/weight_table.hpp"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Layer = spec::NeuralNetworkLayer;
using Slot = WeightSlot<const spec::WeightParams>;
using Shape = std::vector<std::int64_t>;

std::vector<Slot> slots(const Layer& layer) {
  std::vector<Slot> all;
  for_each_weight(layer, [&](const Slot& slot) { all.push_back(slot); });
  return all;
}

std::vector<std::string> names(const std::vector<Slot>& slots) {
  std::vector<std::string> all;
  for (const Slot& slot : slots) all.push_back(slot.parameter);
  return all;
}

TEST(WeightTable, ConvolutionHasOneChannelPerOutput) {
  Layer layer;
  layer.mutable_convolution()->set_outputchannels(8);
  layer.mutable_convolution()->set_kernelchannels(2);
  layer.mutable_convolution()->set_ngroups(3);
  const auto all = slots(layer);
  EXPECT_THAT(names(all), ElementsAre("weights", "bias"));
  EXPECT_EQ(all[0].shape, (Shape{8, 2, 3, 3})) << "an absent kernel size is 3 by 3";
  EXPECT_EQ(all[0].channels.axis, 0);
  EXPECT_EQ(all[0].channels.channels, 8);
  EXPECT_EQ(all[0].count(), 144U);
  EXPECT_TRUE(all[0].enabled);
  EXPECT_FALSE(all[1].enabled);
  EXPECT_TRUE(all[1].is_vector);
  EXPECT_EQ(all[1].channels.axis, -1);
}

TEST(WeightTable, DeconvolutionHasItsChannelsOnTheSecondAxis) {
  Layer layer;
  auto& params = *layer.mutable_convolution();
  params.set_isdeconvolution(true);
  params.set_outputchannels(8);
  params.set_kernelchannels(6);
  params.add_kernelsize(2);
  params.add_kernelsize(4);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{6, 8, 2, 4}));
  EXPECT_EQ(slots(layer)[0].channels.axis, 1);
  EXPECT_EQ(slots(layer)[0].channels.channels, 8);
  params.set_ngroups(2);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{6, 4, 2, 4}));
  EXPECT_EQ(slots(layer)[0].channels.axis, -1) << "how several scales map is not stated";
  EXPECT_EQ(slots(layer)[0].channels.channels, 1);
  EXPECT_EQ(slots(layer)[0].accepted_channels.channels, 8);
}

TEST(WeightTable, WeightsThatAreAnInputAreOff) {
  Layer layer;
  layer.mutable_convolution()->set_hasbias(true);
  layer.add_input("data");
  layer.add_input("kernel");
  for (const Slot& slot : slots(layer)) EXPECT_FALSE(slot.enabled) << slot.parameter;
}

TEST(WeightTable, DynamicInt8IsAcceptedWhereTheLayerSaysSoAndThenAlone) {
  Layer layer;
  layer.mutable_innerproduct()->set_inputchannels(3);
  layer.mutable_innerproduct()->set_outputchannels(5);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{5, 3}));
  EXPECT_EQ(slots(layer)[0].accepted & form_int8, 0U);
  layer.mutable_innerproduct()->set_int8dynamicquantize(true);
  EXPECT_EQ(slots(layer)[0].accepted, form_int8);
}

TEST(WeightTable, BatchedMatmulIsStoredTransposed) {
  Layer layer;
  layer.mutable_batchedmatmul()->set_weightmatrixfirstdimension(3);
  layer.mutable_batchedmatmul()->set_weightmatrixseconddimension(5);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{5, 3}));
  EXPECT_EQ(slots(layer)[0].channels.channels, 5);
  EXPECT_EQ(slots(layer)[1].shape, (Shape{5}));
}

TEST(WeightTable, EmbeddingsHaveAChannelPerFeature) {
  Layer layer;
  layer.mutable_embedding()->set_inputdim(100);
  layer.mutable_embedding()->set_outputchannels(7);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{7, 100}));
  layer.mutable_embeddingnd()->set_vocabsize(100);
  layer.mutable_embeddingnd()->set_embeddingsize(7);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{7, 100}));
  EXPECT_EQ(slots(layer)[0].channels.channels, 7);
}

TEST(WeightTable, BroadcastParametersAreOneChannelThoughTheFormatTakesMore) {
  Layer layer;
  for (const std::uint64_t dim : {4, 2, 3}) layer.mutable_scale()->add_shapescale(dim);
  layer.mutable_scale()->add_shapebias(1);
  const auto scale = slots(layer);
  EXPECT_THAT(names(scale), ElementsAre("scale", "bias"));
  EXPECT_EQ(scale[0].channels.channels, 1);
  EXPECT_EQ(scale[0].accepted_channels.channels, 4);
  EXPECT_EQ(scale[0].accepted_channels.axis, 0);
  EXPECT_EQ(scale[1].accepted_channels.channels, 1);
  EXPECT_FALSE(scale[1].enabled);
  for (const std::uint64_t dim : {1, 2, 3}) layer.mutable_loadconstant()->add_shape(dim);
  EXPECT_EQ(slots(layer)[0].accepted_channels.channels, 1);
  for (const std::uint64_t dim : {4, 2}) layer.mutable_loadconstantnd()->add_shape(dim);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{4, 2}));
  EXPECT_EQ(slots(layer)[0].accepted_channels.channels, 1);
}

TEST(WeightTable, BatchnormStatisticsAreOffWhereTheyAreComputed) {
  Layer layer;
  layer.mutable_batchnorm()->set_channels(4);
  EXPECT_THAT(names(slots(layer)), ElementsAre("gamma", "beta", "mean", "variance"));
  EXPECT_TRUE(slots(layer)[3].enabled);
  layer.mutable_batchnorm()->set_computemeanvar(true);
  EXPECT_TRUE(slots(layer)[0].enabled);
  EXPECT_FALSE(slots(layer)[2].enabled);
  EXPECT_FALSE(slots(layer)[3].enabled);
}

TEST(WeightTable, RecurrentLayersListEveryGateInFileOrder) {
  Layer layer;
  layer.mutable_simplerecurrent()->set_inputvectorsize(3);
  layer.mutable_simplerecurrent()->set_outputvectorsize(5);
  EXPECT_THAT(names(slots(layer)), ElementsAre("weightMatrix", "recursionMatrix", "biasVector"));
  EXPECT_EQ(slots(layer)[0].shape, (Shape{5, 3}));
  EXPECT_EQ(slots(layer)[1].shape, (Shape{5, 5}));
  layer.mutable_gru();
  EXPECT_EQ(slots(layer).size(), 9U);

  auto& lstm = *layer.mutable_unidirectionallstm();
  lstm.set_inputvectorsize(3);
  lstm.set_outputvectorsize(5);
  lstm.mutable_params()->set_haspeepholevectors(true);
  const auto one_way = slots(layer);
  ASSERT_EQ(one_way.size(), 15U);
  EXPECT_EQ(one_way[0].parameter, "inputGateWeightMatrix");
  EXPECT_EQ(one_way[0].channels.channels, 5);
  EXPECT_FALSE(one_way[8].enabled) << "biases are off";
  EXPECT_TRUE(one_way[12].enabled) << "peepholes are on";
  EXPECT_EQ(one_way[14].parameter, "outputGatePeepholeVector");

  layer.mutable_bidirectionallstm()->add_weightparams();
  layer.mutable_bidirectionallstm()->add_weightparams();
  const auto both_ways = slots(layer);
  ASSERT_EQ(both_ways.size(), 30U);
  EXPECT_EQ(both_ways[0].parameter, "weightParams[0].inputGateWeightMatrix");
  EXPECT_EQ(both_ways[29].parameter, "weightParams[1].outputGatePeepholeVector");
}

TEST(WeightTable, ActivationsAndCustomLayersHaveFreeShapes) {
  Layer layer;
  for (const float alpha : {1.0F, 2.0F, 3.0F}) {
    layer.mutable_activation()->mutable_prelu()->mutable_alpha()->add_floatvalue(alpha);
  }
  EXPECT_THAT(names(slots(layer)), ElementsAre("alpha"));
  EXPECT_THAT(slots(layer)[0].shape, IsEmpty());
  EXPECT_EQ(slots(layer)[0].count(), 3U);
  layer.mutable_activation()->mutable_parametricsoftplus();
  EXPECT_THAT(names(slots(layer)), ElementsAre("alpha", "beta"));
  layer.mutable_activation()->mutable_relu();
  EXPECT_THAT(slots(layer), IsEmpty());
  layer.mutable_custom()->add_weights();
  layer.mutable_custom()->add_weights();
  EXPECT_THAT(names(slots(layer)), ElementsAre("weights[0]", "weights[1]"));
}

TEST(WeightTable, FloatOnlyLayersSaySo) {
  Layer layer;
  auto& params = *layer.mutable_convolution3d();
  params.set_inputchannels(4);
  params.set_outputchannels(6);
  params.set_ngroups(2);
  params.set_kerneldepth(1);
  params.set_kernelheight(2);
  params.set_kernelwidth(3);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{6, 2, 1, 2, 3}));
  EXPECT_EQ(slots(layer)[0].accepted, form_float32 | form_float16);
  params.set_isdeconvolution(true);
  EXPECT_EQ(slots(layer)[0].shape, (Shape{4, 3, 1, 2, 3}));
  layer.mutable_layernormalization()->add_normalizedshape(4);
  EXPECT_EQ(slots(layer)[0].accepted, form_float32);
  EXPECT_EQ(slots(layer)[1].parameter, "beta");
}

TEST(WeightTable, LayersWithoutWeightsHaveNone) {
  Layer layer;
  EXPECT_THAT(slots(layer), IsEmpty());
  layer.mutable_pooling();
  EXPECT_THAT(slots(layer), IsEmpty());
}

TEST(WeightTable, HostileDimensionsAreErrorsAndNoCrash) {
  Layer layer;
  layer.mutable_convolution()->set_outputchannels(UINT64_MAX);
  layer.mutable_convolution()->set_kernelchannels(UINT64_MAX);
  EXPECT_THAT([&] { slots(layer)[0].count(); },
              ::testing::ThrowsMessage<ModelError>(::testing::HasSubstr("weights: the shape [")));
  layer.mutable_convolution3d()->set_outputchannels(-1);
  layer.mutable_convolution3d()->set_ngroups(-7);
  EXPECT_THAT([&] { slots(layer)[0].count(); },
              ::testing::ThrowsMessage<ModelError>(::testing::HasSubstr("weights: the shape [")));
}

TEST(WeightTable, ChangingWalkLeavesAbsentParametersAbsent) {
  spec::Model model =
      testing::ModelBuilder().image_input("image", 4, 4).convolution("c", 3, 2, {.bias = false}).build();
  const std::string before = serialize_model(model);
  std::vector<std::string> seen;
  for_each_layer(*mutable_layers(model), [&](Layer& layer, const std::string&) {
    for_each_weight(layer, [&](const WeightSlot<spec::WeightParams>& slot) { seen.push_back(slot.parameter); });
  });
  EXPECT_THAT(seen, ElementsAre("weights"));
  EXPECT_EQ(serialize_model(model), before);
}

TEST(WeightTable, ChangesReachTheLayer) {
  Layer layer;
  layer.mutable_bias()->add_shape(1);
  layer.mutable_bias()->mutable_bias()->add_floatvalue(1);
  for_each_weight(layer, [](const WeightSlot<spec::WeightParams>& slot) { slot.params->set_floatvalue(0, 7); });
  EXPECT_EQ(layer.bias().bias().floatvalue(0), 7);
}

Layer named(const std::string& name) {
  Layer layer;
  layer.set_name(name);
  return layer;
}

TEST(LayerWalk, GoesIntoBranchesAndLoopsDepthFirst) {
  spec::NeuralNetwork network;
  *network.add_layers() = named("first");
  Layer& loop = *network.add_layers();
  loop.set_name("loop");
  *loop.mutable_loop()->mutable_conditionnetwork()->add_layers() = named("c");
  Layer& branch = *loop.mutable_loop()->mutable_bodynetwork()->add_layers();
  branch.set_name("branch");
  *branch.mutable_branch()->mutable_ifbranch()->add_layers() = named("i");
  *branch.mutable_branch()->mutable_elsebranch()->add_layers() = named("e");
  *network.add_layers() = named("last");

  std::vector<std::string> seen;
  for_each_layer(std::as_const(network).layers(),
                 [&](const Layer& layer, const std::string& place) { seen.push_back(place + layer.name()); });
  EXPECT_THAT(seen, ElementsAre("first", "loop", "loop/condition/c", "loop/body/branch", "loop/body/branch/if/i",
                                "loop/body/branch/else/e", "last"));
  std::vector<std::string> changed;
  for_each_layer(*network.mutable_layers(),
                 [&](Layer& layer, const std::string& place) { changed.push_back(place + layer.name()); });
  EXPECT_EQ(changed, seen);
}

TEST(LayerWalk, EndsAtADepthOf32) {
  const auto nested = [](int depth) {
    spec::NeuralNetwork network;
    Layer* layer = network.add_layers();
    for (int i = 0; i < depth; ++i) layer = layer->mutable_loop()->mutable_bodynetwork()->add_layers();
    return network;
  };
  const auto ignore = [](const Layer&, const std::string&) {};
  const spec::NeuralNetwork deep = nested(32);
  const spec::NeuralNetwork too_deep = nested(33);
  EXPECT_NO_THROW(for_each_layer(deep.layers(), ignore));
  EXPECT_THAT([&] { for_each_layer(too_deep.layers(), ignore); },
              ::testing::ThrowsMessage<ModelError>(::testing::HasSubstr("networks are nested deeper than 32")));
}

TEST(WeightTable, ReferenceModelHasTwentySixConvolutionsAndTheirBiases) {
  GOLDILOCKS_REFERENCE_OR_SKIP(path, "models/food.mlmodel");
  const auto loaded = load_model(path);
  const spec::Model& model = *loaded;
  std::map<std::string, int> parameters;
  std::uint64_t count = 0;
  for_each_layer(*network_of(model).layers, [&](const Layer& layer, const std::string&) {
    for_each_weight(layer, [&](const Slot& slot) {
      ++parameters[slot.parameter];
      count += slot.count();
      EXPECT_EQ(stored_count(*slot.params), slot.count()) << layer.name() << '.' << slot.parameter;
    });
  });
  EXPECT_EQ(parameters, (std::map<std::string, int>{{"weights", 26}, {"bias", 26}}));
  EXPECT_EQ(count, 774309U);
}

}  // namespace
}  // namespace goldilocks::model
