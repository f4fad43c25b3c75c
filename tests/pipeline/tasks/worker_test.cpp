// The parts of a worker: the frames of its reports, and a task that goes through the plan's document and back. The
// whole is tested by end_to_end/isolation_test.cpp.
#include <unistd.h>

#include <array>
#include <climits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/pipeline/tasks/task_plan.hpp"
#include "core/pipeline/tasks/worker_frames.hpp"
#include "core/plugins/call_places.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;
using testing::registry;
using testing::Workspace;

std::string written(FrameKind kind, std::string_view content) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  write_frame(pipe[1], kind, content);
  std::array<char, std::size_t{2} * PIPE_BUF> bytes{};
  const ssize_t count = ::read(pipe[0], bytes.data(), bytes.size());
  ::close(pipe[0]);
  ::close(pipe[1]);
  return {bytes.data(), static_cast<std::size_t>(count)};
}

TEST(WorkerFrames, AreReadAsTheyWereWrittenHoweverTheyArrive) {
  const std::string bytes = written(FrameKind::place, "layer 'a'") + written(FrameKind::done, "");
  for (std::size_t chunk = 1; chunk <= bytes.size(); ++chunk) {
    FrameReader reader;
    std::vector<Frame> frames;
    for (std::size_t i = 0; i < bytes.size(); i += chunk) {
      reader.add(std::string_view(bytes).substr(i, chunk));
      while (auto frame = reader.next()) frames.push_back(*std::move(frame));
    }
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].kind, FrameKind::place);
    EXPECT_EQ(frames[0].content, "layer 'a'");
    EXPECT_EQ(frames[1].kind, FrameKind::done);
    EXPECT_EQ(frames[1].content, "");
  }
}

TEST(WorkerFrames, FitIntoOneWrite) {
  const std::string bytes = written(FrameKind::failed, std::string(100000, 'x'));
  EXPECT_EQ(bytes.size(), std::size_t{PIPE_BUF});
  FrameReader reader;
  reader.add(bytes);
  EXPECT_EQ(reader.next()->content, std::string(PIPE_BUF - 5, 'x'));
}

TEST(CallPlaces, TellTheInnermostCallOfAThread) {
  EXPECT_EQ(plugins::place_of_this_thread(), nullptr);
  {
    const plugins::CallPlace unrecorded("conv0", "weights", "x");
    EXPECT_EQ(plugins::place_of_this_thread(), nullptr);
  }
  plugins::record_call_places();
  const plugins::CallPlace outer("conv1", "weights", "x");
  {
    const plugins::CallPlace inner("conv2", "bias", "y");
    EXPECT_STREQ(plugins::place_of_this_thread(), "layer 'conv2', bias: quantizer 'y'");
  }
  EXPECT_STREQ(plugins::place_of_this_thread(), "layer 'conv1', weights: quantizer 'x'");
  EXPECT_STREQ(plugins::place_of_any_thread(), "layer 'conv1', weights: quantizer 'x'");
}

TEST(CallPlaces, CutAnEndlessName) {
  plugins::record_call_places();
  const plugins::CallPlace place(std::string(10000, 'n'), "weights", "x");
  EXPECT_EQ(std::string_view(plugins::place_of_this_thread()).size(), 511U);
}

const char* const pipeline = R"(
stages:
  - load:
      models: [tiny.mlmodel, other.mlmodel]
      dataset: {images: images.npy, labels: labels.npy}
  - quantize:
      id: first
      description: "{function} with ${env:GOLDILOCKS_TEST_WORD}"
      sweep:
        function: [{with_options: {flag: true, count: 7, factor: 0.25, note: "a ${env:GOLDILOCKS_TEST_WORD}, b=c",
                                   steps: [0.1, -2], file: labels.npy}}, chooser]
        bits: [8, 16]
  - quantize:
      input: first
      requantize: true
      keep: always
      rules:
        - {match: {layer: ["c*", "${env:GOLDILOCKS_TEST_WORD}"], layer_type: convolution, min_count: 2}, bits: 2}
        - {match: {parameter: bias, max_count: 1000}, function: {with_options: {count: 5}}, bits: 8}
        - {match: {layer_type: innerProduct}, skip: true}
      sweep: {function: linear, bits: 4, compact_preprocessing: [false, true]}
  - evaluate: {backend: reference}
)";

TEST(TaskPlan, HoldsAllThatATasksKeyStandsFor) {
  const Workspace workspace;
  ::setenv("GOLDILOCKS_TEST_WORD", "word", 1);
  const PipelineSpec spec = workspace.parse(pipeline);
  const Plan plan = workspace.plan(pipeline);
  const goldilocks::Plan message = to_message(spec, plan, registry(), EnvironmentValues::shown);
  std::size_t checked = 0;
  for (const Task& task : plan.tasks) {
    if (task.kind == TaskKind::prepare) continue;
    const TaskPlan read = task_plan(message, task.id, registry());
    const Task& again = read.plan.tasks.at(read.index);
    EXPECT_EQ(again.key, task.key);
    EXPECT_EQ(read.spec.variants.at(again.variant).name, spec.variants.at(task.variant).name);
    EXPECT_EQ(read.spec.variants.at(again.variant).description, spec.variants.at(task.variant).description);
    ++checked;
  }
  EXPECT_EQ(checked, plan.tasks.size() - 1);
}

TEST(TaskPlan, NoticesWhatDiffersFromItsKey) {
  const Workspace workspace;
  ::setenv("GOLDILOCKS_TEST_WORD", "word", 1);
  const Plan plan = workspace.plan(pipeline);
  const goldilocks::Plan message = to_message(workspace.parse(pipeline), plan, registry(), EnvironmentValues::shown);
  const auto refusal = [&](const auto& change) {
    goldilocks::Plan changed = message;
    for (auto& task : *changed.mutable_tasks()) change(task);
    try {
      task_plan(changed, plan.tasks.back().id, registry());
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal([](auto&) {}), "");
  EXPECT_THAT(refusal([](auto& task) {
                if (task.has_predict()) task.mutable_predict()->set_scores_only(true);
              }),
              HasSubstr("was changed during the run"));
  EXPECT_THAT(refusal([](auto& task) { task.clear_inputs(); }), HasSubstr("has no prepared images"));
}

TEST(TaskPlan, NeedsItsInputsInTheStore) {
  const Workspace workspace;
  ::setenv("GOLDILOCKS_TEST_WORD", "word", 1);
  const Plan plan = workspace.plan(pipeline);
  const TaskPlan task = task_plan(to_message(workspace.parse(pipeline), plan, registry(), EnvironmentValues::shown),
                                  plan.tasks.back().id, registry());
  store::Store store(workspace / "store");
  try {
    require_inputs(task, store);
    FAIL();
  } catch (const FileError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is not there any more"));
  }
}

TEST(ParseIsolation, ReadsWhatAStageSaysAndWritesItAgain) {
  const Workspace workspace;
  const auto yaml = [](const std::string& quantize, const std::string& evaluate) {
    return "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n"
           "  - quantize: {" +
           quantize + "sweep: {function: linear, bits: 8}}\n  - evaluate: {backend: reference" + evaluate + "}\n";
  };
  const PipelineSpec plain = workspace.parse(yaml("isolation: none, ", ""));
  EXPECT_FALSE(plain.quantizes[0].isolation);
  EXPECT_FALSE(plain.evaluate->isolation);
  const PipelineSpec spec = workspace.parse(yaml("isolation: process, ", ", isolation: process, time_limit: 2.5"));
  EXPECT_EQ(spec.quantizes[0].isolation->time_limit, 600);
  EXPECT_EQ(spec.evaluate->isolation->time_limit, 2.5);
  workspace.write("again.yaml", to_yaml(spec));
  EXPECT_EQ(to_yaml(parse_pipeline(workspace / "again.yaml", {}, registry())), to_yaml(spec));
  EXPECT_THAT(to_yaml(spec), HasSubstr("isolation: process\n      time_limit: 2.5"));

  EXPECT_THAT(workspace.faults(yaml("isolation: proces, ", "")), HasSubstr("did you mean 'process'"));
  EXPECT_THAT(workspace.faults(yaml("isolation: process, time_limit: 0, ", "")), HasSubstr("'time_limit' must be"));
  EXPECT_THAT(workspace.faults(yaml("", ", isolation: none, time_limit: 5")), HasSubstr("needs 'isolation: process'"));
}

}  // namespace
}  // namespace goldilocks::pipeline
