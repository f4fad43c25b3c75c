// Custom layers: refused by backends that don't know the class, run by one that does.
#include <gmock/gmock.h>

#include "core/base/error.hpp"
#include "core/formats/neural_network/lowering/lower.hpp"
#include "core/plugins/registry.hpp"
#include "tests/backends/backend_pair.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Custom = spec::CustomLayerParams;

// x [2] -> custom of this class -> relu
spec::Model model_of(const std::string& class_name, const std::function<void(spec::NeuralNetworkLayer&)>& fill) {
  ModelBuilder builder;
  builder.exact_shapes().array_input("x", {2});
  builder.layer("own", [&](spec::NeuralNetworkLayer& layer) {
    layer.mutable_custom()->set_classname(class_name);
    fill(layer);
  });
  return builder.activation("relu").build();
}

std::vector<Tensor> run(const std::string& backend_name, const spec::Model& model,
                        const std::vector<Tensor>& inputs = {{{2}, {3, -5}}}) {
  static plugins::Registry registry({std::filesystem::path(GOLDILOCKS_TEST_LIBRARIES),
                                     std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
  const std::shared_ptr<const lowering::Network> network = lowering::lower(model);
  const plugins::BackendPlugin& plugin = registry.backend(backend_name);
  const auto loaded = plugin.create_model(options_of(plugin), network->graph(), {});
  const std::vector<std::uint32_t> wanted = {network->outputs[0].value};
  const auto session = loaded->create_session(wanted);
  return run_session(*session, inputs);
}

void set_number(spec::NeuralNetworkLayer& layer, const std::string& name, double value) {
  (*layer.mutable_custom()->mutable_parameters())[name].set_doublevalue(value);
}

void state_shape(spec::NeuralNetworkLayer& layer, const std::vector<std::int64_t>& dims) {
  spec::Tensor& tensor = *layer.add_outputtensor();
  tensor.set_rank(static_cast<std::uint32_t>(dims.size()));
  for (const std::int64_t size : dims) tensor.add_dimvalue(size);
}

TEST(CustomLayer, IsRefusedByNameOfLayerAndClass) {
  const spec::Model model = model_of("Scale", [](auto& layer) { set_number(layer, "factor", 2); });
  for (const char* name : {"reference", "onednn"}) {
    try {
      run(name, model);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("layer 'own'"));
      EXPECT_THAT(error.what(), HasSubstr("'custom:Scale'"));
    }
  }
}

TEST(CustomLayer, IsRunByABackendThatKnowsItsClass) {
  const spec::Model model = model_of("Scale", [](auto& layer) { set_number(layer, "factor", -2); });
  EXPECT_THAT(run("scaling_class", model)[0].values, ElementsAre(0, 10));
}

TEST(CustomLayer, HandsWeightsOverAsVectors) {
  const auto floats = [](auto& layer) {
    set_number(layer, "factor", 1);
    spec::WeightParams& weights = *layer.mutable_custom()->add_weights();
    weights.add_floatvalue(10);
    weights.add_floatvalue(-1);
  };
  EXPECT_THAT(run("scaling_class", model_of("Scale", floats))[0].values, ElementsAre(30, 5));
  const auto bytes = [](auto& layer) {
    set_number(layer, "factor", 1);
    layer.mutable_custom()->add_weights()->set_rawvalue(std::string("\x02\xff", 2));
  };
  EXPECT_THAT(run("scaling_class", model_of("Scale", bytes))[0].values, ElementsAre(6, 0));
}

TEST(CustomLayer, HasTheShapeThatItsBackendSays) {
  const auto repeat = [](const std::vector<std::int64_t>& dims) {
    return model_of("Repeat", [=](auto& layer) {
      (*layer.mutable_custom()->mutable_parameters())["times"].set_intvalue(3);
      state_shape(layer, dims);
    });
  };
  const Tensor result = run("scaling_class", repeat({-1, 2}))[0];
  EXPECT_THAT(result.dims, ElementsAre(3, 2));
  EXPECT_THAT(result.values, ElementsAre(3, 0, 3, 0, 3, 0));
  EXPECT_THAT(
      [&] {
        run("scaling_class", repeat({4, 2}));
      },
      ::testing::ThrowsMessage<Error>(
          HasSubstr("'own' has shape [3, 2] instead of [4, 2]")));  // the model says otherwise
  EXPECT_THAT([&] { run("scaling_class", repeat({6})); }, ::testing::ThrowsMessage<Error>(HasSubstr("instead of [6]")));
}

TEST(CustomLayer, RunsInsideOfABranch) {
  ModelBuilder builder;
  builder.exact_shapes().array_input("x", {2}).array_input("condition", {1});
  builder.layer("choose", {"condition"}, {}, [](spec::NeuralNetworkLayer& layer) {
    spec::NeuralNetworkLayer& own = *layer.mutable_branch()->mutable_ifbranch()->add_layers();
    own.set_name("own");
    own.add_input("x");
    own.add_output("y");
    own.mutable_custom()->set_classname("Scale");
    set_number(own, "factor", 2);
    spec::NeuralNetworkLayer& other = *layer.mutable_branch()->mutable_elsebranch()->add_layers();
    other.set_name("other");
    other.add_input("x");
    other.add_output("y");
    other.mutable_activation()->mutable_relu();
  });
  const spec::Model model = builder.output("y").build();
  EXPECT_THAT(run("scaling_class", model, {{{2}, {3, -5}}, {{1}, {1}}})[0].values, ElementsAre(6, -10));
  EXPECT_THAT(run("scaling_class", model, {{{2}, {3, -5}}, {{1}, {0}}})[0].values, ElementsAre(3, 0));
  try {
    run("reference", model, {{{2}, {3, -5}}, {{1}, {1}}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'own'"));
    EXPECT_THAT(error.what(), HasSubstr("'custom:Scale'"));
  }
}

TEST(CustomLayer, RefusesWhatIsNoShapeOrParameter) {
  const auto error_of = [](const std::function<void(spec::NeuralNetworkLayer&)>& fill) -> std::string {
    try {
      lowering::lower(model_of("Scale", fill));
    } catch (const ModelError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(error_of([](auto& layer) { state_shape(layer, {0}); }), HasSubstr("its outputTensor can't be [0]"));
  EXPECT_THAT(error_of([](auto& layer) { layer.add_outputtensor()->set_rank(4000000000U); }), HasSubstr("a rank of"));
  EXPECT_THAT(error_of([](auto& layer) { (*layer.mutable_custom()->mutable_parameters())["odd"]; }),
              HasSubstr("its parameter 'odd' has no value"));
  EXPECT_THAT(error_of([](auto& layer) { layer.mutable_custom()->clear_classname(); }),
              HasSubstr("className is empty"));
}

}  // namespace
}  // namespace goldilocks::testing
