#include <functional>

#include <gtest/gtest.h>

#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/formats/coreml/broken_rules.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

// A classifier whose last dense layer can be trained with cross entropy.
spec::Model updatable(const std::function<void(spec::Model&)>& change) {
  spec::Model model = testing::ModelBuilder()
                          .image_input("image", 4, 4)
                          .convolution("conv", 3, 2)
                          .activation("relu")
                          .global_pooling("pool")
                          .inner_product("fc", 2, 2)
                          .softmax("probabilities")
                          .classifier({"a", "b"})
                          .build();
  model.set_isupdatable(true);
  model.set_specificationversion(4);
  auto& network = *model.mutable_neuralnetworkclassifier();
  Layer& dense = *network.mutable_layers(3);
  dense.set_isupdatable(true);
  dense.mutable_innerproduct()->mutable_weights()->set_isupdatable(true);
  dense.mutable_innerproduct()->mutable_bias()->set_isupdatable(true);
  auto& update = *network.mutable_updateparams();
  auto& loss = *update.add_losslayers();
  loss.set_name("loss");
  loss.mutable_categoricalcrossentropylosslayer()->set_input("probabilities");
  loss.mutable_categoricalcrossentropylosslayer()->set_target("target");
  auto& sgd = *update.mutable_optimizer()->mutable_sgdoptimizer();
  sgd.mutable_learningrate()->set_defaultvalue(0.1);
  sgd.mutable_minibatchsize()->set_defaultvalue(8);
  update.mutable_epochs()->set_defaultvalue(3);
  *model.mutable_description()->add_traininginput() = model.description().input(0);
  *model.mutable_description()->add_traininginput() = model.description().output(0);
  change(model);
  return model;
}

spec::Model with_network(const std::function<void(spec::NeuralNetworkClassifier&)>& change) {
  return updatable([&](auto& m) { change(*m.mutable_neuralnetworkclassifier()); });
}

spec::Model with_update(const std::function<void(spec::NetworkUpdateParameters&)>& change) {
  return with_network([&](auto& n) { change(*n.mutable_updateparams()); });
}

TEST(UpdatableRules, TheFixtureBreaksNone) {
  expect_valid(updatable([](auto&) {}));
}

TEST(UpdatableRules, OnlyLayersOfThreeKindsAreMarked) {
  expect_only(with_network([](auto& n) { n.mutable_layers(1)->set_isupdatable(true); }), "updatable.layer");
  expect_only(with_network([](auto& n) { n.mutable_layers(3)->set_isupdatable(false); }), "updatable.layer", "none");
}

TEST(UpdatableRules, MarkedWeightsAreMarkedAndNotQuantized) {
  expect_only(with_network([](auto& n) {
                n.mutable_layers(3)->mutable_innerproduct()->mutable_weights()->set_isupdatable(false);
              }),
              "updatable.weights");
  expect_only(with_network([](auto& n) {
                n.mutable_layers(3)->mutable_innerproduct()->mutable_weights()->mutable_quantization();
              }),
              "updatable.quantized", "an empty message is enough");
  expect_valid(with_network([](auto& n) {
                 store_table(*n.mutable_layers(0)->mutable_convolution()->mutable_weights(),
                             std::vector<std::uint8_t>(54), 1, std::vector<float>(2));
               }),
               "a layer that isn't marked");
}

TEST(UpdatableRules, LossNamesAndTargets) {
  expect_only(with_update([](auto& u) { u.add_losslayers()->set_name("more"); }), "updatable.loss");
  expect_only(with_update([](auto& u) { u.clear_losslayers(); }), "updatable.loss");
  expect_only(with_update([](auto& u) {
                u.mutable_losslayers(0)->mutable_categoricalcrossentropylosslayer()->set_input("fc");
              }),
              "updatable.loss", "cross entropy reads a softmax");
  expect_only(with_update([](auto& u) {
                u.mutable_losslayers(0)->mutable_categoricalcrossentropylosslayer()->set_target("fc");
              }),
              "updatable.loss");
  expect_only(with_update([](auto& u) { u.mutable_losslayers(0)->set_name("conv"); }), "updatable.names");
  expect_only(with_network([](auto& n) { n.clear_updateparams(); }), "updatable.parameters");
}

TEST(UpdatableRules, TheErrorCanBePassedBack) {
  const auto marked_before = [](const std::function<void(Layer&)>& between) {
    return with_network([&](auto& n) {
      Layer& convolution = *n.mutable_layers(0);
      convolution.set_isupdatable(true);
      convolution.mutable_convolution()->mutable_weights()->set_isupdatable(true);
      convolution.mutable_convolution()->mutable_bias()->set_isupdatable(true);
      between(*n.mutable_layers(1));
    });
  };
  expect_valid(marked_before([](Layer&) {}));
  expect_only(marked_before([](Layer& layer) { layer.mutable_activation()->mutable_elu(); }), "updatable.path");
}

TEST(UpdatableRules, OptimizersAreComplete) {
  expect_only(with_update([](auto& u) { u.mutable_optimizer()->Clear(); }), "updatable.optimizer");
  expect_only(with_update([](auto& u) {
                u.mutable_optimizer()->mutable_sgdoptimizer()->mutable_minibatchsize()->set_defaultvalue(0);
              }),
              "updatable.optimizer");
  expect_only(with_update([](auto& u) {
                auto& rate = *u.mutable_optimizer()->mutable_sgdoptimizer()->mutable_learningrate();
                rate.mutable_range()->set_minvalue(0.5);
                rate.mutable_range()->set_maxvalue(1);
              }),
              "updatable.optimizer");
  expect_only(with_update([](auto& u) { u.mutable_optimizer()->mutable_adamoptimizer(); }), "updatable.optimizer");
  expect_only(with_update([](auto& u) { u.clear_epochs(); }), "updatable.epochs");
  expect_only(with_update([](auto& u) { u.mutable_epochs()->mutable_set()->add_values(7); }), "updatable.epochs");
}

TEST(UpdatableRules, TrainingHasAnInputAndATarget) {
  expect_only(updatable([](auto& m) { m.mutable_description()->mutable_traininginput()->RemoveLast(); }),
              "updatable.training-inputs");
}

TEST(UpdatableRules, TypesAndPipelines) {
  spec::Model scaler;
  scaler.set_specificationversion(4);
  scaler.set_isupdatable(true);
  scaler.mutable_scaler();
  EXPECT_TRUE(broken_rules(scaler).contains("updatable.type"));
  spec::Model pipeline = testing::pipeline_of_models({updatable([](auto&) {})});
  expect_only(pipeline, "updatable.pipeline");
  pipeline.set_isupdatable(true);
  expect_valid(pipeline);
}

}  // namespace
}  // namespace goldilocks::model
