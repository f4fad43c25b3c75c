#include "core/formats/neural_network/exact_constants.hpp"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ModelBuilder;

using Layer = spec::NeuralNetworkLayer;
using Fill = std::function<void(Layer&)>;
using Names = std::vector<std::string>;

Fill constant(const std::vector<float>& values) {
  return [values](Layer& layer) {
    auto& params = *layer.mutable_loadconstantnd();
    params.add_shape(values.size());
    for (const float value : values) params.mutable_data()->add_floatvalue(value);
  };
}

void add(Layer& layer) { layer.mutable_addbroadcastable(); }

// The constants that stay, each with the reason: "indices: layer 'take' reads it as indices".
Names exact_in(const spec::Model& model) {
  std::vector<std::string> names;
  for_each_model(model, [&](const spec::Model& inner, const std::string&) {
    if (const NetworkView network = network_of(inner)) {
      for_each_layer(*network.layers,
                     [&](const Layer& layer, const std::string& place) { names.push_back(place + layer.name()); });
    }
  });
  Names found;
  for (const auto& [number, reason] : exact_constants(model)) found.push_back(names.at(number) + ": " + reason);
  return found;
}

// A network with one input of 8 values and a constant, "c", of whole numbers.
ModelBuilder with_constant(const std::vector<float>& values = {0, 1, 500, 999}) {
  return ModelBuilder().exact_shapes().array_input("x", {8}).layer("c", {}, {"c"}, constant(values));
}

TEST(ExactConstants, IndicesOfAGatherAreAndItsTableIsNot) {
  const auto gather = [](Layer& layer) { layer.mutable_gather(); };
  EXPECT_THAT(exact_in(with_constant().layer("take", {"x", "c"}, {"y"}, gather).build()),
              ElementsAre("c: layer 'take' reads it as indices"));
  EXPECT_THAT(exact_in(with_constant().layer("take", {"c", "x"}, {"y"}, gather).build()), IsEmpty());
}

struct Reader {
  const char* name;
  Fill fill;
  std::vector<std::string> inputs;  // "c" is the constant
  const char* as;
};

TEST(ExactConstants, EveryInputThatIsReadAsWholeNumbersCounts) {
  const std::vector<Reader> readers = {
      {"embedding", [](Layer& l) { l.mutable_embeddingnd(); }, {"c"}, "indices"},
      {"gather nd", [](Layer& l) { l.mutable_gathernd(); }, {"x", "c"}, "indices"},
      {"gather along", [](Layer& l) { l.mutable_gatheralongaxis(); }, {"x", "c"}, "indices"},
      {"scatter", [](Layer& l) { l.mutable_scatter(); }, {"x", "c", "x"}, "indices"},
      {"scatter nd", [](Layer& l) { l.mutable_scatternd(); }, {"x", "c", "x"}, "indices"},
      {"scatter along", [](Layer& l) { l.mutable_scatteralongaxis(); }, {"x", "c", "x"}, "indices"},
      {"one hot", [](Layer& l) { l.mutable_onehot(); }, {"x", "c"}, "the length of an axis"},
      {"slice begin", [](Layer& l) { l.mutable_slicedynamic(); }, {"x", "c"}, "bounds"},
      {"slice end", [](Layer& l) { l.mutable_slicedynamic(); }, {"x", "x", "c"}, "bounds"},
      {"slice mask", [](Layer& l) { l.mutable_slicedynamic(); }, {"x", "x", "x", "x", "c"}, "bounds"},
      {"slice by size", [](Layer& l) { l.mutable_slicebysize(); }, {"x", "c"}, "a beginning"},
      {"range", [](Layer& l) { l.mutable_rangedynamic(); }, {"c"}, "bounds"},
      {"reshape", [](Layer& l) { l.mutable_reshapedynamic(); }, {"x", "c"}, "a shape"},
      {"broadcast", [](Layer& l) { l.mutable_broadcasttodynamic(); }, {"x", "c"}, "a shape"},
      {"fill", [](Layer& l) { l.mutable_filldynamic(); }, {"c"}, "a shape"},
      {"random", [](Layer& l) { l.mutable_randomnormaldynamic(); }, {"c"}, "a shape"},
      {"tile", [](Layer& l) { l.mutable_tile(); }, {"x", "c"}, "repetitions"},
      {"pad", [](Layer& l) { l.mutable_constantpad(); }, {"x", "c"}, "amounts of padding"},
      {"reverse", [](Layer& l) { l.mutable_reverseseq(); }, {"x", "c"}, "lengths"},
      {"top k", [](Layer& l) { l.mutable_topk(); }, {"x", "c"}, "a number of values"},
      {"cumulative", [](Layer& l) { l.mutable_cumsum(); }, {"x", "c"}, "an axis"},
      {"crop", [](Layer& l) { l.mutable_cropresize(); }, {"x", "c"}, "positions"},
      {"branch", [](Layer& l) { l.mutable_branch()->mutable_ifbranch(); }, {"c"}, "a condition"},
      {"loop", [](Layer& l) { l.mutable_loop()->mutable_bodynetwork(); }, {"c"}, "a number of rounds"},
  };
  for (const Reader& reader : readers) {
    const std::vector<std::string> outputs = {"y"};
    EXPECT_THAT(exact_in(with_constant().layer(reader.name, reader.inputs, outputs, reader.fill).build()),
                ElementsAre("c: layer '" + std::string(reader.name) + "' reads it as " + reader.as));
  }
}

TEST(ExactConstants, WhatPassesValuesOnIsFollowedBackwards) {
  const std::vector<Reader> passing = {
      {"reshape", [](Layer& l) { l.mutable_reshapestatic(); }, {"c"}, ""},
      {"expand", [](Layer& l) { l.mutable_expanddims(); }, {"c"}, ""},
      {"transpose", [](Layer& l) { l.mutable_transpose(); }, {"c"}, ""},
      {"cast", [](Layer& l) { l.mutable_floor(); }, {"c"}, ""},
      {"round", [](Layer& l) { l.mutable_round(); }, {"c"}, ""},
      {"concat", [](Layer& l) { l.mutable_concatnd(); }, {"x", "c"}, ""},
      {"stack", [](Layer& l) { l.mutable_stack(); }, {"c", "x"}, ""},
      {"slice", [](Layer& l) { l.mutable_slicestatic(); }, {"c"}, ""},
      {"old slice", [](Layer& l) { l.mutable_slice(); }, {"c"}, ""},
      {"dynamic slice", [](Layer& l) { l.mutable_slicedynamic(); }, {"c", "x"}, ""},
      {"split", [](Layer& l) { l.mutable_splitnd(); }, {"c"}, ""},
      {"add", add, {"x", "c"}, ""},
      {"old add", [](Layer& l) { l.mutable_add(); }, {"x", "c"}, ""},
      {"multiply", [](Layer& l) { l.mutable_multiplybroadcastable(); }, {"c", "x"}, ""},
      {"divide", [](Layer& l) { l.mutable_floordivbroadcastable(); }, {"x", "c"}, ""},
      {"clip", [](Layer& l) { l.mutable_clip(); }, {"c"}, ""},
      {"unary", [](Layer& l) { l.mutable_unary(); }, {"c"}, ""},
      {"sum", [](Layer& l) { l.mutable_reducesum(); }, {"c"}, ""},
      {"product", [](Layer& l) { l.mutable_batchedmatmul(); }, {"x", "c"}, ""},
      {"where", [](Layer& l) { l.mutable_wherebroadcastable(); }, {"x", "x", "c"}, ""},
      {"gather", [](Layer& l) { l.mutable_gather(); }, {"c", "x"}, ""},
      {"copy", [](Layer& l) { l.mutable_copy(); }, {"c"}, ""},
      {"broadcast", [](Layer& l) { l.mutable_broadcasttolike(); }, {"c", "x"}, ""},
      {"compare", [](Layer& l) { l.mutable_lessthan(); }, {"x", "c"}, ""},
      {"best values", [](Layer& l) { l.mutable_topk(); }, {"c"}, ""},
      {"scale", [](Layer& l) { l.mutable_custom(); }, {"c"}, ""},
  };
  for (const Reader& layer : passing) {
    const spec::Model model = with_constant()
                                  .layer(layer.name, layer.inputs, {"i"}, layer.fill)
                                  .layer("more", {"i", "x"}, {"j"}, add)
                                  .layer("take", {"x", "j"}, {"y"}, [](Layer& l) { l.mutable_gather(); })
                                  .build();
    EXPECT_THAT(exact_in(model), ElementsAre("c: layer 'take' reads it as indices")) << layer.name;
  }
}

TEST(ExactConstants, WhatGivesPlacesOrGoesThroughWeightsIsABorder) {
  const std::vector<Reader> borders = {
      {"best", [](Layer& l) { l.mutable_argmax(); }, {"c"}, ""},
      {"shape", [](Layer& l) { l.mutable_getshape(); }, {"c"}, ""},
      {"soft", [](Layer& l) { l.mutable_softmaxnd(); }, {"c"}, ""},
      {"dense", [](Layer& l) { l.mutable_innerproduct(); }, {"c"}, ""},
      {"like", [](Layer& l) { l.mutable_reshapelike(); }, {"x", "c"}, ""},
  };
  const auto gather = [](Layer& l) { l.mutable_gather(); };
  for (const Reader& layer : borders) {
    const spec::Model model = with_constant()
                                  .layer(layer.name, layer.inputs, {"i"}, layer.fill)
                                  .layer("take", {"x", "i"}, {"y"}, gather)
                                  .build();
    EXPECT_THAT(exact_in(model), IsEmpty()) << layer.name;
  }
  // The places of a top-k, its second output.
  EXPECT_THAT(exact_in(with_constant()
                           .layer("best", {"c"}, {"values", "places"}, [](Layer& l) { l.mutable_topk(); })
                           .layer("take", {"x", "places"}, {"y"}, gather)
                           .build()),
              IsEmpty());
}

TEST(ExactConstants, ParametersOfScaleAndBiasOnTheWayAre) {
  const spec::Model model = ModelBuilder()
                                .array_input("x", {8})
                                .layer("strides", [](Layer& l) { l.mutable_scale(); })
                                .layer("offsets", [](Layer& l) { l.mutable_bias(); })
                                .layer("take", {"x", "offsets"}, {"y"}, [](Layer& l) { l.mutable_gather(); })
                                .build();
  EXPECT_THAT(exact_in(model), ElementsAre(HasSubstr("strides: layer 'take'"), HasSubstr("offsets: layer 'take'")));
}

TEST(ExactConstants, ConstantsOfBranchesAndLoopsAreFollowedInAndOut) {
  const auto load = [](spec::NeuralNetwork& network, const std::string& name, const std::string& blob) {
    Layer& layer = *network.add_layers();
    layer.set_name(name);
    layer.add_output(blob);
    constant({3, 7})(layer);
  };
  const auto gather = [](Layer& l) { l.mutable_gather(); };
  const auto branch = [&](Layer& layer) {
    load(*layer.mutable_branch()->mutable_ifbranch(), "first", "i");
    load(*layer.mutable_branch()->mutable_elsebranch(), "second", "i");
  };
  // Made inside, read outside.
  EXPECT_THAT(
      exact_in(with_constant().layer("either", {"x"}, {"i"}, branch).layer("take", {"x", "i"}, {"y"}, gather).build()),
      ElementsAre("either/if/first: layer 'take' reads it as indices",
                  "either/else/second: layer 'take' reads it as indices"));
  // Made outside, read inside; and round a loop: j is copied onto i after the first round.
  const auto loop = [&](Layer& layer) {
    spec::NeuralNetwork& body = *layer.mutable_loop()->mutable_bodynetwork();
    Layer& take = *body.add_layers();
    take.set_name("take");
    take.add_input("x");
    take.add_input("i");
    take.add_output("y");
    gather(take);
    load(body, "next", "j");
    Layer& copy = *body.add_layers();
    copy.set_name("copy");
    copy.add_input("j");
    copy.add_output("i");
    copy.mutable_copy();
  };
  EXPECT_THAT(exact_in(with_constant()
                           .layer("start", {"c"}, {"i"}, [](Layer& l) { l.mutable_copy(); })
                           .layer("rounds", {}, {}, loop)
                           .output("y")
                           .build()),
              ElementsAre("c: layer 'rounds/body/take' reads it as indices",
                          "rounds/body/next: layer 'rounds/body/take' reads it as indices"));
}

TEST(ExactConstants, TheConditionOfALoopIs) {
  const auto loop = [](Layer& layer) {
    layer.mutable_loop()->set_conditionvar("more");
    Layer& test = *layer.mutable_loop()->mutable_conditionnetwork()->add_layers();
    test.set_name("test");
    test.add_input("x");
    test.add_input("c");
    test.add_output("more");
    test.mutable_lessthan();
    layer.mutable_loop()->mutable_bodynetwork();
  };
  EXPECT_THAT(exact_in(with_constant({2.5F}).layer("rounds", {}, {}, loop).output("x").build()),
              ElementsAre("c: layer 'rounds' reads it as a condition"));
}

TEST(ExactConstants, AComparisonIsOneForWholeNumbersAlone) {
  const auto greater = [](Layer& l) { l.mutable_greaterthan(); };
  const auto compared = [&](const std::vector<float>& values) {
    return exact_in(with_constant(values).layer("test", {"x", "c"}, {"y"}, greater).build());
  };
  EXPECT_THAT(compared({0, 1, 2, 777}), ElementsAre("c: layer 'test' reads it as what it compares"));
  EXPECT_THAT(compared({0, -std::numeric_limits<float>::infinity()}), ElementsAre(HasSubstr("compares")));
  EXPECT_THAT(compared({0.25F, 1, 2}), IsEmpty());
}

TEST(ExactConstants, AnOutputOfWholeNumbersIs) {
  spec::Model model = with_constant().layer("sum", {"x", "c"}, {"y"}, add).build();
  EXPECT_THAT(exact_in(model), IsEmpty());
  model.mutable_description()->mutable_output(0)->mutable_type()->mutable_multiarraytype()->set_datatype(
      spec::ArrayFeatureType::INT32);
  EXPECT_THAT(exact_in(model), ElementsAre("c: output 'y' gives it as whole numbers"));
}

TEST(ExactConstants, ALaterModelOfAPipelineIsAReaderToo) {
  const spec::Model first = with_constant().layer("sum", {"x", "c"}, {"y"}, add).build();
  const spec::Model second = ModelBuilder()
                                 .exact_shapes()
                                 .array_input("y", {8})
                                 .layer("table", {}, {"t"}, constant({0.5F, 2}))
                                 .layer("take", {"t", "y"}, {"z"}, [](Layer& l) { l.mutable_gather(); })
                                 .build();
  EXPECT_THAT(exact_in(testing::pipeline_of_models({first, second})),
              ElementsAre("c: layer 'take' reads it as indices"));
}

}  // namespace
}  // namespace goldilocks::model
