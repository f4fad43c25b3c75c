#include "core/formats/neural_network/network_weights.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/weights/codec.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using goldilocks::testing::ModelBuilder;
using weights::Kind;
using Contents = std::vector<std::optional<weights::Stored>>;

spec::Model kernel_and_matrix() {
  return ModelBuilder(3)
      .image_input("image", 4, 4)
      .convolution("conv", 3, 4)
      .convolution("up", 4, 2, {.deconvolution = true})
      .inner_product("dense", 32, 5)
      .build();
}

NetworkWeights taken_apart(const spec::Model& model) {
  return NetworkWeights(std::make_unique<spec::Model>(model), "model");
}

TEST(NetworkWeights, SayWhatIsKnownOfEachTensor) {
  const NetworkWeights network = taken_apart(kernel_and_matrix());
  ASSERT_EQ(network.weights().size(), 6U);
  const weights::Weight& kernel = network.weights()[0];
  EXPECT_EQ(kernel.place, "model: layer 'conv', weights");
  EXPECT_EQ(kernel.operation, "convolution");
  EXPECT_EQ(kernel.shape, (std::vector<std::int64_t>{4, 3, 3, 3}));
  EXPECT_EQ(kernel.axes.output, 0);
  EXPECT_EQ(kernel.role, weights::Role::matrix);
  EXPECT_EQ(weights::to_text(kernel.stored), "float32");
  EXPECT_EQ(kernel.bytes, 4U * 108);
  EXPECT_EQ(kernel.kept, "");
  EXPECT_EQ(network.weights()[1].axes.output, -1);
  EXPECT_EQ(network.weights()[1].role, weights::Role::vector);
  EXPECT_EQ(network.weights()[2].axes.output, 1);  // of a deconvolution
}

TEST(NetworkWeights, AcceptCodesPerTensorAndScalesPerChannelToo) {
  const NetworkWeights network = taken_apart(kernel_and_matrix());
  const auto refusal = [&](std::size_t weight, Kind kind, int bits, const char* granularity) {
    return network.weights()[weight].accepted.refusal(
        {.kind = kind, .bits = bits, .granularity = weights::granularity_from_text(granularity).value()});
  };
  EXPECT_EQ(refusal(0, Kind::linear, 5, "channel"), "");
  EXPECT_EQ(refusal(0, Kind::table, 5, "tensor"), "");
  EXPECT_EQ(refusal(0, Kind::table, 5, "channel"), "the format has no granularity channel here");
  EXPECT_EQ(refusal(0, Kind::int8, 8, "tensor"), "the format takes no int8 here");
  EXPECT_EQ(refusal(4, Kind::int8, 8, "tensor"), "the format takes int8 only without a bias");
}

TEST(NetworkWeights, PutTogetherWithoutChangesAreTheModel) {
  const spec::Model model = kernel_and_matrix();
  const NetworkWeights network = taken_apart(model);
  const Contents none(network.weights().size());
  EXPECT_EQ(network.draft(none)->SerializeAsString(), model.SerializeAsString());
  EXPECT_EQ(network.with(none, "nothing")->SerializeAsString(), model.SerializeAsString());
}

TEST(NetworkWeights, ContentIsReadAsAViewThatOutlivesThem) {
  weights::Stored content;
  std::vector<float> expected;
  {
    const spec::Model model = kernel_and_matrix();
    const auto& values = model.neuralnetwork().layers(0).convolution().weights().floatvalue();
    expected.assign(values.begin(), values.end());
    content = taken_apart(model).read(0);
  }
  EXPECT_EQ(weights::decode(content, "t"), expected);
}

TEST(NetworkWeights, RaiseTheVersionAsFarAsContentsNeed) {
  const NetworkWeights network = taken_apart(kernel_and_matrix());
  const weights::Weight& kernel = network.weights()[0];
  Contents contents(network.weights().size());
  contents[0] = weights::table_of(kernel.shape, std::vector<std::uint8_t>(kernel.count, 1), 1, {0, 2});
  const auto model = network.with(contents, "this");
  EXPECT_EQ(model->specificationversion(), 3);
  EXPECT_EQ(network.skeleton().specificationversion(), 1);
  EXPECT_EQ(weights::decode(taken_apart(*model).read(0), "t"), std::vector<float>(kernel.count, 2));
}

TEST(NetworkWeights, WhatWouldBreakARuleIsAnInternalError) {
  const NetworkWeights network = taken_apart(kernel_and_matrix());
  Contents contents(network.weights().size());
  contents[0] = weights::float32_of({1}, {1});
  try {
    network.with(contents, "this");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::internal);
    EXPECT_TRUE(std::string(error.what()).starts_with("model: this would break a rule of the format: "));
  }
}

TEST(NetworkWeights, SettlingBringsALayerToOneKindOfFloats) {
  const NetworkWeights network = taken_apart(kernel_and_matrix());
  std::vector<weights::Change> changes(network.weights().size());
  std::vector<weights::Change*> all;
  for (weights::Change& change : changes) all.push_back(&change);
  const weights::Weight& kernel = network.weights()[0];
  changes[0].content = weights::float16_of(kernel.shape, std::vector<float>(kernel.count, 1), "t");
  EXPECT_EQ(network.settle(all), std::vector<std::size_t>{1});
  EXPECT_EQ(changes[1].content.value().encoding.kind, Kind::float16);
  EXPECT_EQ(changes[1].note, "float16, as the format doesn't mix it with float32 in one layer");
}

}  // namespace
}  // namespace goldilocks::model
