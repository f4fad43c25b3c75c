// Files that are damaged at random: everything that reads a model ends with a result or an error, whatever the bytes.
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/specification_version.hpp"
#include "core/formats/coreml/summary.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/formats/neural_network/layer_examples.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

// A few bytes changed, cut out, or doubled.
std::string damage(std::string bytes, std::mt19937& random) {
  const unsigned changes = 1 + random() % 4;
  for (unsigned i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t at = random() % bytes.size();
    const std::size_t length = 1 + random() % 5;
    switch (random() % 4) {
      case 0:
        bytes.erase(at, length);
        break;
      case 1:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 2:
        bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << random() % 8));
        break;
      default:
        bytes[at] = static_cast<char>(random());
    }
  }
  return bytes;
}

// All that is done with a model that was read. Returns false where the bytes were refused.
bool read_everything(const std::string& bytes) {
  try {
    const auto model = parse_model(std::as_bytes(std::span(bytes)), "damaged");
    validate(*model);
    summarize(*model);
    required_specification_version(*model);
    class_labels(*model);
    for_each_model(std::as_const(*model), [](const spec::Model& inner, const std::string&) {
      const NetworkView network = network_of(inner);
      if (!network) return;
      for_each_layer(*network.layers, [](const Layer& layer, const std::string&) {
        for_each_weight(layer, [](const auto& slot) {
          try {
            decode_weights(slot, slot.parameter);
          } catch (const ModelError&) {
            return;
          }
        });
      });
    });
    serialize_model(*model);
    return true;
  } catch (const ModelError&) {
    return false;
  }
}

spec::Model model_with(LayerCase kind) {
  testing::ModelBuilder builder;
  builder.exact_shapes().array_input("in0", {1, 1, 1, 1, 1});
  return builder
      .layer("it",
             [&](Layer& layer) {
               Layer example = example_layer(kind);
               example.MergeFrom(layer);
               layer = example;
             })
      .build();
}

TEST(HostileFiles, DamageToAnyKindOfLayerEndsInAResultOrAnError) {
  const unsigned seed = 50;
  std::mt19937 random(seed);
  int accepted = 0;
  int refused = 0;
  for (const LayerKind& kind : layer_kinds()) {
    SCOPED_TRACE(kind.name);
    const std::string bytes = serialize_model(model_with(kind.kind));
    for (int i = 0; i < 60; ++i) ++(read_everything(damage(bytes, random)) ? accepted : refused);
  }
  EXPECT_GT(accepted, 300) << "seed " << seed;
  EXPECT_GT(refused, 1000) << "seed " << seed;
}

TEST(HostileFiles, DamageToAQuantizedPipelineEndsInAResultOrAnError) {
  spec::Model inner = testing::ModelBuilder(3)
                          .image_input("image", 6, 6)
                          .mean_image(std::vector<float>(108, 1))
                          .convolution("conv", 3, 4)
                          .batchnorm("norm", 4)
                          .global_pooling("pool")
                          .inner_product("fc", 4, 2)
                          .softmax("probabilities")
                          .classifier({"a", "b"})
                          .build();
  auto& layers = *mutable_layers(inner);
  store_table(*layers[0].mutable_convolution()->mutable_weights(), std::vector<std::uint8_t>(108, 3), 2,
              std::vector<float>(4, 1));
  store_linear(*layers[3].mutable_innerproduct()->mutable_weights(), std::vector<std::uint8_t>(8, 3), 5,
               std::vector<float>(2, 1), std::vector<float>(2, 1));
  const std::string bytes = serialize_model(testing::pipeline_of_models({inner, inner}));
  const unsigned seed = 51;
  std::mt19937 random(seed);
  int accepted = 0;
  for (int i = 0; i < 3000; ++i) accepted += static_cast<int>(read_everything(damage(bytes, random)));
  EXPECT_GT(accepted, 100) << "seed " << seed;
}

}  // namespace
}  // namespace goldilocks::model
