#include "core/pipeline/run.hpp"

#include <map>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Workspace;

constexpr const char* whole = R"(
name: tiny_sweep
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - quantize: {description: "{bits} bit", sweep: {function: [linear, kmeans_lut], bits: [16, 8, 2]}}
  - evaluate: {backend: reference}
  - select: {max_drop: 1}
  - report: note
)";

// Every file of a folder but the timings, with its hash.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == "timing.json") continue;
    files[entry.path().lexically_relative(folder).string()] = sha256_of_file(entry.path());
  }
  return files;
}

std::vector<std::string> names_below(const fs::path& folder) {
  std::vector<std::string> all;
  for (const auto& [name, unused] : contents(folder)) all.push_back(name);
  return all;
}

TEST(RunPipeline, LeavesModelsResultsAndWhatWasRun) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(whole);
  EXPECT_EQ(outcome.exit_code, ExitCode::done);
  EXPECT_EQ(outcome.computed, 14U);  // 1 prepared, 6 quantized, 7 predicted
  EXPECT_THAT(
      names_below(workspace / "run"),
      ElementsAre("manifest.json", "notes/note.txt", "pipeline.yaml", "plan.json", "results.json", "tiny.mlmodel",
                  "tiny_kmeans_lut_16.mlmodel", "tiny_kmeans_lut_2.mlmodel", "tiny_kmeans_lut_8.mlmodel",
                  "tiny_linear_16.mlmodel", "tiny_linear_2.mlmodel", "tiny_linear_8.mlmodel"));
  EXPECT_TRUE(fs::exists(workspace / "run/timing.json"));
  EXPECT_EQ(read_file(workspace / "run/notes/note.txt"), "tiny_sweep: 7 variants\n");
}

TEST(RunPipeline, TheDocumentHasAllFiguresOfEveryVariant) {
  const Workspace workspace;
  const goldilocks::Results results = workspace.run(whole).results;
  EXPECT_EQ(to_json_text(results), read_file(workspace / "run/results.json"));
  ASSERT_EQ(results.variants_size(), 7);
  const goldilocks::Variant& loaded = results.variants(0);
  EXPECT_EQ(loaded.name(), "tiny");
  EXPECT_EQ(loaded.bits(), 32U);
  EXPECT_EQ(loaded.compression(), 1);
  EXPECT_EQ(loaded.size_bytes(), fs::file_size(workspace / "tiny.mlmodel"));
  EXPECT_FALSE(loaded.evaluation().has_mean_drop());
  EXPECT_EQ(loaded.evaluation().class_accuracy_size(), 3);
  const goldilocks::Variant& small = results.variants(3);
  EXPECT_EQ(small.name(), "tiny_linear_2");
  EXPECT_EQ(small.file(), "tiny_linear_2.mlmodel");
  EXPECT_EQ(small.model(), "tiny");
  EXPECT_EQ(small.function(), "linear");
  EXPECT_EQ(small.size_bytes(), fs::file_size(workspace / "run/tiny_linear_2.mlmodel"));
  EXPECT_EQ(small.sha256(), sha256_of_file(workspace / "run/tiny_linear_2.mlmodel"));
  EXPECT_GT(small.compression(), 1);
  EXPECT_EQ(small.evaluation().baseline(), "tiny");
  EXPECT_DOUBLE_EQ(small.evaluation().mean_drop(),
                   loaded.evaluation().mean_accuracy() - small.evaluation().mean_accuracy());
  ASSERT_TRUE(small.evaluation().has_top1_agreement());
  EXPECT_LT(small.evaluation().top1_agreement(), 1) << "two bits change answers";
  EXPECT_EQ(small.tensors_size(), 4);
  EXPECT_EQ(small.tensors(0).after(), "2 bit linear");
  EXPECT_EQ(results.datasets(0).samples(), 30U);
  EXPECT_THAT(results.datasets(0).classes(), ElementsAre("0", "1", "2"));
  EXPECT_EQ(results.datasets(0).preparation(), "center_crop, bilinear, 8 x 8");
  EXPECT_EQ(results.inputs(1).path(), "tiny.mlmodel");
  EXPECT_EQ(results.inputs(1).sha256(), sha256_of_file(workspace / "tiny.mlmodel"));
  ASSERT_EQ(results.inputs_size(), 4);
  EXPECT_EQ(results.inputs(3).path(), "labels.npy");
  EXPECT_EQ(results.inputs(3).sha256(), sha256_of_file(workspace / "labels.npy"));
  EXPECT_EQ(results.plugins(0).kind(), "quantizer");
  EXPECT_EQ(results.selection().max_drop(), 1);
  EXPECT_EQ(results.selection().objective(), "size");
  EXPECT_EQ(results.selection().front().x(), "size");
  EXPECT_GT(results.selection().front().variants_size(), 0);
  EXPECT_FALSE(results.selection().chosen().empty());
}

TEST(RunPipeline, FullPrecisionPredictionsAreThoseOfTheModelItself) {
  const Workspace workspace;
  const goldilocks::Results results = workspace
                                          .run(R"(
stages:
  - load: {models: [tiny.mlmodel, {path: tiny.mlmodel, name: twin}], dataset: {images: images.npy, labels: labels.npy}}
  - evaluate: {backend: reference}
)")
                                          .results;
  EXPECT_EQ(results.variants(1).evaluation().top1_agreement(), 1);
  EXPECT_EQ(results.variants(1).evaluation().mean_drop(), 0);
  EXPECT_EQ(results.variants(1).evaluation().baseline(), "tiny");
}

TEST(RunPipeline, TheBytesDoNotDependOnThreadsOrTheStore) {
  const Workspace workspace;
  workspace.run(whole, "one", 1, "store_one");
  workspace.run(whole, "four", 4, "store_four");
  EXPECT_EQ(contents(workspace / "one"), contents(workspace / "four"));

  // A store that has some of the artifacts, as a killed run leaves it.
  const Plan plan = workspace.plan(whole);
  store::Store full(workspace / "store_one");
  store::Store partial(workspace / "store_partial");
  for (std::size_t i = 0; i < plan.tasks.size(); i += 2) {
    const store::Artifact artifact = full.find(plan.tasks[i].key).value();
    partial.put(plan.tasks[i].key, read_file(artifact.file), artifact.notes);
  }
  const RunOutcome resumed = workspace.run(whole, "resumed", 2, "store_partial");
  EXPECT_EQ(resumed.reused, 7U);
  EXPECT_EQ(contents(workspace / "one"), contents(workspace / "resumed"));
}

TEST(RunPipeline, ASecondRunComputesNothingAndChangesNothing) {
  const Workspace workspace;
  workspace.run(whole);
  const auto before = contents(workspace / "run");
  const auto written = fs::last_write_time(workspace / "run/tiny_linear_2.mlmodel");
  const RunOutcome again = workspace.run(whole);
  EXPECT_EQ(again.computed, 0U);
  EXPECT_EQ(again.reused, 14U);
  EXPECT_EQ(contents(workspace / "run"), before);
  EXPECT_EQ(fs::last_write_time(workspace / "run/tiny_linear_2.mlmodel"), written);
}

TEST(RunPipeline, AnAlteredResultIsRestoredAndTheStoreIsNotTouchedByIt) {
  const Workspace workspace;
  workspace.run(whole);
  const auto before = contents(workspace / "run");
  workspace.write("run/tiny_linear_2.mlmodel", "edited");
  EXPECT_EQ(workspace.run(whole).computed, 0U);
  EXPECT_EQ(contents(workspace / "run"), before);
}

TEST(RunPipeline, ANarrowerSweepRemovesTheVariantsThatNoLongerBelong) {
  const Workspace workspace;
  workspace.run(whole);
  workspace.write("run/mine.txt", "mine");
  std::string narrower = whole;
  narrower.replace(narrower.find("[16, 8, 2]"), 10, "[8]");
  EXPECT_EQ(workspace.run(narrower).computed, 0U);
  EXPECT_THAT(names_below(workspace / "run"),
              ElementsAre("manifest.json", "mine.txt", "notes/note.txt", "pipeline.yaml", "plan.json", "results.json",
                          "tiny.mlmodel", "tiny_kmeans_lut_8.mlmodel", "tiny_linear_8.mlmodel"));
}

TEST(RunPipeline, AFailedVariantIsRecordedAndTheOthersGoOn) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(R"(
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - quantize: {id: a, sweep: {function: fails_at_four, bits: [8, 4, 2]}}
  - quantize: {input: a, name: "{model}_again", sweep: {function: linear, bits: [8]}}
  - evaluate: {backend: reference}
  - select: {max_drop: 1}
)");
  EXPECT_EQ(outcome.exit_code, ExitCode::plugin);
  ASSERT_EQ(outcome.failures.size(), 2U);
  EXPECT_THAT(outcome.failures[0], HasSubstr("tiny_fails_at_four_4: "));
  EXPECT_THAT(outcome.failures[0], HasSubstr("this width is broken"));
  EXPECT_THAT(outcome.failures[1], HasSubstr("tiny_fails_at_four_4_again: "));
  const goldilocks::Variant& failed = outcome.results.variants(2);
  EXPECT_THAT(failed.error(), HasSubstr("this width is broken"));
  EXPECT_FALSE(failed.has_evaluation());
  EXPECT_EQ(failed.size_bytes(), 0U);
  EXPECT_TRUE(failed.file().empty());
  EXPECT_FALSE(fs::exists(workspace / "run/tiny_fails_at_four_4.mlmodel"));
  EXPECT_TRUE(fs::exists(workspace / "run/tiny_fails_at_four_2.mlmodel"));
  EXPECT_TRUE(outcome.results.variants(3).has_evaluation());
  EXPECT_FALSE(outcome.results.selection().chosen().empty());
}

TEST(RunPipeline, AModelThatCanNotBeQuantizedFailsItsVariants) {
  const Workspace workspace;
  auto model = testing::small_classifier();
  model.mutable_neuralnetworkclassifier()->mutable_layers(0)->mutable_convolution()->mutable_bias()->set_floatvalue(
      0, std::numeric_limits<float>::infinity());
  workspace.write("tiny.mlmodel", model::serialize_model(model));
  const RunOutcome outcome =
      workspace.run("stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: [8, 4]}}}]");
  EXPECT_EQ(outcome.exit_code, ExitCode::unreadable);
  ASSERT_EQ(outcome.failures.size(), 2U);
  EXPECT_THAT(outcome.failures[1], HasSubstr("layer 'conv', bias: the value at position 0 is infinite"));
}

TEST(RunPipeline, AFailedReportLeavesNothingAndTheOthersAreWritten) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run("stages: [{load: {model: tiny.mlmodel}}, {report: [failing, note]}]");
  EXPECT_EQ(outcome.exit_code, ExitCode::plugin);
  EXPECT_THAT(outcome.failures.at(0), HasSubstr("the second half is missing"));
  EXPECT_THAT(names_below(workspace / "run"), ElementsAre("manifest.json", "notes/note.txt", "pipeline.yaml",
                                                          "plan.json", "results.json", "tiny.mlmodel"));
}

TEST(RunPipeline, TwoReportsMustNotWriteTheSameFile) {
  const Workspace workspace;
  try {
    workspace.run("stages: [{load: {model: tiny.mlmodel}}, {report: [note, {note: {path: tiny.mlmodel}}]}]");
    FAIL() << "nothing was thrown";
  } catch (const PipelineErrors& error) {
    EXPECT_THAT(error.what(), HasSubstr("pipeline.yaml:1:58: report 'note' writes 'tiny.mlmodel'"));
  }
  EXPECT_FALSE(fs::exists(workspace / "run/results.json"));
}

TEST(RunPipeline, WhenNothingPassesTheGateFailsAndEverythingIsWritten) {
  const Workspace workspace;
  // The labels are the model's own answers, so that any other answer is a loss.
  workspace.write("labels.npy", testing::own_answers(workspace));
  const RunOutcome outcome = workspace.run(R"(
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - quantize: {sweep: {function: linear, bits: 1}}
  - evaluate: {backend: reference}
  - select: {max_drop: 0}
  - report: note
)");
  EXPECT_EQ(outcome.results.variants(0).evaluation().mean_accuracy(), 1);
  EXPECT_GT(outcome.results.variants(1).evaluation().mean_drop(), 0);
  EXPECT_EQ(outcome.exit_code, ExitCode::gate_failed);
  EXPECT_TRUE(outcome.results.selection().chosen().empty());
  EXPECT_TRUE(fs::exists(workspace / "run/notes/note.txt"));
  EXPECT_TRUE(fs::exists(workspace / "run/tiny_linear_1.mlmodel"));
}

TEST(RunPipeline, StatesWhatEveryFileCosts) {
  const Workspace workspace;
  const goldilocks::Results results = workspace.run(whole).results;
  for (const goldilocks::Variant& variant : results.variants()) {
    SCOPED_TRACE(variant.name());
    ASSERT_EQ(variant.cost().parts_size(), 3);
    EXPECT_EQ(variant.cost().parts(0).name(), "weights");
    std::uint64_t sum = 0;
    for (const goldilocks::Part& part : variant.cost().parts()) sum += part.bytes();
    EXPECT_EQ(sum, variant.size_bytes());
    EXPECT_EQ(variant.size_bytes(), fs::file_size(workspace / ("run/" + variant.file())));
    EXPECT_GT(variant.cost().zip_bytes(), 98 + 2 * variant.file().size());
    EXPECT_LE(variant.cost().zip_bytes(), variant.size_bytes() + 98 + 2 * variant.file().size());
    std::uint64_t weights = 0;
    for (const goldilocks::Tensor& tensor : variant.tensors()) weights += tensor.bytes_after();
    if (!variant.function().empty()) {
      EXPECT_EQ(variant.cost().parts(0).bytes(), weights);
    }
  }
  // From the store the second time.
  EXPECT_EQ(workspace.run(whole, "again").results.variants(2).cost().zip_bytes(),
            results.variants(2).cost().zip_bytes());
}

TEST(RunPipeline, ConstraintsDecideAndEachThatAVariantMissesIsNamed) {
  const Workspace workspace;
  workspace.run(whole);
  const auto select = [&](const std::string& settings) {
    return workspace.run("name: again\nstages: [{load: {results: run}}, {select: {" + settings + "}}]", "later");
  };
  const RunOutcome outcome =
      select("objective: zip_size, constraints: [{size: {at_most: 10}}, {agreement: {at_least: 0}}]");
  EXPECT_EQ(outcome.exit_code, ExitCode::gate_failed);
  const goldilocks::Selection& selection = outcome.results.selection();
  EXPECT_EQ(selection.objective(), "zip_size");
  EXPECT_FALSE(selection.nearest().empty());
  EXPECT_THAT(selection.reason(), HasSubstr("none of 6 variants is within the limits; the nearest is "));
  ASSERT_EQ(selection.candidates(0).outcomes_size(), 2);
  EXPECT_FALSE(selection.candidates(0).outcomes(0).passed());
  EXPECT_TRUE(selection.candidates(0).outcomes(1).passed());
  EXPECT_EQ(selection.constraints(1).at_least(), 0);
  EXPECT_TRUE(selection.constraints(1).has_at_least());
  EXPECT_THAT(selection.candidates(0).reason(), HasSubstr("its size is "));

  const goldilocks::Selection chosen = select("constraints: [{worst_class_drop: {at_most: 1}}]").results.selection();
  EXPECT_FALSE(chosen.chosen().empty());
  EXPECT_THAT(chosen.runner_up_cost(), HasSubstr(chosen.runner_up() + " would cost "));
}

TEST(RunPipeline, AnEarlierRunWithoutAFigureThatTheRuleNamesIsAnErrorWithItsPlace) {
  const Workspace workspace;
  goldilocks::Results results = workspace.run(whole).results;
  for (goldilocks::Variant& variant : *results.mutable_variants()) variant.clear_cost();
  workspace.write("old/results.json", to_json_text(results));
  const std::string yaml = "stages:\n - load: {results: old}\n - select: {constraints: [{zip_size: {at_most: 1}}]}\n";
  try {
    workspace.run(yaml, "later");
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("pipeline.yaml:3:28: the results have no 'zip_size' of any variant"));
  }
}

TEST(RunPipeline, ReportsAndSelectsFromAnEarlierRun) {
  const Workspace workspace;
  workspace.run(whole);
  const RunOutcome outcome = workspace.run(
      "name: again\nstages: [{load: {results: run}}, {select: {max_drop: 0.5}}, {report: note}]", "later");
  EXPECT_EQ(outcome.results.selection().max_drop(), 0.5);
  EXPECT_EQ(outcome.results.variants_size(), 7);
  EXPECT_EQ(read_file(workspace / "later/notes/note.txt"), "tiny_sweep: 7 variants\n");
  EXPECT_EQ(outcome.computed + outcome.reused, 0U);
}

TEST(RunPipeline, BrokenImagesAreAnErrorOfTheWholeRun) {
  const Workspace workspace;
  EXPECT_THAT(
      [&] {
        workspace.run(
            "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: "
            "reference}}]");
      },
      ::testing::ThrowsMessage<DataError>(HasSubstr((workspace / "classes").string())));
  EXPECT_FALSE(fs::exists(workspace / "run/results.json"));
}

TEST(RunPipeline, AModelThatChangesBetweenPlanAndRunIsRefused) {
  const Workspace workspace;
  const std::string yaml = "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: 4}}}]";
  const PipelineSpec spec = workspace.parse(yaml);
  const Plan plan = workspace.plan(yaml);
  workspace.write("tiny.mlmodel", read_file(workspace / "other.mlmodel"));
  store::Store store(workspace / "store");
  ThreadPool pool(1);
  EXPECT_THAT([&] { run_pipeline(spec, plan, testing::registry(), store, pool, {.output = workspace / "run"}); },
              ::testing::ThrowsMessage<FileError>(HasSubstr("it was changed during the run")));
  EXPECT_FALSE(store.contains(plan.tasks[0].key));
}

// Collects what a listener is told.
class Recorder : public ProgressListener {
 public:
  void run_started(std::size_t tasks, std::size_t reused, double cost) override {
    total = tasks;
    already = reused;
    EXPECT_GE(cost, 0);
  }
  void task_started(const Task& task) override { ++started[task.id]; }
  void task_progress(const Task& task, double fraction) override {
    EXPECT_GE(fraction, 0);
    EXPECT_LE(fraction, 1);
    EXPECT_TRUE(started.contains(task.id));
  }
  void task_finished(const Task& task, std::string_view error) override {
    EXPECT_EQ(error, "");
    ++finished[task.id];
  }
  void step(std::string_view what) override { steps.emplace_back(what); }

  std::size_t total = 0, already = 0;
  std::map<std::string, int> started, finished;
  std::vector<std::string> steps;
};

RunOutcome run_with(const Workspace& workspace, const std::string& yaml, ProgressListener& listener) {
  const PipelineSpec spec = workspace.parse(yaml);
  ThreadPool pool(3);
  const Plan plan = make_plan(spec, testing::registry(), pool);
  store::Store store(workspace / "store");
  return run_pipeline(spec, plan, testing::registry(), store, pool,
                      {.output = workspace / "run", .tasks = {.progress = &listener}});
}

TEST(RunPipeline, AListenerHearsOfEveryTaskOnce) {
  const Workspace workspace;
  Recorder recorder;
  run_with(workspace, whole, recorder);
  EXPECT_EQ(recorder.total, 14U);
  EXPECT_EQ(recorder.already, 0U);
  EXPECT_EQ(recorder.started.size(), 14U);
  EXPECT_EQ(recorder.started, recorder.finished);
  EXPECT_THAT(recorder.steps, ElementsAre("computing metrics", "writing reports", "writing files"));
  Recorder again;
  run_with(workspace, whole, again);
  EXPECT_EQ(again.already, 14U);
  EXPECT_TRUE(again.started.empty());
}

// Asks to stop after a number of finished tasks.
class Stopper final : public Recorder {
 public:
  explicit Stopper(int after) : after_(after) {}
  void task_finished(const Task& task, std::string_view error) override {
    Recorder::task_finished(task, error);
    if (--after_ == 0) request_cancellation();
  }

 private:
  int after_;
};

TEST(RunPipeline, AnInterruptedRunResumesWithTheSameBytes) {
  const Workspace undisturbed;
  undisturbed.run(whole);
  const Workspace workspace;
  for (int round = 1; round <= 6; ++round) {
    Stopper stopper(round % 3 + 1);
    try {
      run_with(workspace, whole, stopper);
    } catch (const Interrupted& interrupted) {
      EXPECT_EQ(interrupted.exit_code(), ExitCode::interrupted);
    }
    clear_cancellation();
  }
  EXPECT_LT(workspace.run(whole).computed, 14U) << "the store kept what was finished";
  // Absolute paths are part of the records; all else is the same.
  for (const char* name : {"results.json", "tiny_linear_2.mlmodel", "tiny_kmeans_lut_8.mlmodel", "notes/note.txt"}) {
    EXPECT_EQ(sha256_of_file(workspace / "run" / name), sha256_of_file(undisturbed / "run" / name)) << name;
  }
}

}  // namespace
}  // namespace goldilocks::pipeline
