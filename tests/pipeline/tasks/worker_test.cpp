// The parts of a worker: the frames of its reports, and tasks from a plan's file alone. The
// whole is tested by end_to_end/isolation_test.cpp.
#include "core/pipeline/tasks/worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/tasks/adopt.hpp"
#include "core/pipeline/tasks/worker_frames.hpp"
#include "core/plugins/call_places.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
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

const char* const small_sweep = R"(
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

class PlannedTasks : public ::testing::Test {
 protected:
  PlannedTasks() { ::setenv("GOLDILOCKS_TEST_WORD", "a secret", 1); }

  // The message of what a task's refusal says, or "".
  std::string refusal(const goldilocks::Plan& plan, const std::string& id) {
    try {
      run_task(plan, id, registry(), store_, pool_);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  const Workspace workspace_;
  store::Store store_{workspace_ / "alone"};
  ThreadPool pool_{2};
};

// Every task in an order of chance that respects inputs, each from the plan's file and with the store alone.
TEST_F(PlannedTasks, MakeAloneWhatTheRunMakes) {
  const std::string study = R"(
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy, label_map: map.json,
                                          split: {parts: {choose: 0.5, prove: 0.5}}}}
  - quantize: {description: "{function}: ${env:GOLDILOCKS_TEST_WORD}", sweep: {function: linear, bits: [8, 4]}}
  - sensitivity: {function: kmeans_lut, part: choose, samples: 9, backend: reference}
  - mixed: {size_of: tiny_linear_4, name: "{model}_mixed"}
  - evaluate: {backend: reference, part: choose}
  - select: {max_drop: 1}
  - prove: {part: prove}
)";
  workspace_.write("map.json", R"({"0": "0", "1": "1", "2": "2"})");
  for (const std::string& yaml : {std::string(small_sweep), study}) {
    const std::string run = yaml == study ? "study" : "sweep";
    ASSERT_EQ(workspace_.run(yaml, run, 2, run + " store").exit_code, ExitCode::done);
    store::Store expected(workspace_ / (run + " store"));
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    for (const char* file : {"plan.json", "plan-proof.json"}) {
      if (!fs::exists(workspace_ / run / file)) continue;
      EXPECT_THAT(read_file(workspace_ / run / file), Not(HasSubstr("a secret")));
      const goldilocks::Plan plan = read_plan(workspace_ / run / file);
      const std::vector<Task> tasks = tasks_of(plan);
      std::vector<std::size_t> open(tasks.size());
      std::iota(open.begin(), open.end(), std::size_t{0});
      while (!open.empty()) {
        std::shuffle(open.begin(), open.end(), random);
        const auto next = std::find_if(open.begin(), open.end(), [&](std::size_t task) {
          return std::none_of(tasks[task].inputs.begin(), tasks[task].inputs.end(), [&](std::size_t input) {
            return std::find(open.begin(), open.end(), input) != open.end();
          });
        });
        const Task& task = tasks[*next];
        open.erase(next);
        const WorkOutcome outcome = run_task(plan, task.id, registry(), store_, pool_);
        EXPECT_FALSE(outcome.failure) << task.id;
        const auto alone = store_.find(task.key);
        const auto together = expected.find(task.key);
        ASSERT_TRUE(alone && together) << task.id << ", seed " << seed;
        EXPECT_EQ(alone->sha256, together->sha256) << task.id << ", seed " << seed;
        EXPECT_EQ(alone->notes, together->notes) << task.id << ", seed " << seed;
      }
    }
    const RunOutcome again = workspace_.run(yaml, run + " again", 2, "alone");
    EXPECT_EQ(again.computed, 0U);
    EXPECT_EQ(read_file(workspace_ / (run + " again/results.json")), read_file(workspace_ / run / "results.json"));
  }
}

TEST_F(PlannedTasks, RefuseWhatTheirKeyDoesNotStandFor) {
  const goldilocks::Plan plan = workspace_.plan(small_sweep).document;
  const std::string prepare = plan.tasks(0).id();
  const auto changed = [&](const auto& change) {
    goldilocks::Plan other = plan;
    for (goldilocks::PlannedTask& task : *other.mutable_tasks()) change(task);
    return other;
  };
  const auto other = changed([](auto& task) {
    if (task.has_prepare()) task.mutable_prepare()->set_crop("scale_fill");
    if (task.has_quantize()) task.mutable_quantize()->set_requantize(!task.quantize().requantize());
  });
  EXPECT_THAT(refusal(other, prepare), HasSubstr("its key stands for other parameters"));
  EXPECT_THAT(refusal(other, plan.tasks(1).id()), HasSubstr("its key stands for other parameters"));
  ::setenv("GOLDILOCKS_TEST_WORD", "another", 1);
  EXPECT_THAT(refusal(plan, plan.tasks(1).id()), HasSubstr("its key stands for other parameters"));
  ::unsetenv("GOLDILOCKS_TEST_WORD");
  EXPECT_THAT(refusal(plan, plan.tasks(1).id()), HasSubstr("GOLDILOCKS_TEST_WORD"));
  EXPECT_EQ(refusal(plan, prepare), "");
  EXPECT_THAT(refusal(plan, "no such task"), HasSubstr("the plan has no task 'no such task'"));
}

TEST_F(PlannedTasks, RefuseFilesThatWereChanged) {
  const goldilocks::Plan plan = workspace_.plan(small_sweep).document;
  const std::string labels = read_file(workspace_ / "labels.npy");
  workspace_.write("labels.npy", labels.substr(0, labels.size() - 1) + '\0');
  EXPECT_THAT(refusal(plan, plan.tasks(0).id()), HasSubstr("images.npy: its samples were changed"));
  EXPECT_THAT(refusal(plan, "quantize tiny_with_options_8"), HasSubstr("labels.npy: it was changed since"));
  workspace_.write("other.mlmodel", read_file(workspace_ / "tiny.mlmodel"));
  EXPECT_THAT(refusal(plan, "quantize other_chooser_auto"), HasSubstr("other.mlmodel: it was changed"));
}

TEST_F(PlannedTasks, NeedTheStoreAloneOnceAllIsAdopted) {
  const Plan plan = workspace_.plan(small_sweep);
  adopt_sources(plan, store_, pool_);
  store::Store together(workspace_ / "store");
  workspace_.run(small_sweep);
  for (const char* file : {"tiny.mlmodel", "other.mlmodel", "images.npy", "labels.npy"}) fs::remove(workspace_ / file);
  for (const Task& task : plan.tasks) {
    const WorkOutcome outcome = run_task(plan.document, task.id, registry(), store_, pool_);
    EXPECT_FALSE(outcome.failure) << task.id;
    EXPECT_EQ(store_.find(task.key)->sha256, together.find(task.key)->sha256) << task.id;
  }
}

TEST_F(PlannedTasks, NeedTheirInputsInTheStore) {
  const goldilocks::Plan plan = workspace_.plan(small_sweep).document;
  EXPECT_THAT(refusal(plan, plan.tasks(plan.tasks_size() - 1).id()), HasSubstr("run that task first"));
}

TEST_F(PlannedTasks, OfAnotherBuildAreRefused) {
  goldilocks::Plan plan = workspace_.plan(small_sweep).document;
  const auto refused = [&](const std::string& content) -> std::string {
    workspace_.write("plan.json", content);
    try {
      read_plan(workspace_ / "plan.json");
      return "";
    } catch (const UsageError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refused(to_json_text(plan)), "");
  EXPECT_EQ(refused(plan.SerializeAsString()), "");
  EXPECT_THAT(refused("{}"), HasSubstr("not the plan of a run"));
  EXPECT_THAT(refused("no plan"), HasSubstr("not the plan of a run"));
  plan.set_program("another");
  EXPECT_THAT(refused(to_json_text(plan)), HasSubstr("made by another build"));
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
