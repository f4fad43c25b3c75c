#include "core/formats/coreml/specification_version.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;
using testing::ModelBuilder;

int version_with(const std::function<void(Layer&)>& fill) {
  return required_specification_version(ModelBuilder().image_input("image", 4, 4).layer("it", fill).build());
}

TEST(SpecificationVersion, LayersBringTheirs) {
  EXPECT_EQ(version_with([](Layer& l) { l.mutable_pooling(); }), 1);
  EXPECT_EQ(version_with([](Layer& l) { l.mutable_custom(); }), 2);
  EXPECT_EQ(version_with([](Layer& l) { l.mutable_resizebilinear(); }), 3);
  EXPECT_EQ(version_with([](Layer& l) { l.mutable_tanh(); }), 4);
  EXPECT_EQ(version_with([](Layer& l) { l.mutable_onehot(); }), 5);
}

TEST(SpecificationVersion, OptionsOfOlderLayersBringTheirs) {
  EXPECT_EQ(version_with([](Layer& l) { l.mutable_upsample(); }), 1);
  EXPECT_EQ(version_with([](Layer& l) { l.mutable_upsample()->add_fractionalscalingfactor(1); }), 5);
  EXPECT_EQ(version_with(
                [](Layer& l) { l.mutable_reorganizedata()->set_mode(spec::ReorganizeDataLayerParams::PIXEL_SHUFFLE); }),
            5);
  EXPECT_EQ(version_with([](Layer& l) { l.mutable_innerproduct()->set_int8dynamicquantize(true); }), 5);
  EXPECT_EQ(version_with([](Layer& l) {
              l.mutable_convolution();
              l.add_input("kernel");
            }),
            4);
}

TEST(SpecificationVersion, WeightsBringTheirsWhereverTheyAre) {
  // The layers and places that the format's own lowering of versions doesn't look at count here.
  const std::vector<float> one{1};
  const auto in_bias = [&](const std::function<void(spec::WeightParams&)>& store) {
    return version_with([&](Layer& l) { store(*l.mutable_bias()->mutable_bias()); });
  };
  EXPECT_EQ(in_bias([&](auto& w) { store_float32(w, one); }), 1);
  EXPECT_EQ(in_bias([&](auto& w) { store_float16(w, one, "x"); }), 2);
  EXPECT_EQ(in_bias([&](auto& w) { store_linear(w, std::vector<std::uint8_t>{1}, 8, one, one); }), 3);
  EXPECT_EQ(in_bias([&](auto& w) { store_int8(w, std::vector<std::int8_t>{1}, 1); }), 5);
  EXPECT_EQ(version_with([&](Layer& l) { store_float16(*l.mutable_convolution()->mutable_bias(), one, "x"); }), 2)
      << "a bias that is off";
  const int nested = version_with([&](Layer& l) {
    Layer& inner = *l.mutable_loop()->mutable_bodynetwork()->add_layers();
    store_int8(*inner.mutable_innerproduct()->mutable_weights(), std::vector<std::int8_t>{1}, 1);
  });
  EXPECT_EQ(nested, 5) << "inside a loop";
}

TEST(SpecificationVersion, FeaturesBringTheirs) {
  const auto with_input = [](const std::function<void(spec::ArrayFeatureType&)>& change) {
    spec::FeatureDescription feature;
    auto& array = *feature.mutable_type()->mutable_multiarraytype();
    array.set_datatype(spec::ArrayFeatureType::FLOAT32);
    change(array);
    return required_version(feature);
  };
  EXPECT_EQ(with_input([](auto&) {}), 1);
  EXPECT_EQ(with_input([](auto& a) { a.mutable_shaperange(); }), 3);
  EXPECT_EQ(with_input([](auto& a) { a.set_floatdefaultvalue(1); }), 5);
  EXPECT_EQ(with_input([](auto& a) { a.set_datatype(spec::ArrayFeatureType::FLOAT16); }), 7);
  EXPECT_EQ(with_input([](auto& a) { a.set_datatype(spec::ArrayFeatureType::INT8); }), 10);
  spec::FeatureDescription feature;
  feature.mutable_type()->mutable_sequencetype();
  EXPECT_EQ(required_version(feature), 3);
  feature.mutable_type()->mutable_statetype();
  EXPECT_EQ(required_version(feature), 9);
}

TEST(SpecificationVersion, TypesBringTheirs) {
  spec::Model model;
  model.mutable_scaler();
  EXPECT_EQ(required_type_version(model), 1);
  model.mutable_nonmaximumsuppression();
  EXPECT_EQ(required_type_version(model), 3);
  model.mutable_description()->add_input()->mutable_type()->mutable_multiarraytype()->set_datatype(
      spec::ArrayFeatureType::FLOAT32);
  EXPECT_EQ(required_type_version(model), 5);
  model.mutable_mlprogram();
  EXPECT_EQ(required_type_version(model), 6);
  (*model.mutable_mlprogram()->mutable_functions())["main"].set_opset("CoreML7");
  EXPECT_EQ(required_type_version(model), 8);
}

TEST(SpecificationVersion, APipelineNeedsWhatItsModelsNeed) {
  const spec::Model plain = ModelBuilder().image_input("image", 4, 4).global_pooling("p").build();
  const spec::Model later =
      ModelBuilder().exact_shapes().array_input("x", {2}).layer("t", [](Layer& l) { l.mutable_tanh(); }).build();
  EXPECT_EQ(required_specification_version(testing::pipeline_of_models({plain})), 1);
  EXPECT_EQ(
      required_specification_version(testing::pipeline_of_models({testing::pipeline_of_models({plain, later}), plain})),
      4);
}

TEST(SpecificationVersion, UpdatableModelsAndThoseWithoutInputs) {
  spec::Model model = ModelBuilder().image_input("image", 4, 4).global_pooling("p").build();
  model.set_isupdatable(true);
  EXPECT_EQ(required_specification_version(model), 4);
  model.mutable_description()->clear_input();
  EXPECT_EQ(required_specification_version(model), 9);
}

}  // namespace
}  // namespace goldilocks::model
