#include "tests/runtime/model_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;

// y = factor * x
spec::Model times(float factor, const std::string& input, const std::string& output) {
  return ModelBuilder()
      .array_input(input, {2})
      .layer(output, {input}, {output},
             [factor](spec::NeuralNetworkLayer& layer) {
               layer.mutable_activation()->mutable_linear()->set_alpha(factor);
             })
      .output(output, {2})
      .build();
}

TEST(PipelineStage, HandsOnWhatEachModelGives) {
  const ModelFile model(pipeline_of_models({times(2, "x", "y"), times(3, "y", "z")}));
  EXPECT_EQ(model.predict({{"x", floats({2}, {1, -2})}}).at("z"), Value(floats({2}, {6, -12})));
}

TEST(PipelineStage, MayStandInAPipeline) {
  const spec::Model inner = pipeline_of_models({times(2, "x", "y"), times(3, "y", "z")});
  const ModelFile model(pipeline_of_models({inner, times(5, "z", "w")}));
  EXPECT_EQ(model.predict({{"x", floats({2}, {1, -2})}}).at("w"), Value(floats({2}, {30, -60})));
}

TEST(PipelineStage, ReturnsTensorsFromInsideUnderTheModelsNames) {
  spec::Model pipeline = pipeline_of_models({times(2, "x", "y"), times(3, "y", "z")});
  pipeline.mutable_pipeline()->add_names("twice");
  pipeline.mutable_pipeline()->add_names("thrice");
  const ModelFile model(pipeline);
  runtime::InnerTensors inner;
  inner.request.names = {"twice/y"};
  model->predict({{"x", floats({2}, {1, 0})}}, nullptr, &inner);
  EXPECT_EQ(inner.values.size(), 1U);
  EXPECT_TRUE(inner.values.contains("twice/y"));
}

TEST(PipelineStage, NamesTheModelThatFails) {
  spec::Model bad = times(3, "y", "z");
  bad.clear_neuralnetwork();
  bad.mutable_supportvectorregressor();
  EXPECT_THAT(error_of([&] {
                ModelFile model(pipeline_of_models({times(2, "x", "y"), bad}));
              }),
              HasSubstr("models[1]: a model of the type 'supportVectorRegressor' can't be run"));
  EXPECT_THAT(error_of([&] {
                ModelFile model(pipeline_of_models({times(2, "x", "a"), times(2, "y", "z")}));
                model.predict({{"x", floats({2}, {1, 2})}});
              }),
              HasSubstr("models[1]: input 'y' is missing"));
}

}  // namespace
}  // namespace goldilocks::testing
