// Branches and loops as the format writes them: networks that change blobs by copying onto them.
#include <algorithm>
#include <random>

#include <gmock/gmock.h>

#include "core/base/error.hpp"
#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Net = spec::NeuralNetwork;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

Layer& put(Net& net, const Names& inputs, const Names& outputs) {
  Layer& layer = *net.add_layers();
  layer.set_name("inner " + std::to_string(net.layers_size()));
  for (const std::string& name : inputs) layer.add_input(name);
  for (const std::string& name : outputs) layer.add_output(name);
  return layer;
}

// y = alpha * x + beta
ModelBuilder::FillLayer linear(float alpha, float beta) {
  return [=](Layer& layer) {
    layer.mutable_activation()->mutable_linear()->set_alpha(alpha);
    layer.mutable_activation()->mutable_linear()->set_beta(beta);
  };
}

void put_linear(Net& net, const std::string& x, const std::string& y, float alpha, float beta) {
  linear(alpha, beta)(put(net, {x}, {y}));
}

void put_copy(Net& net, const std::string& from, const std::string& to) { put(net, {from}, {to}).mutable_copy(); }

// x = alpha * x + beta, by way of another blob
void put_update(Net& net, const std::string& x, float alpha, float beta) {
  put_linear(net, x, x + " new", alpha, beta);
  put_copy(net, x + " new", x);
}

void copy(Layer& layer) { layer.mutable_copy(); }

ModelBuilder with_inputs(const std::vector<std::string>& names) {
  ModelBuilder builder;
  builder.exact_shapes();
  for (const std::string& name : names) builder.array_input(name, {1});
  return builder;
}

float run_one_number(const spec::Model& model, const Floats& inputs) {
  std::vector<std::vector<float>> values;
  for (const float input : inputs) values.push_back({input});
  const TestTensor result = run_network(model, values)[0];
  EXPECT_EQ(result.dims, (Dims{1}));
  return result.values.at(0);
}

TEST(CopyLayer, GivesABlobAnotherNameOrANameAnotherBlob) {
  ModelBuilder builder = with_inputs({"x"});
  builder.layer("a", {"x"}, {"y"}, copy).layer("b", {"y"}, {"z"}, linear(2, 0)).layer("c", {"z"}, {"y"}, copy);
  builder.layer("d", {"y"}, {"w"}, linear(10, 1));
  EXPECT_EQ(run_one_number(builder.output("w").build(), {3}), 61);
  ModelBuilder same = with_inputs({"x"});
  EXPECT_THAT(lowering_error(same.layer("a", {"x"}, {"x"}, copy).output("x").build()), HasSubstr("onto itself"));
  ModelBuilder other = with_inputs({"x"});
  other.layer("a", {"x"}, {"y"}, copy).layer("b", {"x"}, {"y"}, linear(1, 0)).output("y");
  EXPECT_THAT(lowering_error(other.build()), HasSubstr("gives 'y', which is there already"));
}

// if (c) { y = 2 x; k = copy(y) } else { y = x - 1 }; k is x before. y + 100 k
spec::Model branching() {
  ModelBuilder builder = with_inputs({"c", "x"});
  builder.layer("keep", {"x"}, {"k"}, copy);
  builder.layer("if", {"c"}, {}, [](Layer& layer) {
    Net& yes = *layer.mutable_branch()->mutable_ifbranch();
    put_linear(yes, "x", "y", 2, 0);
    put_copy(yes, "y", "k");
    put_linear(*layer.mutable_branch()->mutable_elsebranch(), "x", "y", 1, -1);
  });
  builder.layer("scaled", {"k"}, {"k100"}, linear(100, 0));
  builder.layer("sum", {"y", "k100"}, {"out"}, [](Layer& layer) { layer.mutable_addbroadcastable(); });
  return builder.output("out").build();
}

TEST(BranchLayer, TakesOneOfTwoWays) {
  EXPECT_EQ(run_one_number(branching(), {1, 3}), 606);
  EXPECT_EQ(run_one_number(branching(), {0, 3}), 302);
  EXPECT_EQ(run_one_number(branching(), {-0.5F, 3}), 606);
  EXPECT_EQ(run_one_number(branching(), {1e-7F, 3}), 302);
}

TEST(BranchLayer, GivesWhatBothSidesGiveAndLeavesTheRestAsItWas) {
  const auto without_else = [](const std::string& result) {
    ModelBuilder builder = with_inputs({"c", "x"});
    builder.layer("keep", {"x"}, {"k"}, copy);
    builder.layer("if", {"c"}, {},
                  [](Layer& layer) { put_update(*layer.mutable_branch()->mutable_ifbranch(), "k", 2, 0); });
    return builder.layer("end", {result}, {"out"}, linear(1, 0)).output("out").build();
  };
  EXPECT_EQ(run_one_number(without_else("k"), {1, 3}), 6);
  EXPECT_EQ(run_one_number(without_else("k"), {0, 3}), 3);
  EXPECT_THAT(lowering_error(without_else("k new")), HasSubstr("reads 'k new', which is no input"));
  ModelBuilder empty = with_inputs({"c"});
  empty.layer("if", {"c"}, {}, [](Layer& layer) { layer.mutable_branch(); }).layer("e", {"c"}, {"y"}, copy).output("y");
  EXPECT_THAT(lowering_error(empty.build()), HasSubstr("layer 'if' (branch): ifBranch has no layers"));
}

using FillLoop = std::function<void(spec::LoopLayerParams&)>;

// s = x, i = 0; loop as told; the blob of this name
spec::Model looping(const FillLoop& fill, const std::string& result = "s", bool counted = false) {
  ModelBuilder builder = with_inputs(counted ? Names{"x", "count"} : Names{"x"});
  builder.layer("s", {"x"}, {"s"}, copy).layer("i", {"x"}, {"i"}, linear(0, 0));
  builder.layer("loop", counted ? Names{"count"} : Names{}, {}, [&](Layer& layer) { fill(*layer.mutable_loop()); });
  return builder.layer("end", {result}, {"out"}, linear(1, 0)).output("out").build();
}

// while (i < limit)
void put_condition(spec::LoopLayerParams& loop, float limit) {
  put(*loop.mutable_conditionnetwork(), {"i"}, {"goes on"}).mutable_lessthan()->set_alpha(limit);
  loop.set_conditionvar("goes on");
}

void put_doubling(spec::LoopLayerParams& loop) {
  put_update(*loop.mutable_bodynetwork(), "s", 2, 0);
  put_update(*loop.mutable_bodynetwork(), "i", 1, 1);
}

TEST(LoopLayer, RunsAsOftenAsStated) {
  const auto times = [](std::uint64_t count) {
    return [=](spec::LoopLayerParams& loop) {
      put_doubling(loop);
      loop.set_maxloopiterations(count);
    };
  };
  EXPECT_EQ(run_one_number(looping(times(3)), {5}), 40);
  EXPECT_EQ(run_one_number(looping(times(3), "s", true), {5, 4}), 80) << "the input goes before the parameter";
  EXPECT_EQ(run_one_number(looping(times(0), "s", true), {5, 0}), 5);
  EXPECT_EQ(run_one_number(looping(times(3), "s new"), {5}), 40) << "the body's blobs are there afterwards";
}

TEST(LoopLayer, RunsWhileItsConditionHolds) {
  const auto to = [](float limit, std::uint64_t most) {
    return [=](spec::LoopLayerParams& loop) {
      put_condition(loop, limit);
      put_doubling(loop);
      loop.set_maxloopiterations(most);
    };
  };
  EXPECT_EQ(run_one_number(looping(to(4, 0)), {1}), 16);
  EXPECT_EQ(run_one_number(looping(to(0, 0)), {1}), 1);
  EXPECT_EQ(run_one_number(looping(to(4, 2)), {1}), 4);
  EXPECT_EQ(run_one_number(looping(to(4, 9)), {1}), 16);
  EXPECT_EQ(run_one_number(looping(to(4, 9), "s", true), {1, 3}), 8);
  EXPECT_EQ(run_one_number(looping(to(4, 2), "goes on"), {1}), 1) << "the condition's blobs are there afterwards";
  EXPECT_EQ(run_one_number(looping(to(4, 0), "goes on"), {1}), 0);
  EXPECT_THAT(lowering_error(looping(to(4, 0), "s new")), HasSubstr("reads 's new', which is no input"));
}

// s doubles; in the iteration where i is 2 (i > 2), the branch ends it before s is doubled and i counted.
TEST(LoopLayer, EndsOrGoesOnFromInsideABranch) {
  const auto with_end = [](bool is_break, float at) {
    return [=](spec::LoopLayerParams& loop) {
      Net& body = *loop.mutable_bodynetwork();
      put_update(body, "i", 1, 1);
      put(body, {"i"}, {"is there"}).mutable_greaterthan()->set_alpha(at);
      Net& yes = *put(body, {"is there"}, {}).mutable_branch()->mutable_ifbranch();
      put_update(yes, "s", 1, 100);
      Layer& end = put(yes, {}, {});
      is_break ? static_cast<void>(end.mutable_loopbreak()) : static_cast<void>(end.mutable_loopcontinue());
      put_update(body, "s", 2, 0);
      loop.set_maxloopiterations(4);
    };
  };
  EXPECT_EQ(run_one_number(looping(with_end(true, 2)), {1}), 104);
  EXPECT_EQ(run_one_number(looping(with_end(true, 2), "i"), {1}), 3);
  EXPECT_EQ(run_one_number(looping(with_end(false, 2)), {1}), 204);
  EXPECT_EQ(run_one_number(looping(with_end(false, 2), "i"), {1}), 4);
  EXPECT_EQ(run_one_number(looping(with_end(true, 9)), {1}), 16);
}

// Three times: t = 0; four times: t = t + 1; s = s + t
TEST(LoopLayer, NestsInAnother) {
  const auto fill = [](spec::LoopLayerParams& outer) {
    Net& body = *outer.mutable_bodynetwork();
    put_linear(body, "s", "t", 0, 0);
    spec::LoopLayerParams& inner = *put(body, {}, {}).mutable_loop();
    put_update(*inner.mutable_bodynetwork(), "t", 1, 1);
    inner.set_maxloopiterations(4);
    put(body, {"s", "t"}, {"sum"}).mutable_addbroadcastable();
    put_copy(body, "sum", "s");
    outer.set_maxloopiterations(3);
  };
  EXPECT_EQ(run_one_number(looping(fill), {1}), 13);
}

TEST(LoopLayer, CarriesAShapeThatGrows) {
  ModelBuilder builder = with_inputs({"x"});
  builder.layer("s", {"x"}, {"s"}, copy);
  builder.layer("loop", {}, {}, [](Layer& layer) {
    Net& body = *layer.mutable_loop()->mutable_bodynetwork();
    put(body, {"s", "x"}, {"longer"}).mutable_concatnd();
    put_linear(body, "longer", "more", 1, 1);
    put_copy(body, "more", "s");
    layer.mutable_loop()->set_maxloopiterations(3);
  });
  EXPECT_EQ(run_network(builder.output("s").build(), {{5}})[0], (TestTensor{{4}, {8, 8, 7, 6}}));
}

// How many steps Collatz's sequence takes from n to 1.
TEST(LoopLayer, CountsStepsAsAProgramDoes) {
  ModelBuilder builder = with_inputs({"n"});
  builder.layer("a", {"n"}, {"m"}, copy).layer("b", {"n"}, {"steps"}, linear(0, 0));
  builder.layer("while", {}, {}, [](Layer& layer) {
    spec::LoopLayerParams& loop = *layer.mutable_loop();
    put(*loop.mutable_conditionnetwork(), {"m"}, {"is not 1"}).mutable_notequal()->set_alpha(1);
    loop.set_conditionvar("is not 1");
    Net& body = *loop.mutable_bodynetwork();
    put_linear(body, "m", "half", 0.5F, 0);
    put(body, {"half"}, {"whole"}).mutable_floor();
    put(body, {"half", "whole"}, {"is odd"}).mutable_notequal();
    spec::BranchLayerParams& branch = *put(body, {"is odd"}, {}).mutable_branch();
    put_update(*branch.mutable_ifbranch(), "m", 3, 1);
    put_copy(*branch.mutable_elsebranch(), "half", "m");
    put_update(body, "steps", 1, 1);
  });
  const spec::Model model = builder.output("steps").build();
  for (int n = 1; n < 40; ++n) {
    int steps = 0;
    for (int m = n; m != 1; ++steps) m = m % 2 != 0 ? 3 * m + 1 : m / 2;
    EXPECT_EQ(run_one_number(model, {static_cast<float>(n)}), static_cast<float>(steps)) << n;
  }
}

TEST(LoopLayer, IsBoundedByTheOptions) {
  const spec::Model model = looping([](spec::LoopLayerParams& loop) {
    put_condition(loop, std::numeric_limits<float>::infinity());
    put_doubling(loop);
  });
  try {
    run_network(model, {{1}}, {.loop_bound = 50});
    FAIL() << "no error";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'loop' (loop): has not ended after 50 iterations"));
  }
}

// Layers of so much work that the fast backend makes plans for them, in the place of what is interpreted.
class HeavyLayers : public ::testing::Test {
 protected:
  Floats numbers(std::size_t count, float size) {
    std::uniform_real_distribution<float> distribution(-size, size);
    Floats values(count);
    for (float& value : values) value = distribution(random_);
    return values;
  }

  // 16 channels to 16, windows of 3 x 3, as many rows and columns as before.
  void convolve(Layer& layer) {
    layer.set_name("convolution");
    spec::ConvolutionLayerParams& params = *layer.mutable_convolution();
    params.set_outputchannels(16);
    params.set_kernelchannels(16);
    params.set_ngroups(1);
    for (int i = 0; i < 2; ++i) params.add_kernelsize(3);
    for (int i = 0; i < 2; ++i) params.add_stride(1);
    for (int i = 0; i < 2; ++i) params.add_dilationfactor(1);
    params.mutable_same();
    set_weights(*params.mutable_weights(), numbers(16 * 16 * 9, 0.15F));
  }

 private:
  std::mt19937 random_{7};
};

TEST_F(HeavyLayers, AreTheSameByPlansInBranchesAndLoops) {
  ModelBuilder builder;
  builder.exact_shapes().array_input("c", {1}).array_input("x", {1, 16, 24, 24});
  builder.layer("first", {"x"}, {"y"}, [&](Layer& layer) { convolve(layer); });
  builder.layer("if", {"c"}, {}, [&](Layer& layer) {
    convolve(put(*layer.mutable_branch()->mutable_ifbranch(), {"y"}, {"z"}));
    put_linear(*layer.mutable_branch()->mutable_elsebranch(), "y", "z", 2, 1);
  });
  builder.layer("again", {}, {}, [&](Layer& layer) {
    layer.mutable_loop()->set_maxloopiterations(3);
    Net& body = *layer.mutable_loop()->mutable_bodynetwork();
    convolve(put(body, {"z"}, {"next"}));
    put_copy(body, "next", "z");
  });
  const spec::Model model = builder.output("z").build();
  const Floats x = numbers(16 * 24 * 24, 1);
  const TestTensor with = run_network(model, {{1}, x})[0];
  const TestTensor without = run_network(model, {{0}, x})[0];
  EXPECT_EQ(with.dims, (Dims{1, 16, 24, 24}));
  EXPECT_NE(with.values, without.values);
}

// Rows that are not zero are picked and multiplied with each other: how many, is known only as it runs.
TEST_F(HeavyLayers, AreTheSameByPlansWhereShapesFollowFromValues) {
  ModelBuilder builder;
  builder.exact_shapes().array_input("mask", {100}).array_input("x", {100, 120});
  builder.layer("where", {"mask"}, {"places"}, [](Layer& layer) { layer.mutable_wherenonzero(); });
  builder.layer("rows", {"x", "places"}, {"picked"}, [](Layer& layer) { layer.mutable_gathernd(); });
  builder.layer("product", {"picked", "picked"}, {"y"},
                [](Layer& layer) { layer.mutable_batchedmatmul()->set_transposeb(true); });
  const spec::Model model = builder.output("y").build();
  const Floats x = numbers(100 * 120, 1);
  for (const std::size_t count : {5U, 100U}) {
    Floats mask(100);
    std::fill_n(mask.begin(), count, 1.0F);
    const TestTensor result = run_network(model, {mask, x})[0];
    const auto size = static_cast<std::int64_t>(count);
    EXPECT_EQ(result.dims, (Dims{size, size}));
    double sum = 0;
    for (std::size_t k = 0; k < 120; ++k) sum += static_cast<double>(x[k]) * static_cast<double>(x[120 + k]);
    EXPECT_NEAR(result.values.at(1), sum, 1e-4);
  }
}

// Each loop copies x, and appends to the copy what is in it; in each the next one. As every shape changes, each body is
// lowered twice, and what is in it four times, and so on.
TEST(ControlFlowLayers, GiveUpOnDeepLoopsOfChangingShapes) {
  ModelBuilder builder = with_inputs({"x"});
  builder.layer("v", {"x"}, {"v"}, copy).layer("outermost", {}, {}, [](Layer& layer) {
    Layer* loop = &layer;
    for (std::size_t depth = 1; depth < 25; ++depth) {
      const std::string variable(depth, 'v'), next(depth + 1, 'v');
      loop->mutable_loop()->set_maxloopiterations(1);
      Net& body = *loop->mutable_loop()->mutable_bodynetwork();
      put_linear(body, "x", next, 1, 0);
      put(body, {variable, "x"}, {"longer " + variable}).mutable_concatnd();
      put_copy(body, "longer " + variable, variable);
      loop = &put(body, {}, {});
    }
    put_linear(*loop->mutable_loop()->mutable_bodynetwork(), "x", "innermost", 1, 0);
    loop->mutable_loop()->set_maxloopiterations(1);
  });
  EXPECT_THAT(lowering_error(builder.output("v").build()), HasSubstr("the shapes in the loops around it don't come"));
}

TEST(ControlFlowLayers, RefuseWhatHasNoMeaning) {
  EXPECT_THAT(lowering_error(looping(put_doubling)), HasSubstr("it would not end"));
  EXPECT_THAT(lowering_error(looping([](spec::LoopLayerParams& loop) { loop.set_maxloopiterations(1); })),
              HasSubstr("bodyNetwork has no layers"));
  EXPECT_THAT(lowering_error(looping([](spec::LoopLayerParams& loop) {
                put_condition(loop, 1);
                put_doubling(loop);
                loop.set_conditionvar("nothing");
              })),
              HasSubstr("doesn't give conditionVar, 'nothing'"));
  EXPECT_THAT(lowering_error(looping([](spec::LoopLayerParams& loop) {
                put_doubling(loop);
                loop.set_conditionvar("s");
              })),
              HasSubstr("a condition network without conditionVar, or the other way around"));
  ModelBuilder outside = with_inputs({"x"});
  outside.layer("a", {"x"}, {"y"}, copy).layer("end", {}, {}, [](Layer& layer) { layer.mutable_loopbreak(); });
  EXPECT_THAT(lowering_error(outside.output("y").build()), HasSubstr("layer 'end' (loopBreak): stands in no loop"));
}

TEST(ControlFlowLayers, NameALayerInsideThatIsNotSupportedOrTooDeep) {
  const spec::Model unknown = looping([](spec::LoopLayerParams& loop) {
    put_doubling(loop);
    put(*loop.mutable_bodynetwork(), {"s"}, {"q"});
    loop.set_maxloopiterations(1);
  });
  EXPECT_THAT(lowering_error(unknown), HasSubstr("layer 'inner 5': its type is missing"));
  // The builder of models itself follows no nesting of this depth.
  spec::Model deep = looping([](spec::LoopLayerParams& loop) {
    put_doubling(loop);
    loop.set_maxloopiterations(1);
  });
  Net* net = deep.mutable_neuralnetwork()->mutable_layers(2)->mutable_loop()->mutable_bodynetwork();
  for (int depth = 0; depth < 200; ++depth) {
    spec::LoopLayerParams& loop = *put(*net, {}, {}).mutable_loop();
    loop.set_maxloopiterations(1);
    net = loop.mutable_bodynetwork();
  }
  put_linear(*net, "x", "deepest", 1, 0);
  EXPECT_THAT(lowering_error(deep), HasSubstr("nested too deep"));
}

}  // namespace
}  // namespace goldilocks::testing
