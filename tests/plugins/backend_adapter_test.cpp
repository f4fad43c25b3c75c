#include <cstdint>
#include <thread>

#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/small_graph.hpp"

namespace goldilocks::plugins {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

const BackendPlugin& doubling() {
  static Registry registry({library_folder()});
  return registry.backend("doubling");
}

// Runs the chain "double" once on 1 2 3 4, and returns what the value v1 then is.
Tensor run_once(const std::string& fault) {
  const SmallGraph graph({"double"});
  const auto model = doubling().create_model({{"fault", fault}}, graph.get(), {});
  const std::vector<std::uint32_t> wanted = {1};
  const auto session = model->create_session(wanted);
  const InputTensor input({2, 2}, {1, 2, 3, 4});
  const std::vector<const glk_tensor*> inputs = {input.get()};
  return session->run(inputs).at(0);
}

TEST(Backend, RunsAndReturnsWhatWasWanted) {
  const Tensor result = run_once("");
  EXPECT_THAT(result.dims, ElementsAre(2, 2));
  EXPECT_THAT(result.values, ElementsAre(2, 4, 6, 8));
}

TEST(Backend, ReusesItsTensorsFromRunToRun) {
  const SmallGraph graph({"double", "double"});
  const auto model = doubling().create_model({}, graph.get(), {});
  const std::vector<std::uint32_t> wanted = {2, 1};
  const auto session = model->create_session(wanted);
  const InputTensor first({2, 2}, {1, 2, 3, 4});
  const InputTensor second({2, 2}, {5, 6, 7, 8});
  const std::vector<const glk_tensor*> first_inputs = {first.get()};
  const std::vector<const glk_tensor*> second_inputs = {second.get()};
  const std::vector<Tensor>& results = session->run(first_inputs);
  const float* memory = results[0].values.data();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 64, 0U);
  EXPECT_EQ(&session->run(second_inputs), &results);
  EXPECT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].values.data(), memory);
  EXPECT_THAT(results[0].values, ElementsAre(10, 12, 14, 16));
}

TEST(Backend, ConvertsOtherTypesToFloat32) {
  EXPECT_THAT(run_once("double").values, ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(run_once("integer").values, ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(run_once("half").values, ElementsAre(2, 2, 2, 2));
}

TEST(Backend, FindsWrongOutputs) {
  const auto error = [](const std::string& fault) { return plugin_error([&] { run_once(fault); }); };
  EXPECT_THAT(error("wrong_shape"), StartsWith("backend 'doubling': returned 'v1' with the shape [2, 3] instead of "
                                               "[2, 2]"));
  EXPECT_THAT(error("negative"), StartsWith("backend 'doubling': returned 'v1' with the shape [2, -1]"));
  EXPECT_THAT(error("beyond"), StartsWith("backend 'doubling': asked for output 99 of 1"));
  EXPECT_EQ(error("one_unset"), "backend 'doubling': left 'v1' unset");
  EXPECT_THAT(error("again_in_another_type"),
              StartsWith("backend 'doubling': asked for 'v1' twice, in different types or shapes"));
  EXPECT_EQ(error("throw"), "backend 'doubling': no result today");
  EXPECT_THAT(run_once("again").values, ElementsAre(2, 4, 6, 8));
}

TEST(Backend, ANegativeDimensionIsRefusedWhereTheShapeIsOpen) {
  const SmallGraph graph({"double"}, {-1, -1});
  const auto model = doubling().create_model({{"fault", std::string("negative")}}, graph.get(), {});
  const std::vector<std::uint32_t> wanted = {1};
  const InputTensor input({2, 2}, {1, 2, 3, 4});
  const std::vector<const glk_tensor*> inputs = {input.get()};
  const auto session = model->create_session(wanted);
  EXPECT_THAT(plugin_error([&] { session->run(inputs); }),
              StartsWith("backend 'doubling': asked for 'v1' with the type 1 and the shape [2, -1]"));
}

TEST(Backend, ASessionWorksAfterAFailedRun) {
  const SmallGraph graph({"double"});
  const auto model = doubling().create_model({}, graph.get(), {});
  const std::vector<std::uint32_t> wanted = {1};
  const auto session = model->create_session(wanted);
  const InputTensor wrong({2, 3}, {1, 2, 3, 4, 5, 6});
  const InputTensor right({2, 2}, {1, 2, 3, 4});
  const std::vector<const glk_tensor*> wrong_inputs = {wrong.get()};
  const std::vector<const glk_tensor*> right_inputs = {right.get()};
  EXPECT_THAT([&] { session->run(wrong_inputs); },
              ::testing::ThrowsMessage<PluginError>(
                  ::testing::HasSubstr("backend 'doubling': returned 'v1' with the shape [2, 3] instead of [2, 2]")));
  EXPECT_THAT([&] { session->run({}); },
              ::testing::ThrowsMessage<PluginError>(::testing::HasSubstr("backend 'doubling': given 0 inputs of 1")));
  EXPECT_THAT(session->run(right_inputs).at(0).values, ElementsAre(2, 4, 6, 8));
}

TEST(Backend, NamesTheFirstOperationThatItCantRun) {
  const SmallGraph graph({"double", "halve", "double", "square"});
  EXPECT_EQ(plugin_error([&] { doubling().create_model({}, graph.get(), {}); }),
            "layer 'layer 1': backend 'doubling' can't run the operation 'halve' (and 1 more of the model's "
            "operations)");
}

TEST(Backend, AnExceptionInSupportsMeansNo) {
  const SmallGraph graph({"throw"});
  EXPECT_EQ(plugin_error([&] { doubling().create_model({}, graph.get(), {}); }),
            "layer 'layer 0': backend 'doubling' can't run the operation 'throw'");
}

TEST(Backend, LearnsTheModelsFile) {
  const SmallGraph graph({"double"});
  EXPECT_NO_THROW(
      doubling().create_model({{"expected_file", std::string("/a/b.mlmodel")}}, graph.get(), "/a/b.mlmodel"));
  EXPECT_EQ(plugin_error([&] { doubling().create_model({}, graph.get(), "/a/b.mlmodel"); }),
            "backend 'doubling': another file: /a/b.mlmodel");
}

TEST(Backend, ModelsAndSessionsMayFail) {
  const SmallGraph graph({"double"});
  EXPECT_EQ(plugin_error([&] {
              doubling().create_model({{"fault", std::string("no_model")}}, graph.get(), {});
            }),
            "backend 'doubling': models today");
  const auto model = doubling().create_model({{"fault", std::string("no_session")}}, graph.get(), {});
  const std::vector<std::uint32_t> wanted = {1};
  EXPECT_EQ(plugin_error([&] { model->create_session(wanted); }),
            "backend 'doubling': create_session() returned no session");
  const std::vector<std::uint32_t> beyond = {7};
  EXPECT_EQ(plugin_error([&] { model->create_session(beyond); }), "backend 'doubling': asked for value 7 of 2");
}

TEST(Backend, SessionsOfOneModelRunInParallel) {
  const SmallGraph graph({"double"});
  const auto model = doubling().create_model({}, graph.get(), {});
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      const std::vector<std::uint32_t> wanted = {1};
      const auto session = model->create_session(wanted);
      for (int i = 0; i < 200; ++i) {
        const auto value = static_cast<float>(i) + static_cast<float>(t) * 1000;
        const InputTensor input({2, 2}, {value, 0, 0, 0});
        const std::vector<const glk_tensor*> inputs = {input.get()};
        if (session->run(inputs).at(0).values.at(0) == 2 * value) ++right[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(right, ElementsAre(200, 200, 200, 200));
}

}  // namespace
}  // namespace goldilocks::plugins
