// What the kinds and parts of datasets do to a run.
#include <cmath>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/image.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Workspace;

std::string on_part(const std::string& part, const std::string& split = "parts: {choose: 0.4, prove: 0.6}, seed: 2") {
  return "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy, split: {" + split +
         "}}}\n  - evaluate: {backend: reference" + (part.empty() ? "" : ", part: " + part) + "}\n";
}

TEST(Parts, AreEvaluatedAlone) {
  const Workspace workspace;
  const goldilocks::Results results = workspace.run(on_part("prove")).results;
  ASSERT_EQ(results.datasets_size(), 1);
  const goldilocks::Dataset& dataset = results.datasets(0);
  EXPECT_EQ(dataset.name(), "images/prove");
  EXPECT_EQ(dataset.split(), "prove: 60 %, stratified, seed 2");
  EXPECT_EQ(dataset.samples(), 18U);
  EXPECT_THAT(dataset.class_samples(), ElementsAre(6, 6, 6));
  EXPECT_EQ(results.variants(0).evaluation().samples(), 18U);
  EXPECT_EQ(results.variants(0).evaluation().dataset(), "images/prove");
}

TEST(Parts, RightAnswersOfThePartsAddUpToThoseOfTheWhole) {
  const Workspace workspace;
  const auto right = [&](const std::string& part) {
    const goldilocks::Evaluation evaluation = workspace.run(on_part(part)).results.variants(0).evaluation();
    return evaluation.accuracy() * static_cast<double>(evaluation.samples());
  };
  EXPECT_NEAR(right("choose") + right("prove"), right(""), 1e-9);
}

TEST(Parts, HaveKeysOfTheirOwn) {
  const Workspace workspace;
  std::set<std::string> keys;
  for (const char* part : {"choose", "prove", ""}) {
    const Plan plan = workspace.plan(on_part(part));
    keys.insert(plan.tasks.at(0).key);
    keys.insert(plan.tasks.at(1).key);
  }
  EXPECT_EQ(keys.size(), 6U);
  const std::string other = "parts: {choose: 0.4, prove: 0.6}, seed: 3";
  EXPECT_NE(workspace.plan(on_part("prove", other)).tasks.at(1).key, workspace.plan(on_part("prove")).tasks.at(1).key);
  EXPECT_EQ(workspace.plan(on_part("", other)).tasks.at(1).key, workspace.plan(on_part("")).tasks.at(1).key);
}

TEST(Parts, StandInThePlan) {
  const Workspace workspace;
  const Plan plan = workspace.plan(on_part("choose"));
  const goldilocks::Plan& message = plan.document;
  EXPECT_EQ(message.datasets(0).name(), "images/choose");
  EXPECT_EQ(message.datasets(0).split(), "choose: 40 %, stratified, seed 2");
  EXPECT_EQ(plan.tasks.at(0).id, "prepare images/choose 8x8x3");
}

TEST(Parts, AClassWithoutASampleIsANotice) {
  const Workspace workspace;
  const Plan plan = workspace.plan(on_part("few", "parts: {few: 0.05}"));
  ASSERT_EQ(plan.datasets.at(0).content->samples.size(), 2U);
  ASSERT_EQ(plan.notices.size(), 1U);
  EXPECT_EQ(plan.notices[0].substr(0, 40), "images/few: no sample of the class '1'");
}

// Real images, 8 x 8: three in class "0", two in "1", and one each with a broken file from the workspace.
void add_images(const Workspace& workspace) {
  int shade = 0;
  for (const char* name : {"0/b.png", "0/c, \"d\" <b>.png", "0/é.png", "1/b.png", "1/c.png"}) {
    data::Image image{8, 8, 3, std::vector<std::uint8_t>(8 * 8 * 3, static_cast<std::uint8_t>(shade += 40))};
    workspace.write(std::filesystem::path("classes") / name, data::encode_png(image));
  }
}

std::string on_images(const std::string& dataset) {
  return "stages:\n  - load: {model: tiny.mlmodel, dataset: {" + dataset +
         "}}\n  - quantize: {sweep: {function: linear, bits: 4}}\n  - evaluate: {backend: reference}\n";
}

std::vector<std::string> unusable_ids(const goldilocks::Dataset& dataset) {
  std::vector<std::string> ids;
  for (const goldilocks::UnusableSample& sample : dataset.unusable()) ids.push_back(sample.id());
  return ids;
}

TEST(UnusableSamples, AreListedAndCountedNowhereElse) {
  const Workspace workspace;
  add_images(workspace);
  const std::string yaml = on_images("images: classes, max_unusable: 3");
  const RunOutcome outcome = workspace.run(yaml);
  const goldilocks::Dataset& dataset = outcome.results.datasets(0);
  EXPECT_THAT(unusable_ids(dataset), ElementsAre("0/a.png", "1/a.png", "2/a.png"));
  EXPECT_EQ(dataset.unusable(0).reason(), "not an image: neither JPEG nor PNG");
  EXPECT_EQ(dataset.samples(), 5U);
  EXPECT_THAT(dataset.class_samples(), ElementsAre(3, 2, 0));
  for (const goldilocks::Variant& variant : outcome.results.variants()) EXPECT_EQ(variant.evaluation().samples(), 5U);
  ASSERT_EQ(outcome.results.notices_size(), 1);
  EXPECT_EQ(outcome.results.notices(0), "classes: 3 of 8 samples could not be used");
  // The predictions come from the store now; what is unusable is known all the same.
  const std::string first = read_file(workspace / "run/results.json");
  EXPECT_EQ(workspace.run(yaml, "again").computed, 0U);
  EXPECT_EQ(read_file(workspace / "again/results.json"), first);
}

TEST(UnusableSamples, AboveTheLimitAreAnErrorThatListsThem) {
  const Workspace workspace;
  add_images(workspace);
  for (const char* limit : {"", ", max_unusable: 2"}) {
    try {
      workspace.run(on_images(std::string("images: classes") + limit));
      ADD_FAILURE() << "no error with '" << limit << "'";
    } catch (const DataError& error) {
      for (const char* file : {"classes/0/a.png: ", "classes/1/a.png: ", "classes/2/a.png: "}) {
        EXPECT_THAT(error.what(), HasSubstr(file));
      }
    }
  }
}

TEST(UnusableSamples, ALimitThatWasHighDoesNotCountLater) {
  const Workspace workspace;
  add_images(workspace);
  workspace.run(on_images("images: classes, max_unusable: 3"));
  EXPECT_THAT([&] { workspace.run(on_images("images: classes")); },
              ::testing::ThrowsMessage<DataError>(HasSubstr((workspace / "classes").string())));
}

TEST(Lists, OfFilesAreTheSameAsTheFolderThatTheyList) {
  const Workspace workspace;
  add_images(workspace);
  workspace.write("lists/list.csv",
                  "file,label\n../classes/0/b.png,0\n\"../classes/0/c, \"\"d\"\" <b>.png\",0\n../classes/0/é.png,0\n"
                  "../classes/1/b.png,1\n../classes/1/c.png,1\n");
  std::filesystem::remove_all(workspace / "classes/2");
  std::filesystem::remove(workspace / "classes/0/a.png");
  std::filesystem::remove(workspace / "classes/1/a.png");
  const goldilocks::Results folder = workspace.run(on_images("images: classes"), "folder").results;
  const goldilocks::Results list = workspace.run(on_images("images: lists/list.csv"), "list").results;
  EXPECT_EQ(list.datasets(0).name(), "list");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(list.variants(i).evaluation().samples(), 5U);
    EXPECT_EQ(list.variants(i).evaluation().mean_accuracy(), folder.variants(i).evaluation().mean_accuracy());
  }
  // Names with quotes, commas, tags and letters beyond ASCII come out as they are.
  std::filesystem::remove(workspace / "classes/0/c, \"d\" <b>.png");
  const auto results = workspace.run(on_images("images: lists/list.csv, max_unusable: 1"), "less").results;
  EXPECT_THAT(unusable_ids(results.datasets(0)), ElementsAre("../classes/0/c, \"d\" <b>.png"));
}

TEST(LabelMaps, TranslateClassesIntoTheModelsLabels) {
  const Workspace workspace;
  add_images(workspace);
  workspace.write("list.csv", "file,label\nclasses/0/b.png,zero\nclasses/0/é.png,null\nclasses/1/b.png,one\n");
  workspace.write("map.csv", "class,label\nzero,0\nnull,0\none,1\n");
  const auto results = workspace.run(on_images("images: list.csv, label_map: map.csv")).results;
  EXPECT_THAT(results.datasets(0).classes(), ElementsAre("0", "1"));
  EXPECT_THAT(results.datasets(0).class_samples(), ElementsAre(2, 1));
  bool listed = false;
  for (const goldilocks::Input& input : results.inputs()) listed = listed || input.path() == "map.csv";
  EXPECT_TRUE(listed);
}

TEST(Unlabelled, VariantsAreComparedAndNoAccuracyIsStated) {
  const Workspace workspace;
  const auto results = workspace.run(on_images("images: images.npy, labelled: false")).results;
  const auto labelled = workspace.run(on_images("images: images.npy, labels: labels.npy"), "labelled").results;
  EXPECT_EQ(results.datasets(0).labelling(), "none");
  EXPECT_EQ(labelled.datasets(0).labelling(), "class");
  EXPECT_EQ(results.datasets(0).samples(), 30U);
  EXPECT_EQ(results.datasets(0).classes_size(), 0);
  const goldilocks::Evaluation& evaluation = results.variants(1).evaluation();
  EXPECT_EQ(evaluation.samples(), 30U);
  EXPECT_EQ(evaluation.top1_agreement(), labelled.variants(1).evaluation().top1_agreement());
  EXPECT_FALSE(evaluation.has_mean_accuracy() || evaluation.has_accuracy() || evaluation.has_top5_accuracy());
  EXPECT_FALSE(evaluation.has_mean_drop());
  EXPECT_THAT(read_file(workspace / "run/results.json"), ::testing::Not(HasSubstr("meanAccuracy")));
  EXPECT_TRUE(labelled.variants(1).evaluation().has_mean_drop());
}

TEST(Unlabelled, FoldersOfAnyDepthHaveParts) {
  const Workspace workspace;
  add_images(workspace);
  const std::string dataset =
      "images: classes, labelled: false, max_unusable: 3, split: {parts: {choose: 0.25, prove: 0.75}}";
  const auto results = workspace.run(on_images(dataset)).results;
  EXPECT_EQ(results.variants(1).evaluation().samples(), 5U);
  const Plan plan = workspace.plan("stages:\n  - load: {model: tiny.mlmodel, dataset: {" + dataset +
                                   "}}\n  - evaluate: {part: choose}\n");
  EXPECT_EQ(plan.datasets.at(0).content->samples.size(), 2U);
}

TEST(ModelsWithoutLabels, AnswerWithTheIndexOfTheHighestOutput) {
  const Workspace workspace;
  const auto network = [](std::size_t outputs) {
    testing::ModelBuilder builder(1);
    builder.image_input("image", 8, 8).convolution("conv", 3, 4).activation("relu");
    builder.pooling("pool", {.kernel = 2, .stride = 2}).flatten("flat").inner_product("dense", 64, outputs);
    return model::serialize_model(builder.build());
  };
  workspace.write("plain.mlmodel", network(3));
  std::string yaml = on_images("images: images.npy, labels: labels.npy");
  const auto with = workspace.run(yaml, "with").results;
  yaml.replace(yaml.find("tiny"), 4, "plain");
  const auto without = workspace.run(yaml, "without").results;
  for (int i = 0; i < 2; ++i) {
    const goldilocks::Evaluation& evaluation = without.variants(i).evaluation();
    EXPECT_EQ(evaluation.mean_accuracy(), with.variants(i).evaluation().mean_accuracy());
    EXPECT_EQ(evaluation.top1_agreement(), with.variants(i).evaluation().top1_agreement());
  }
  workspace.write("plain.mlmodel", network(1));
  try {
    workspace.plan(yaml);
    FAIL();
  } catch (const PipelineErrors& error) {
    EXPECT_THAT(error.what(), HasSubstr("no output that is one vector of scores"));
  }
}

TEST(BadDatasets, NoClassThatTheModelKnowsIsAnError) {
  const Workspace workspace;
  add_images(workspace);
  workspace.write("list.csv", "file,label\nclasses/0/b.png,zero\nclasses/1/b.png,one\n");
  try {
    workspace.plan(on_images("images: list.csv"));
    FAIL();
  } catch (const PipelineErrors& error) {
    EXPECT_THAT(error.what(), HasSubstr("the model doesn't know 2 labels: 'one', 'zero'"));
    EXPECT_THAT(error.what(), HasSubstr("a label map can say"));
  }
}

TEST(BadDatasets, OneImageOfOneClassIsADataset) {
  const Workspace workspace;
  add_images(workspace);
  workspace.write("list.json", R"([{"file": "classes/1/b.png", "label": 1}])");
  const auto results = workspace.run(on_images("images: list.json")).results;
  EXPECT_THAT(results.datasets(0).classes(), ElementsAre("1"));
  EXPECT_EQ(results.variants(1).evaluation().samples(), 1U);
  EXPECT_EQ(results.variants(1).error(), "");
  for (const goldilocks::Figure& figure : results.variants(1).evaluation().figures()) {
    EXPECT_TRUE(std::isfinite(figure.value())) << figure.metric();
    if (!figure.has_interval()) continue;
    EXPECT_LE(figure.interval().lower(), figure.interval().upper()) << figure.metric();
  }
  const goldilocks::Interval& drop = results.variants(1).evaluation().comparison().drop();
  EXPECT_LT(drop.lower(), 0);
  EXPECT_GT(drop.upper(), 0);
}

TEST(BadDatasets, OneClassHasItsAccuracyForAll) {
  const Workspace workspace;
  add_images(workspace);
  for (const char* name : {"classes/0/a.png", "classes/1", "classes/2"}) std::filesystem::remove_all(workspace / name);
  const auto results = workspace.run(on_images("images: classes")).results;
  EXPECT_THAT(results.datasets(0).class_samples(), ElementsAre(3));
  const goldilocks::Evaluation& evaluation = results.variants(1).evaluation();
  EXPECT_EQ(evaluation.mean_accuracy(), evaluation.accuracy());
  EXPECT_EQ(evaluation.class_accuracy(0), evaluation.accuracy());
  EXPECT_EQ(evaluation.confusion().counts_size(), 2);
}

TEST(BadDatasets, NamesOfAnyKindComeOutAsTheyAre) {
  const Workspace workspace;
  const std::string odd = "a \"b\", <c> & 'd' \u00fc";
  add_images(workspace);
  std::filesystem::remove_all(workspace / "classes/2");
  std::filesystem::remove(workspace / "classes/0/a.png");
  std::filesystem::remove(workspace / "classes/1/a.png");
  std::filesystem::rename(workspace / "classes/0", workspace / "classes" / odd);
  workspace.write("map.json", nlohmann::json{{odd, "0"}}.dump());
  const auto mapped = workspace.run(on_images("images: classes, label_map: map.json")).results;
  EXPECT_THAT(mapped.datasets(0).classes(), ElementsAre("0", "1"));
  try {
    workspace.plan(on_images("images: classes"));
    FAIL();
  } catch (const PipelineErrors& error) {
    EXPECT_THAT(error.what(), HasSubstr("the model doesn't know the label '" + odd + "'"));
  }
  const auto without = workspace.run(on_images("images: classes, labelled: false"), "without").results;
  EXPECT_EQ(without.variants(1).evaluation().samples(), 5U);
  EXPECT_EQ(without.variants(1).evaluation().top1_agreement(), mapped.variants(1).evaluation().top1_agreement());
}

}  // namespace
}  // namespace goldilocks::pipeline
