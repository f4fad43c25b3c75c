#include "core/pipeline/plan/plan.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/plan/check_pipeline.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Workspace;

constexpr const char* sweep = R"(
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - quantize: {sweep: {function: linear, bits: [8, 4]}}
  - evaluate: {backend: reference}
)";

// The keys of a pipeline after replacing a text in `sweep`.
std::vector<std::string> keys(const Workspace& workspace, const std::string& from = "", const std::string& to = "") {
  std::string yaml = sweep;
  if (!from.empty()) yaml.replace(yaml.find(from), from.size(), to);
  std::vector<std::string> all;
  for (const Task& task : workspace.plan(yaml).tasks) all.push_back(task.key);
  return all;
}

// Which of the tasks have another key: prepare, quantize 8, quantize 4, predict tiny, predict 8, predict 4.
std::set<std::size_t> changed(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  EXPECT_EQ(before.size(), after.size());
  std::set<std::size_t> indexes;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != after.at(i)) indexes.insert(i);
  }
  return indexes;
}

TEST(MakePlan, EachArtifactHasATaskAfterItsInputs) {
  const Workspace workspace;
  const Plan plan = workspace.plan(sweep);
  std::vector<std::string> ids;
  for (const Task& task : plan.tasks) ids.push_back(task.id);
  EXPECT_THAT(ids, ElementsAre("prepare images 8x8x3", "quantize tiny_linear_8", "quantize tiny_linear_4",
                               "predict tiny", "predict tiny_linear_8", "predict tiny_linear_4"));
  EXPECT_THAT(plan.tasks[3].inputs, ElementsAre(0));
  EXPECT_THAT(plan.tasks[5].inputs, ElementsAre(2, 0));
  EXPECT_EQ(plan.tasks[5].variant, 2U);
  std::set<std::string> distinct;
  for (const Task& task : plan.tasks) {
    EXPECT_EQ(task.key.size(), 64U);
    distinct.insert(task.key);
  }
  EXPECT_EQ(distinct.size(), plan.tasks.size());
}

TEST(MakePlan, QuantizeOnlyNeedsNoDataset) {
  const Workspace workspace;
  const Plan plan =
      workspace.plan("stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: 4}}}]");
  ASSERT_EQ(plan.tasks.size(), 1U);
  EXPECT_EQ(plan.tasks[0].kind, TaskKind::quantize);
}

TEST(Keys, AreTheSameForTheSamePipelineWhereverItLies) {
  const Workspace first;
  const Workspace second;
  EXPECT_EQ(keys(first), keys(second));
}

TEST(Keys, NamesHaveNoPartInThem) {
  const Workspace workspace;
  EXPECT_TRUE(changed(keys(workspace), keys(workspace, "quantize: {", "quantize: {name: 'x_{bits}', ")).empty());
  EXPECT_TRUE(
      changed(keys(workspace), keys(workspace, "model: tiny.mlmodel", "model: {path: tiny.mlmodel, name: z}")).empty());
}

TEST(Keys, AModelsContentChangesWhatIsMadeFromIt) {
  const Workspace workspace;
  EXPECT_EQ(changed(keys(workspace), keys(workspace, "tiny.mlmodel", "other.mlmodel")),
            (std::set<std::size_t>{1, 2, 3, 4, 5}));
}

TEST(Keys, ADatasetsContentChangesPreparationAndPredictions) {
  const Workspace workspace;
  const auto before = keys(workspace);
  std::string images = read_file(workspace / "images.npy");
  images.back() = static_cast<char>(images.back() ^ 1);
  workspace.write("images.npy", images);
  EXPECT_EQ(changed(before, keys(workspace)), (std::set<std::size_t>{0, 3, 4, 5}));
}

TEST(Keys, TheCropChangesPreparationAndPredictions) {
  const Workspace workspace;
  EXPECT_EQ(changed(keys(workspace), keys(workspace, "labels: labels.npy", "labels: labels.npy, crop: fit")),
            (std::set<std::size_t>{0, 3, 4, 5}));
}

TEST(Keys, ADescriptionChangesTheFilesAndTheirPredictions) {
  const Workspace workspace;
  EXPECT_EQ(changed(keys(workspace), keys(workspace, "quantize: {", "quantize: {description: x, ")),
            (std::set<std::size_t>{1, 2, 4, 5}));
}

TEST(Keys, FunctionAndBitsChangeTheirVariantAlone) {
  const Workspace workspace;
  EXPECT_EQ(changed(keys(workspace), keys(workspace, "[8, 4]", "[8, 3]")), (std::set<std::size_t>{2, 5}));
  EXPECT_EQ(changed(keys(workspace), keys(workspace, "function: linear", "function: linear_lut")),
            (std::set<std::size_t>{1, 2, 4, 5}));
}

TEST(Keys, OptionsCountByValueAndPathsByContent) {
  const Workspace workspace;
  const auto key = [&](const std::string& options) {
    return keys(workspace, "function: linear", "function: {with_options: {" + options + "}}").at(1);
  };
  workspace.write("a.txt", "content");
  workspace.write("b.txt", "content");
  workspace.write("c.txt", "another");
  EXPECT_EQ(key("note: n, file: a.txt"), key("note: n, file: b.txt"));
  EXPECT_NE(key("note: n, file: a.txt"), key("note: n, file: c.txt"));
  EXPECT_NE(key("note: n, file: a.txt"), key("note: m, file: a.txt"));
  EXPECT_EQ(key("factor: 0.5"), key("factor: 0.50"));
  ::setenv("GOLDILOCKS_TEST_NOTE", "n", 1);
  EXPECT_EQ(key("note: n"), key("note: '${env:GOLDILOCKS_TEST_NOTE}'"));
}

TEST(Keys, ThePluginsLibraryIsPartOfThem) {
  const Workspace workspace;
  const goldilocks::Plan plan = workspace.plan(sweep).document;
  for (const int index : {1, 3}) {  // one that quantizes, one that predicts
    goldilocks::PlannedTask task = plan.tasks(index);
    const std::string before = key_of(task, {});
    if (task.has_quantize()) task.mutable_quantize()->mutable_function()->set_sha256("another");
    if (task.has_predict()) task.mutable_predict()->mutable_backend()->set_sha256("another");
    EXPECT_NE(key_of(task, {}), before);
  }
  goldilocks::PlannedTask predict = plan.tasks(3);
  const std::string before = key_of(predict, {});
  predict.mutable_predict()->set_scores_only(true);
  EXPECT_NE(key_of(predict, {}), before);
}

TEST(Keys, DependOnTheInputsInTheirOrder) {
  const goldilocks::PlannedTask task = Workspace().plan(sweep).document.tasks(5);
  const std::vector<std::string> inputs = {"a", "b"};
  const std::vector<std::string> reversed = {"b", "a"};
  EXPECT_NE(key_of(task, inputs), key_of(task, reversed));
}

TEST(Keys, AChainDependsOnItsBeginning) {
  const Workspace workspace;
  const auto last = [&](const char* bits) {
    return workspace
        .plan(
            std::string("stages: [{load: {model: tiny.mlmodel}}, {quantize: {id: a, sweep: {function: linear, bits: ") +
            bits + "}}}, {quantize: {input: a, name: x, sweep: {function: kmeans_lut, bits: 2}}}]")
        .tasks.back()
        .key;
  };
  EXPECT_NE(last("16"), last("8"));
}

TEST(MakePlan, TellsWhatAModelBreaksAndGoesOn) {
  const Workspace workspace;
  auto model = testing::small_classifier();
  model.mutable_description()->mutable_input(0)->clear_name();
  workspace.write("tiny.mlmodel", model::serialize_model(model));
  const Plan plan =
      workspace.plan("stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: 4}}}]");
  ASSERT_FALSE(plan.notices.empty());
  EXPECT_THAT(plan.notices[0], HasSubstr("tiny.mlmodel: "));
}

TEST(MakePlan, RefusesModelsThatCanNotBeEvaluated) {
  const Workspace workspace;
  const auto message = [&](const CoreML::Specification::Model& model) {
    workspace.write("tiny.mlmodel", model::serialize_model(model));
    try {
      workspace.plan(sweep);
      return std::string("nothing was thrown");
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), ExitCode::unreadable);
      return std::string(error.what());
    }
  };
  EXPECT_THAT(message(testing::ModelBuilder()
                          .array_input("x", {3})
                          .inner_product("dense", 3, 3)
                          .classifier({"0", "1", "2"})
                          .build()),
              HasSubstr("evaluation needs a model with one image input; its inputs: array 'x'"));
  EXPECT_THAT(message(testing::ModelBuilder().image_input("image", 8, 8).convolution("conv", 3, 1).build()),
              HasSubstr("evaluation needs a classifier"));
  auto relabelled = testing::small_classifier();
  relabelled.mutable_neuralnetworkclassifier()->mutable_stringclasslabels()->set_vector(2, "two");
  EXPECT_THAT(message(relabelled), HasSubstr("images.npy: the model doesn't know the label '2'"));
}

// The message of a plan, and of the check alone, with the workspace's folder as "@".
std::string planning_fault(const Workspace& workspace, const std::string& yaml) {
  ThreadPool pool(2);
  const auto fault = [&](const auto& body) {
    try {
      body();
      return std::string("nothing was thrown");
    } catch (const PipelineErrors& errors) {
      EXPECT_EQ(errors.exit_code(), ExitCode::unreadable);
      std::string text = errors.what();
      const std::string folder = workspace.path().string();
      for (std::size_t at = 0; (at = text.find(folder)) != std::string::npos;) text.replace(at, folder.size(), "@");
      return text;
    }
  };
  const std::string planned = fault([&] { workspace.plan(yaml); });
  EXPECT_EQ(fault([&] { check_pipeline(workspace.parse(yaml), testing::registry(), pool); }), planned);
  return planned;
}

TEST(MakePlan, SaysWhatCanNotBeReadAtItsPlaceAndAllAtOnce) {
  const Workspace workspace;
  workspace.write("broken.mlmodel", "no model");
  workspace.write("no_array.npy", "no array");
  EXPECT_THAT(testing::lines(planning_fault(workspace, R"(
stages:
  - load: {models: [broken.mlmodel, tiny.mlmodel], dataset: {images: images.npy, labels: no_array.npy}}
  - load:
      model: {path: broken.mlmodel, name: again}
      dataset: {images: no_array.npy, labels: labels.npy}
  - evaluate: {backend: reference}
)")),
              ElementsAre(HasSubstr("pipeline.yaml:3:21: @/broken.mlmodel: not a Core ML model"),
                          HasSubstr("pipeline.yaml:3:61: @/no_array.npy: not a readable .npy file"),
                          HasSubstr("pipeline.yaml:5:14: @/broken.mlmodel: not a Core ML model"),
                          HasSubstr("pipeline.yaml:6:16: @/no_array.npy: not a readable .npy file")));
}

TEST(MakePlan, SaysAtTheDatasetWhichLabelsAModelDoesNotKnow) {
  const Workspace workspace;
  auto relabelled = testing::small_classifier();
  relabelled.mutable_neuralnetworkclassifier()->mutable_stringclasslabels()->set_vector(2, "two");
  workspace.write("other.mlmodel", model::serialize_model(relabelled));
  EXPECT_EQ(
      planning_fault(workspace, R"(
stages:
  - load: {models: [tiny.mlmodel, other.mlmodel], dataset: {images: images.npy, labels: labels.npy}}
  - evaluate: {backend: reference}
)"),
      "@/pipeline.yaml:3:60: @/images.npy: the model doesn't know the label '2' (did you mean '0'?) (model 'other')");
}

TEST(MakePlan, SaysAtTheModelThatItsLabelsDoNotFitItsScores) {
  const Workspace workspace;
  auto model = testing::small_classifier();
  model.mutable_neuralnetworkclassifier()->mutable_stringclasslabels()->add_vector("3");
  workspace.write("tiny.mlmodel", model::serialize_model(model));
  EXPECT_THAT(planning_fault(workspace, sweep),
              ::testing::AllOf(HasSubstr("pipeline.yaml:3:19: @/tiny.mlmodel: "), HasSubstr("4 labels")));
}

TEST(CheckPipeline, HashesNothingAndHasTheSameNotices) {
  const Workspace workspace;
  auto model = testing::small_classifier();
  model.mutable_description()->mutable_input(0)->clear_name();
  workspace.write("other.mlmodel", model::serialize_model(model));
  const std::string yaml = "stages: [{load: {model: other.mlmodel}}, {quantize: {sweep: {function: linear, bits: 4}}}]";
  ThreadPool pool(2);
  const std::vector<std::string> notices = check_pipeline(workspace.parse(yaml), testing::registry(), pool);
  EXPECT_FALSE(notices.empty());
  EXPECT_EQ(notices, workspace.plan(yaml).notices);
}

TEST(DescribePlan, TellsWhatIsThere) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(sweep);
  const Plan plan = workspace.plan(sweep);
  store::Store store(workspace / "store");
  store.put(plan.tasks[0].key, "x", "");
  const std::vector<std::string> text = testing::lines(describe_plan(spec, plan, store));
  EXPECT_EQ(text.at(1), "there    prepare images 8x8x3    " + plan.tasks[0].key.substr(0, 12));
  EXPECT_EQ(text.at(2), "to do    quantize tiny_linear_8  " + plan.tasks[1].key.substr(0, 12));
  EXPECT_EQ(text.at(8), "6 tasks: 5 to do, 1 in the store already; 3 models, 0 reports");
}

TEST(PlanDocument, HoldsWhatATaskNeeds) {
  const Workspace workspace;
  const goldilocks::Plan plan = workspace.plan(sweep).document;
  ASSERT_EQ(plan.tasks_size(), 6);
  EXPECT_EQ(plan.tasks(2).quantize().function().name(), "linear");
  EXPECT_EQ(plan.tasks(2).quantize().bits(), 4U);
  EXPECT_EQ(plan.tasks(2).quantize().sha256(), plan.models(0).sha256());
  EXPECT_EQ(plan.tasks(5).inputs(0), "quantize tiny_linear_4");
  EXPECT_EQ(plan.tasks(5).predict().backend().name(), "reference");
  EXPECT_EQ(plan.tasks(5).predict().sha256(), "");
  EXPECT_EQ(plan.models(0).path(), (workspace / "tiny.mlmodel").string());
  EXPECT_EQ(plan.datasets(0).images(), (workspace / "images.npy").string());
  EXPECT_EQ(to_json_text(plan), to_json_text(workspace.plan(sweep).document));
}

}  // namespace
}  // namespace goldilocks::pipeline
