// Which tensors a rule matches.
#include "core/quantization/weight_rules.hpp"

#include <random>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/neural_network/network_weights.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::quantization {
namespace {

using ::testing::ElementsAre;
namespace coreml = ::CoreML::Specification;
using goldilocks::testing::ModelBuilder;

// "layer.parameter" of all tensors of a model that match.
std::vector<std::string> matched(const coreml::Model& model, const RuleMatch& match) {
  const model::NetworkWeights content(std::make_unique<coreml::Model>(model), "model");
  std::vector<std::string> names;
  for (const weights::Weight& weight : content.weights()) {
    if (matches(match, weight)) names.push_back(weight.layer + "." + weight.parameter);
  }
  return names;
}

RuleMatch in_range(Measure measure, const Range& range) {
  RuleMatch match;
  match.range(measure) = range;
  return match;
}

// Convolutions of 3 to 8 channels, 8 to 8 in 8 groups, a deconvolution of 8 to 4, and a matrix of 16 x 5.
coreml::Model network() {
  return ModelBuilder(1)
      .image_input("image", 4, 4)
      .convolution("first", 3, 8)
      .convolution("depthwise", 8, 8, {.groups = 8})
      .convolution("up", 8, 4, {.deconvolution = true})
      .inner_product("dense", 16, 5)
      .build();
}

TEST(Glob, FitsTheWholeText) {
  EXPECT_TRUE(glob_matches("conv1", "conv1"));
  EXPECT_FALSE(glob_matches("conv1", "conv12"));
  EXPECT_FALSE(glob_matches("conv12", "conv1"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("conv?", "conv1"));
  EXPECT_FALSE(glob_matches("conv?", "conv"));
  EXPECT_TRUE(glob_matches("a*b*c", "a/x/b/b/c"));
  EXPECT_FALSE(glob_matches("a*b*c", "a/x/c/b"));
  EXPECT_TRUE(glob_matches("a\\*", "a*"));
  EXPECT_FALSE(glob_matches("a\\*", "ab"));
  EXPECT_TRUE(glob_matches("a\\?[0]", "a?[0]"));
  EXPECT_FALSE(glob_matches("", "a"));
}

TEST(Glob, AgreesWithARegularExpression) {
  std::mt19937 random(5);
  const auto text = [&](const std::string& letters) {
    std::string result;
    for (auto length = random() % 7; length > 0; --length) result += letters[random() % letters.size()];
    return result;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::string pattern = text("ab*?");
    const std::string name = text("ab");
    std::string expression;
    for (const char c : pattern) expression += c == '*' ? ".*" : c == '?' ? "." : std::string(1, c);
    EXPECT_EQ(glob_matches(pattern, name), std::regex_match(name, std::regex(expression))) << pattern << " " << name;
  }
}

TEST(RuleMatch, ByLayerTypeAndParameter) {
  RuleMatch match;
  EXPECT_EQ(matched(network(), match).size(), 8U);
  match.layers = {"d*", "first"};
  EXPECT_THAT(matched(network(), match), ElementsAre("first.weights", "first.bias", "depthwise.weights",
                                                     "depthwise.bias", "dense.weights", "dense.bias"));
  match.layer_types = {"innerProduct", "batchnorm"};
  EXPECT_THAT(matched(network(), match), ElementsAre("dense.weights", "dense.bias"));
  match.parameters = {"w*"};
  EXPECT_THAT(matched(network(), match), ElementsAre("dense.weights"));
  match.parameters = {"vectors"};
  EXPECT_THAT(matched(network(), match), ElementsAre("dense.bias"));
  match.parameters = {"matrices"};
  EXPECT_THAT(matched(network(), match), ElementsAre("dense.weights"));
}

TEST(RuleMatch, ByEveryMeasureWithBothEnds) {
  using Names = std::vector<std::string>;
  const Names first{"first.weights", "first.bias"};
  const Names depthwise{"depthwise.weights", "depthwise.bias"};
  const Names up{"up.weights", "up.bias"};
  const Names dense{"dense.weights", "dense.bias"};
  const auto only = [](Measure measure, std::uint64_t value) {
    return matched(network(), in_range(measure, {.least = value, .most = value}));
  };
  EXPECT_EQ(only(Measure::count, 5), Names{"dense.bias"});
  EXPECT_EQ(only(Measure::layer_count, 80), dense);
  EXPECT_EQ(only(Measure::kernel_channels, 1), depthwise);
  EXPECT_EQ(only(Measure::groups, 8), depthwise);
  EXPECT_EQ(only(Measure::input_channels, 16), dense);
  EXPECT_EQ(only(Measure::input_channels, 3), first);
  EXPECT_EQ(only(Measure::output_channels, 4), up);
  EXPECT_EQ(matched(network(), in_range(Measure::count, {.least = 216, .most = {}})),
            (Names{"first.weights", "up.weights"}));
  EXPECT_EQ(matched(network(), in_range(Measure::count, {.least = {}, .most = 4})), Names{"up.bias"});
  EXPECT_EQ(matched(network(), in_range(Measure::groups, {.least = {}, .most = 1})),
            (Names{"first.weights", "first.bias", "up.weights", "up.bias"}))
      << "what has no groups is in no range of them";
}

TEST(RuleMatch, NestedNetworksAndPipelinesByNameOrPlace) {
  coreml::Model inner = ModelBuilder()
                            .exact_shapes()
                            .array_input("x", {3})
                            .inner_product("dense", 3, 3)
                            .layer("loop", {}, {},
                                   [](auto& layer) {
                                     layer.mutable_loop()->set_maxloopiterations(2);
                                     auto& body = *layer.mutable_loop()->mutable_bodynetwork();
                                     auto& outer = *body.add_layers();
                                     outer.set_name("again");
                                     auto& deep = *outer.mutable_loop()->mutable_bodynetwork()->add_layers();
                                     deep.set_name("deep");
                                     deep.mutable_bias()->add_shape(1);
                                     deep.mutable_bias()->mutable_bias()->add_floatvalue(1);
                                   })
                            .build();
  const coreml::Model model = testing::pipeline_of_models({inner, testing::pipeline_of_models({inner})});
  RuleMatch match;
  match.layers = {"deep"};
  EXPECT_EQ(matched(model, match).size(), 2U);
  match.layers = {"models[1]*: loop/body/again/body/*"};
  EXPECT_THAT(matched(model, match), ElementsAre(::testing::HasSubstr("models[1]")));
}

}  // namespace
}  // namespace goldilocks::quantization
