// Real networks, the reference one and the one that ships with the project: every probability, and every inner value.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/data/image.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/lowering/lower.hpp"
#include "tests/backends/backend_pair.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::testing {
namespace {

// The first image of each class, as the network wants it.
std::vector<Tensor> photographs(const lowering::NetworkInput& input, const std::filesystem::path& folder) {
  std::vector<Tensor> tensors;
  std::vector<std::filesystem::path> classes(std::filesystem::directory_iterator(folder), {});
  std::ranges::sort(classes);
  for (const std::filesystem::path& one : classes) {
    std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(one), {});
    const data::Image image = data::fit_image(data::load_image(*std::ranges::min_element(files)), input.image->width,
                                              input.image->height, {});
    Tensor tensor{input.dims, {}};
    tensor.values.resize(image.pixels.size());
    lowering::preprocess_image(*input.image, image.pixels, tensor.values);
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

TEST(OnednnFood, GivesTheProbabilitiesOfTheReference) {
  GOLDILOCKS_REFERENCE_OR_SKIP(file, "models/food.mlmodel");
  GOLDILOCKS_REFERENCE_OR_SKIP(images, "images");
  const auto network = lowering::lower(*model::load_model(file));
  ASSERT_EQ(network->inputs.size(), 1U);
  std::vector<Tensor> inputs = photographs(network->inputs[0], images);
  ASSERT_FALSE(inputs.empty());
  std::mt19937 random(5);
  inputs.push_back(random_input(random, network->inputs[0].dims));
  for (float& value : inputs.back().values) value *= 128;
  const std::vector<std::uint32_t> wanted = {network->scores.value()};
  const auto start = [&](const char* name) {
    const plugins::BackendPlugin& plugin = backend(name);
    return plugin.create_model(options_of(plugin), network->graph(), file);
  };
  const auto fast_model = start("onednn");
  const auto fast = fast_model->create_session(wanted);
  const auto exact_model = start("reference");
  const auto exact = exact_model->create_session(wanted);
  for (const Tensor& input : inputs) {
    const std::vector<Tensor> one = {input};
    const std::vector<Tensor> expected = run_session(*exact, one);
    EXPECT_TRUE(agree(run_session(*fast, one), expected, 1e-5));
    double sum = 0;
    for (const float probability : expected[0].values) sum += static_cast<double>(probability);
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

// On noise, with everything wanted: no operation is fused away.
void expect_every_inner_value(const std::filesystem::path& file) {
  const auto network = lowering::lower(*model::load_model(file));
  std::mt19937 random(6);
  std::vector<Tensor> inputs = {random_input(random, network->inputs[0].dims)};
  for (float& value : inputs[0].values) value *= 128;
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t value = 0; value < network->graph().value_count; ++value) {
    if (network->graph().values[value]->data == nullptr) wanted.push_back(value);
  }
  std::vector<Tensor> expected = run_backend("reference", network->graph(), wanted, inputs);
  std::vector<Tensor> actual = run_backend("onednn", network->graph(), wanted, inputs);
  // Sums of terms of all signs: what counts is the error against the size of the tensor's values.
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    float largest = 0;
    for (const float value : expected[index].values) largest = std::max(largest, std::fabs(value));
    for (float& value : expected[index].values) value /= largest;
    for (float& value : actual[index].values) value /= largest;
  }
  EXPECT_TRUE(agree(actual, expected, 1e-5));
}

TEST(OnednnFood, GivesEveryInnerValueOfTheReference) {
  GOLDILOCKS_REFERENCE_OR_SKIP(file, "models/food.mlmodel");
  expect_every_inner_value(file);
}

TEST(OnednnDigits, GivesEveryInnerValueOfTheReference) {
  expect_every_inner_value(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "examples/digits/digits.mlmodel");
}

TEST(OnednnDigits, GivesTheProbabilitiesOfTheReferenceWithEverythingFused) {
  const auto network = lowering::lower(
      *model::load_model(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "examples/digits/digits.mlmodel"));
  std::mt19937 random(8);
  const std::vector<std::uint32_t> wanted = {network->scores.value()};
  for (int image = 0; image < 20; ++image) {
    std::vector<Tensor> inputs = {random_input(random, network->inputs[0].dims)};
    for (float& value : inputs[0].values) value *= 16;
    EXPECT_TRUE(agree(run_backend("onednn", network->graph(), wanted, inputs),
                      run_backend("reference", network->graph(), wanted, inputs), 1e-5));
  }
}

}  // namespace
}  // namespace goldilocks::testing
