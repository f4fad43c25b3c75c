#include "core/pipeline/calibration/weight_reader.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/open.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;

std::vector<float> all_patches(const WeightReader& reader, const std::vector<std::int64_t>& dims,
                               const std::vector<float>& values) {
  const Patches patches(reader, dims);
  std::vector<float> all(patches.count() * reader.inputs * reader.groups);
  patches.gather(values.data(), patches.count(), 1, all, patches.count(), 0);
  return all;
}

TEST(WeightReader, PatchesOfAConvolutionHaveZerosBeyondTheImage) {
  WeightReader reader{.inputs = 4, .is_convolution = true, .kernel = {2, 2}, .stride = {2, 2}, .pads = {1, 0, 1, 0}};
  // 1 2 3     The windows begin one above and left of the image, and go on by two.
  // 4 5 6
  // 7 8 9
  EXPECT_THAT(all_patches(reader, {1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
              ElementsAre(0, 0, 0, 1, 0, 0, 2, 3, 0, 4, 0, 7, 5, 6, 8, 9));
}

TEST(WeightReader, DilatedWindowsReachFurther) {
  WeightReader reader{.inputs = 2, .is_convolution = true, .kernel = {1, 2}, .dilation = {1, 2}};
  EXPECT_THAT(all_patches(reader, {1, 1, 4}, {1, 2, 3, 4}), ElementsAre(1, 3, 2, 4));
}

TEST(WeightReader, TheSamePaddingPutsTheOddColumnWhereItSays) {
  WeightReader reader{.inputs = 2, .is_convolution = true, .kernel = {1, 2}};
  reader.padding = WeightReader::Padding::same_upper;
  EXPECT_THAT(all_patches(reader, {1, 1, 3}, {1, 2, 3}), ElementsAre(1, 2, 2, 3, 3, 0));
  reader.padding = WeightReader::Padding::same_lower;
  EXPECT_THAT(all_patches(reader, {1, 1, 3}, {1, 2, 3}), ElementsAre(0, 1, 1, 2, 2, 3));
}

TEST(WeightReader, EachGroupMeetsItsOwnChannels) {
  WeightReader reader{.inputs = 1, .groups = 2, .is_convolution = true};
  EXPECT_THAT(all_patches(reader, {2, 1, 2}, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
}

TEST(WeightReader, AnInnerProductMeetsWholeVectors) {
  WeightReader reader{.inputs = 3};
  EXPECT_THAT(all_patches(reader, {2, 3}, {1, 2, 3, 4, 5, 6}), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(WeightReader, SomePositionsAreSpreadAndTheSameForTheSameSeed) {
  WeightReader reader{.inputs = 1, .is_convolution = true};
  std::vector<float> values(100);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const Patches patches(reader, std::vector<std::int64_t>{1, 10, 10});
  std::vector<float> some(5), again(5), other(5);
  patches.gather(values.data(), 5, 7, some, 5, 0);
  patches.gather(values.data(), 5, 7, again, 5, 0);
  patches.gather(values.data(), 5, 8, other, 5, 0);
  EXPECT_EQ(some, again);
  EXPECT_NE(some, other);
  for (std::size_t i = 0; i < some.size(); ++i) {
    EXPECT_GE(some[i], static_cast<float>(20 * i));
    EXPECT_LT(some[i], static_cast<float>(20 * (i + 1)));
  }
}

TEST(WeightReader, IsFoundByTheLayerAndTheContent) {
  const testing::Workspace workspace;
  const auto network = lower_image_network(*formats::open(workspace / "tiny.mlmodel"), "tiny");
  const glk_graph& graph = network.network->graph();
  for (std::size_t i = 0; i < graph.operation_count; ++i) {
    const glk_operation& operation = *graph.operations[i];
    if (std::string_view(operation.type) != "inner_product") continue;
    const glk_value& weight = *graph.values[operation.inputs[1]];
    std::vector<float> values(static_cast<const float*>(weight.data),
                              static_cast<const float*>(weight.data) + weight.dims[0] * weight.dims[1]);
    const auto reader = find_reader(graph, operation.layer, values);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->operation, i);
    EXPECT_EQ(reader->input, operation.inputs[0]);
    EXPECT_EQ(reader->inputs, static_cast<std::size_t>(weight.dims[1]));
    EXPECT_FALSE(find_reader(graph, "another", values));
    values[0] += 1;
    EXPECT_FALSE(find_reader(graph, operation.layer, values));
    return;
  }
  FAIL() << "no inner product";
}

}  // namespace
}  // namespace goldilocks::pipeline
