// Whatever bytes a model consists of, lowering either makes a sound graph of it or says what is wrong.
#include <goldilocks/graph/graph.hpp>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using Layer = spec::NeuralNetworkLayer;

// A network with as many kinds of layers as fit behind one another.
std::string varied_model() {
  ModelBuilder builder(11);
  builder.image_input("image", 8, 8).mean_image(std::vector<float>(3 * 8 * 8, 1)).convolution("conv", 3, 4);
  builder.batchnorm("norm", 4).activation("relu").pooling("pool");
  builder.layer("pad", [](Layer& layer) {
    layer.mutable_padding()->mutable_reflection();
    layer.mutable_padding()->mutable_paddingamounts()->add_borderamounts()->set_startedgesize(1);
    layer.mutable_padding()->mutable_paddingamounts()->add_borderamounts()->set_endedgesize(1);
  });
  builder.layer("up", [](Layer& layer) {
    layer.mutable_upsample()->add_scalingfactor(2);
    layer.mutable_upsample()->add_scalingfactor(3);
  });
  builder.layer("lrn", [](Layer& layer) { layer.mutable_lrn()->set_localsize(3); });
  builder.convolution("deconv", 4, 2, {.kernel = 2, .stride = 2, .deconvolution = true});
  builder.layer("halves", {"deconv"}, {"left", "right"}, [](Layer& layer) { layer.mutable_split()->set_noutputs(2); });
  builder.layer("joined", {"left", "right"}, {"joined"}, [](Layer& layer) { layer.mutable_concat(); });
  builder.layer("turned", [](Layer& layer) {
    for (const std::uint64_t axis : {0, 2, 1, 3}) layer.mutable_permute()->add_axis(axis);
  });
  builder.layer("shaped", [](Layer& layer) {
    for (const std::int64_t size : {10, 4, 30}) layer.mutable_reshape()->add_targetshape(size);
  });
  builder.inner_product("scores", 1200, 2).softmax("probabilities").classifier({"a", "b"});
  return model::serialize_model(builder.build());
}

TEST(DamagedModels, AreRefusedOrMakeASoundGraph) {
  const std::string bytes = varied_model();
  spec::Model whole;
  ASSERT_TRUE(whole.ParseFromString(bytes));
  ASSERT_NO_THROW(lowering::lower(whole));
  const google::protobuf::LogSilencer silence;  // it would report each damaged string
  const unsigned seed = 90125;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int sound = 0;
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string damaged = bytes;
    const auto end = static_cast<std::int64_t>(bytes.size()) - 1;
    for (std::int64_t count = between(random, 1, 3); count > 0; --count) {
      damaged[static_cast<std::size_t>(between(random, 0, end))] = static_cast<char>(between(random, 0, 255));
    }
    spec::Model model;
    if (!model.ParseFromString(damaged)) continue;
    try {
      const std::shared_ptr<const Network> network = lowering::lower(model);
      const graph::GraphView view(network->graph());
      ++sound;
    } catch (const ModelError&) {
      ++refused;
    }
  }
  EXPECT_GT(sound, 0);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace goldilocks::testing
