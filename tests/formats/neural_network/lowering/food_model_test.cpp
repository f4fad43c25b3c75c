// The real network, from file to label, on one image of the reference data.
#include <algorithm>
#include <numeric>

#include <goldilocks/graph/plain.hpp>
#include <gtest/gtest.h>

#include "core/data/image.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/lowering/lower.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::lowering {
namespace {

std::vector<float> classify(const Network& network, const std::filesystem::path& file) {
  const ImageInput& input = *network.inputs.front().image;
  const data::Image image = data::fit_image(data::load_image(file), input.width, input.height, {});
  std::vector<float> values(static_cast<std::size_t>(graph::element_count(network.inputs.front().dims)));
  preprocess_image(input, image.pixels, values);
  const graph::PlainModel model(network.graph());
  graph::PlainSession session(model, std::vector{*network.scores});
  session.run(std::vector{graph::TensorView{network.inputs.front().dims, values}});
  const std::span<const float> scores = session.output(0).values;
  return {scores.begin(), scores.end()};
}

TEST(FoodModel, IsLoweredWithItsPreprocessingLabelsAndScores) {
  GOLDILOCKS_REFERENCE_OR_SKIP(file, "models/food.mlmodel");
  const std::shared_ptr<const Network> network = lower(*model::load_model(file));
  ASSERT_EQ(network->inputs.size(), 1U);
  EXPECT_EQ(network->inputs[0].dims, (std::vector<std::int64_t>{1, 1, 3, 227, 227}));
  ASSERT_TRUE(network->inputs[0].image);
  EXPECT_EQ(network->inputs[0].image->color, ColorLayout::bgr);
  EXPECT_EQ(network->inputs[0].image->scale, 1);
  EXPECT_EQ(network->inputs[0].image->mean.size(), 3U * 227 * 227);
  EXPECT_EQ(network->labels.size(), 101U);
  ASSERT_TRUE(network->scores);
  EXPECT_EQ(network->outputs.size(), 2U);
  for (const NetworkOutput& output : network->outputs) EXPECT_EQ(output.value, *network->scores) << output.name;
}

TEST(FoodModel, KnowsMostPizzasForPizzas) {
  GOLDILOCKS_REFERENCE_OR_SKIP(file, "models/food.mlmodel");
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "images/pizza");
  const std::shared_ptr<const Network> network = lower(*model::load_model(file));
  std::vector<std::filesystem::path> images;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) images.push_back(entry.path());
  std::ranges::sort(images);
  images.resize(5);
  int pizzas = 0;
  for (const std::filesystem::path& image : images) {
    const std::vector<float> scores = classify(*network, image);
    EXPECT_NEAR(std::accumulate(scores.begin(), scores.end(), 0.0), 1, 1e-5) << image;
    const auto best = static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
    if (network->labels[best] == "pizza") ++pizzas;
  }
  EXPECT_GE(pizzas, 3);
}

}  // namespace
}  // namespace goldilocks::lowering
