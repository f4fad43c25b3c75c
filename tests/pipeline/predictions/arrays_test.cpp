// Datasets of arrays, and models that are no classifiers of one image.
#include <cmath>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/image.hpp"
#include "core/data/npy.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/single/compare_models.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/pipeline/tasks/worker.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/zip_file.hpp"

namespace goldilocks::pipeline {
namespace {

namespace spec = CoreML::Specification;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using testing::Workspace;

constexpr std::size_t count = 20;

template <class Number>
std::string npy(const char* type, const std::vector<std::int64_t>& shape, const std::vector<Number>& values) {
  std::string file = data::npy_header(type, shape);
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number));
  return file;
}

std::string floats(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
  return npy("<f4", shape, values);
}

std::vector<float> random_values(std::size_t size, std::uint64_t seed) {
  testing::RandomFloats random(seed);
  std::vector<float> values(size);
  for (float& value : values) value = random.next();
  return values;
}

// x + y, of four values each.
spec::Model sum_model() {
  return ModelBuilder(1)
      .array_input("x", {4})
      .array_input("y", {4})
      .layer("sum", {"x", "y"}, {"sum"}, [](auto& layer) { layer.mutable_add(); })
      .output("sum", {4})
      .build();
}

// The same behind an inner product to two values.
spec::Model regressor() {
  return ModelBuilder(1)
      .array_input("x", {4})
      .array_input("y", {4})
      .layer("sum", {"x", "y"}, {"sum"}, [](auto& layer) { layer.mutable_add(); })
      .inner_product("out", 4, 2)
      .output("out", {2})
      .build();
}

spec::Model classifier_of_arrays(bool labels) {
  ModelBuilder builder(5);
  builder.array_input("x", {4}).inner_product("dense", 4, 3).softmax("probabilities");
  if (labels) builder.classifier({"0", "1", "2"});
  return builder.build();
}

// An image to an image of the same size: as it is, or through a convolution.
spec::Model image_to_image(bool convolution) {
  ModelBuilder builder(3);
  builder.image_input("photo", 8, 8);
  if (convolution) builder.convolution("made", 3, 3);
  if (!convolution) builder.activation("made");
  spec::Model model = builder.output("made", {3, 8, 8}).build();
  auto& image = *model.mutable_description()->mutable_output(0)->mutable_type()->mutable_imagetype();
  image.set_width(8);
  image.set_height(8);
  image.set_colorspace(spec::ImageFeatureType::BGR);
  return model;
}

void write_arrays(const Workspace& workspace) {
  const auto x = random_values(count * 4, 11);
  const auto y = random_values(count * 4, 12);
  std::vector<float> sum(x.size());
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = x[i] + y[i];
  workspace.write("x.npy", floats({count, 4}, x));
  workspace.write("y.npy", floats({count, 4}, y));
  workspace.write("sum.npy", floats({count, 4}, sum));
  for (float& value : sum) value += 0.5F;
  workspace.write("above.npy", floats({count, 1, 4}, sum));
  workspace.write("sum.mlmodel", model::serialize_model(sum_model()));
  workspace.write("regressor.mlmodel", model::serialize_model(regressor()));
}

std::string evaluated(const std::string& model, const std::string& dataset, const std::string& more = "") {
  return "stages:\n  - load: {model: " + model + ".mlmodel, dataset: {" + dataset + "}}\n" + more +
         "  - evaluate: {backend: reference}\n";
}

const std::string quantized = "  - quantize: {keep: always, sweep: {function: linear, bits: [8, 4]}}\n";

double figure(const goldilocks::Variant& variant, const std::string& metric) {
  for (const goldilocks::Figure& one : variant.evaluation().figures()) {
    if (one.metric() == metric) return one.value();
  }
  return std::nan("");
}

std::string error_of_run(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ArrayDatasets, SeveralInputsAndTargets) {
  const Workspace workspace;
  write_arrays(workspace);
  const auto run = [&](const std::string& targets) {
    return workspace.run(evaluated("sum", "inputs: {x: x.npy, y: y.npy}, targets: " + targets)).results;
  };
  const auto exact = run("sum.npy");
  EXPECT_EQ(figure(exact.variants(0), "mse"), 0);
  EXPECT_EQ(exact.datasets(0).labelling(), "target");
  EXPECT_EQ(exact.datasets(0).samples(), count);
  EXPECT_EQ(exact.datasets(0).preparation(), "");
  EXPECT_FALSE(exact.variants(0).evaluation().has_mean_accuracy());
  const auto above = run("{sum: above.npy}");
  EXPECT_NEAR(figure(above.variants(0), "mse"), 0.25, 1e-6);
  EXPECT_NEAR(figure(above.variants(0), "mae"), 0.5, 1e-6);
  EXPECT_THAT(read_file(workspace / "run/results.json"), HasSubstr("above.npy"));
}

TEST(ArrayDatasets, ArchivesAndFoldersHoldTheSame) {
  const Workspace workspace;
  write_arrays(workspace);
  const std::string x = read_file(workspace / "x.npy");
  const std::string y = read_file(workspace / "y.npy");
  workspace.write("all.npz",
                  testing::zip_of({{"x.npy", x}, {"y.npy", y}, {"sum.npy", read_file(workspace / "sum.npy")}}, true));
  const auto values = random_values(count * 4, 11);
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> row(values.begin() + static_cast<std::ptrdiff_t>(4 * i),
                                 values.begin() + static_cast<std::ptrdiff_t>(4 * i + 4));
    workspace.write("folder/" + std::to_string(i) + ".npy", floats({4}, row));
  }
  for (const char* dataset : {"inputs: all.npz, targets: all.npz", "inputs: {x: all.npz, y: y.npy}, targets: sum.npy",
                              "inputs: {y: y.npy, x: folder}, targets: sum.npy"}) {
    const auto results = workspace.run(evaluated("sum", dataset), "run", 3).results;
    EXPECT_EQ(figure(results.variants(0), "mse"), 0) << dataset;
  }
}

TEST(ArrayDatasets, VariantsAreComparedAndSelected) {
  const Workspace workspace;
  write_arrays(workspace);
  workspace.write("two.npy", floats({count, 2}, random_values(count * 2, 7)));
  const std::string yaml = evaluated("regressor", "inputs: {x: x.npy, y: y.npy}, targets: {out: two.npy}", quantized) +
                           "  - select: {constraints: {mse_rise: {at_most: 0.05}, snr: {at_least: 20}}}\n";
  const auto results = workspace.run(yaml).results;
  const goldilocks::Variant& fine = results.variants(1);
  EXPECT_GT(figure(fine, "snr"), figure(results.variants(2), "snr"));
  EXPECT_GT(figure(fine, "mse"), 0);
  EXPECT_TRUE(std::isnan(figure(fine, "kl")));
  EXPECT_TRUE(std::isnan(figure(fine, "ssim")));
  EXPECT_FALSE(fine.evaluation().has_top1_agreement());
  EXPECT_EQ(fine.evaluation().differences_size(), 0);
  EXPECT_EQ(results.selection().front().y(), "mse");
  ASSERT_FALSE(results.selection().chosen().empty());
  std::size_t found = 0;
  for (const goldilocks::Candidate& candidate : results.selection().candidates()) {
    if (candidate.variant() != fine.name()) continue;
    ++found;
    EXPECT_NEAR(candidate.outcomes(0).value(), figure(fine, "mse") - figure(results.variants(0), "mse"), 1e-12);
  }
  EXPECT_EQ(found, 1U);
  const std::string sure = std::regex_replace(yaml, std::regex("constraints"), "confidence: 0.95, constraints");
  const auto outcome = workspace.run(sure, "sure").results.selection().candidates(0).outcomes(0);
  EXPECT_GT(outcome.bound(), outcome.value()) << "held to the limit by its interval";
  // The second time everything is there.
  EXPECT_EQ(workspace.run(yaml, "again").computed, 0U);
  EXPECT_EQ(read_file(workspace / "run/results.json"), read_file(workspace / "again/results.json"));
}

TEST(ArrayDatasets, LabelsMakeAClassifiersAccuracy) {
  const Workspace workspace;
  workspace.write("with.mlmodel", model::serialize_model(classifier_of_arrays(true)));
  workspace.write("without.mlmodel", model::serialize_model(classifier_of_arrays(false)));
  std::vector<std::int64_t> labels(count);
  for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<std::int64_t>(i % 3);
  const std::string x = floats({count, 4}, random_values(count * 4, 11));
  workspace.write("all.npz", testing::zip_of({{"x.npy", x}, {"labels.npy", npy("<i8", {count}, labels)}}, true));
  const std::string dataset = "inputs: all.npz, labels: all.npz, split: {parts: {prove: 0.5}}";
  const auto with = workspace.run(evaluated("with", dataset, quantized)).results;
  const auto without = workspace.run(evaluated("without", dataset, quantized), "without").results;
  EXPECT_THAT(with.datasets(0).classes(), ElementsAre("0", "1", "2"));
  for (int i = 0; i < 3; ++i) {
    const goldilocks::Evaluation& evaluation = with.variants(i).evaluation();
    EXPECT_TRUE(evaluation.has_mean_accuracy());
    EXPECT_EQ(evaluation.mean_accuracy(), without.variants(i).evaluation().mean_accuracy());
    EXPECT_EQ(evaluation.top1_agreement(), without.variants(i).evaluation().top1_agreement());
    EXPECT_EQ(evaluation.samples(), count);
  }
  std::string part = evaluated("with", dataset);
  part.insert(part.find("reference"), "reference, part: prove} #");
  EXPECT_EQ(workspace.run(part, "part").results.variants(0).evaluation().samples(), count / 2);
}

TEST(ArrayDatasets, FoldersOfClassesAreLabels) {
  const Workspace workspace;
  workspace.write("with.mlmodel", model::serialize_model(classifier_of_arrays(true)));
  const auto values = random_values(count * 4, 11);
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> row(values.begin() + static_cast<std::ptrdiff_t>(4 * i),
                                 values.begin() + static_cast<std::ptrdiff_t>(4 * i + 4));
    workspace.write("arrays/" + std::to_string(i % 3) + "/\"" + std::to_string(i) + "\", é.npy", floats({4}, row));
  }
  const auto results = workspace.run(evaluated("with", "inputs: arrays")).results;
  EXPECT_THAT(results.datasets(0).class_samples(), ElementsAre(7, 7, 6));
  EXPECT_TRUE(results.variants(0).evaluation().has_mean_accuracy());
  EXPECT_EQ(
      workspace.run(evaluated("with", "inputs: arrays, labelled: false"), "plain").results.datasets(0).labelling(),
      "none");
}

class ImageToImage : public ::testing::Test {
 protected:
  ImageToImage() {
    workspace_.write("same.mlmodel", model::serialize_model(image_to_image(false)));
    workspace_.write("made.mlmodel", model::serialize_model(image_to_image(true)));
    testing::RandomFloats random(9);
    for (const char* name : {"a", "b \"c\"", "d, ü"}) {
      data::Image image{8, 8, 3, std::vector<std::uint8_t>(192)};
      for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(128 + 100 * random.next());
      workspace_.write(std::string("photos/") + name + ".png", data::encode_png(image));
      workspace_.write(std::string("wanted/") + name + ".png", data::encode_png(image));
      pixels_.insert(pixels_.end(), image.pixels.begin(), image.pixels.end());
    }
  }

  Workspace workspace_;
  std::vector<std::uint8_t> pixels_;
};

TEST_F(ImageToImage, TargetsAreImagesOfTheSameNames) {
  const auto results = workspace_.run(evaluated("same", "images: photos, targets: wanted")).results;
  EXPECT_EQ(figure(results.variants(0), "mse"), 0);
  EXPECT_EQ(results.datasets(0).preparation(), "center_crop, bilinear, 8 x 8");
  // As arrays: pixels as they lie in images, or planes.
  workspace_.write("pixels.npy", npy("|u1", {3, 8, 8, 3}, pixels_));
  std::vector<float> planes;
  for (std::size_t image = 0; image < 3; ++image) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < 64; ++i) planes.push_back(static_cast<float>(pixels_[image * 192 + i * 3 + c]) + 2);
    }
  }
  workspace_.write("planes.npy", floats({3, 3, 8, 8}, planes));
  EXPECT_EQ(figure(workspace_.run(evaluated("same", "images: photos, targets: pixels.npy")).results.variants(0), "mse"),
            0);
  EXPECT_EQ(figure(workspace_.run(evaluated("same", "images: photos, targets: planes.npy")).results.variants(0), "mae"),
            2);
}

TEST_F(ImageToImage, VariantsHaveASimilarity) {
  const std::string yaml = evaluated("made", "images: photos, labelled: false", quantized);
  const auto results = workspace_.run(yaml).results;
  EXPECT_GT(figure(results.variants(1), "psnr"), figure(results.variants(2), "psnr"));
  EXPECT_GE(figure(results.variants(1), "ssim"), figure(results.variants(2), "ssim"));
  EXPECT_EQ(results.variants(1).evaluation().samples(), 3U);
}

TEST_F(ImageToImage, ImagesThatCantBeReadTakeTheirTargetsAlong) {
  workspace_.write("photos/b \"c\".png", "no image");
  const auto results = workspace_.run(evaluated("same", "images: photos, targets: wanted, max_unusable: 1")).results;
  EXPECT_EQ(figure(results.variants(0), "mse"), 0);
  EXPECT_EQ(results.variants(0).evaluation().samples(), 2U);
  EXPECT_EQ(results.datasets(0).unusable(0).id(), "b \"c\".png");
}

TEST_F(ImageToImage, FaultsNameTheFile) {
  const auto fault = [&](const std::string& dataset) {
    return error_of_run([&] { workspace_.plan(evaluated("same", dataset)); });
  };
  workspace_.write("small.npy", floats({3, 3, 4, 4}, std::vector<float>(144)));
  EXPECT_THAT(fault("images: photos, targets: small.npy"),
              HasSubstr("small.npy: targets of the shape [3, 4, 4] for output 'made' of "));
  EXPECT_THAT(fault("images: photos, targets: small.npy"), HasSubstr("which is [3, 8, 8]"));
  std::filesystem::remove(workspace_ / "wanted/a.png");
  EXPECT_THAT(fault("images: photos, targets: wanted"), HasSubstr("wanted: has no file for 1 of 3 samples, such as "
                                                                  "'a.png'"));
  EXPECT_THAT(fault("images: photos, targets: {other: wanted}"), HasSubstr("no file for"));
}

TEST(ArrayFaults, AreFoundWhilePlanning) {
  const Workspace workspace;
  write_arrays(workspace);
  const auto fault = [&](const std::string& model, const std::string& dataset, const std::string& more = "") {
    return error_of_run([&] { workspace.plan(evaluated(model, dataset, more)); });
  };
  EXPECT_THAT(fault("sum", "inputs: {x: x.npy}"), HasSubstr("there is nothing for its input 'y' (array float32 [4])"));
  EXPECT_THAT(fault("sum", "inputs: {x: x.npy, y: y.npy, z: y.npy}"), HasSubstr("has no input 'z', which "));
  EXPECT_THAT(fault("sum", "inputs: {x: x.npy, y: y.npy}, targets: {out: sum.npy}"),
              HasSubstr("has no output 'out'; its outputs: 'sum'"));
  workspace.write("wide.npy", floats({count, 5}, std::vector<float>(count * 5)));
  EXPECT_THAT(fault("sum", "inputs: {x: x.npy, y: wide.npy}"), HasSubstr("wide.npy: its arrays are of the shape [5]"));
  EXPECT_THAT(fault("sum", "inputs: {x: x.npy, y: y.npy}, targets: wide.npy"),
              HasSubstr("wide.npy: targets of the shape [5] for output 'sum' of "));
  workspace.write("few.npy", floats({3, 4}, std::vector<float>(12)));
  EXPECT_THAT(fault("sum", "inputs: {x: x.npy, y: few.npy}"), HasSubstr("few.npy: has 3 samples, and "));
  EXPECT_THAT(fault("sum", "inputs: {x: x.npy, y: y.npy}, labels: labels.npy"),
              HasSubstr("labels.npy: has 30 labels for the 20 samples of "));
  workspace.write("labels.npy", npy("|u1", {count}, std::vector<std::uint8_t>(count, 9)));
  EXPECT_THAT(fault("sum", "inputs: {x: x.npy, y: y.npy}, labels: labels.npy"), HasSubstr("the label '9'"));
  EXPECT_THAT(fault("tiny", "images: images.npy, labelled: false, inputs: {more: x.npy}"), HasSubstr("30"));
  EXPECT_THAT(fault("regressor", "inputs: {x: x.npy, y: y.npy}, targets: sum.npy"), HasSubstr("which is [2]"));
}

TEST(ArrayFaults, OfMetricsThatCantBe) {
  const Workspace workspace;
  write_arrays(workspace);
  const auto fault = [&](const std::string& select) {
    return error_of_run([&] {
      workspace.plan(evaluated("regressor", "inputs: {x: x.npy, y: y.npy}", quantized) + "  - select: {" + select +
                     "}\n");
    });
  };
  EXPECT_THAT(fault("constraints: {agreement: {at_least: 1}}"),
              HasSubstr("'agreement' can't be computed: 'regressor' is no classifier"));
  EXPECT_THAT(fault("constraints: {mse: {at_most: 1}}"),
              HasSubstr("'mse' can't be computed: dataset 'x' has no targets"));
  EXPECT_THAT(fault("constraints: {mse_rise: {at_most: 1}}"), HasSubstr("dataset 'x' has no targets"));
  EXPECT_THAT(fault("max_drop: 0.01"), HasSubstr("'mean_drop' can't be computed: dataset 'x' has no labels"));
  EXPECT_EQ(fault("constraints: {snr: {at_least: 1}}"), "");
  workspace.write("two.npy", floats({count, 2}, random_values(count * 2, 7)));
  for (const char* rise : {"mse_rise", "mae_rise"}) {
    EXPECT_THAT(error_of_run([&] {
                  workspace.plan(evaluated("regressor", "inputs: {x: x.npy, y: y.npy}, targets: two.npy") +
                                 "  - select: {constraints: {" + rise + ": {at_most: 1}}}\n");
                }),
                HasSubstr("'regressor' is compared with no other model"));
  }
}

TEST(ArrayDatasets, AreReadAndWrittenAgain) {
  const Workspace workspace;
  write_arrays(workspace);
  const PipelineSpec first = workspace.parse(evaluated("sum", "inputs: {x: x.npy, y: y.npy}, targets: {sum: sum.npy}"));
  const PipelineSpec again = workspace.parse(to_yaml(first));
  for (const PipelineSpec* one : {&first, &again}) {
    const DatasetUse& dataset = one->datasets.at(0);
    EXPECT_FALSE(dataset.images);
    EXPECT_FALSE(dataset.labelled);
    EXPECT_EQ(dataset.name, "x");
    ASSERT_EQ(dataset.inputs.size(), 2U);
    EXPECT_EQ(dataset.inputs[1].name, "y");
    EXPECT_EQ(dataset.inputs[1].path.path, workspace / "y.npy");
    EXPECT_EQ(dataset.targets.at(0).name, "sum");
  }
}

TEST(ArrayDatasets, EachTaskAloneMakesWhatTheRunMakes) {
  const Workspace workspace;
  write_arrays(workspace);
  const std::string yaml = evaluated("regressor", "inputs: {x: x.npy, y: y.npy}", quantized);
  workspace.run(yaml);
  store::Store together(workspace / "store");
  store::Store alone(workspace / "alone");
  ThreadPool pool(1);
  const goldilocks::Plan plan = read_plan(workspace / "run/plan.json");
  for (const goldilocks::PlannedTask& task : plan.tasks()) {
    EXPECT_FALSE(run_task(plan, task.id(), testing::registry(), alone, pool).failure) << task.id();
    EXPECT_EQ(alone.find(task.key())->sha256, together.find(task.key())->sha256) << task.id();
  }
}

TEST(SingleCommands, TakeArrays) {
  const Workspace workspace;
  write_arrays(workspace);
  ThreadPool pool(2);
  EvaluateModelRequest evaluate;
  evaluate.model = workspace / "sum.mlmodel";
  evaluate.backend = "reference";
  const auto path = [&](const char* name) { return (workspace / name).string(); };
  evaluate.dataset.inputs = {"x=" + path("x.npy"), "y=" + path("y.npy")};
  EXPECT_THAT(error_of_run([&] { evaluate_model(evaluate, testing::registry(), pool); }),
              HasSubstr("labels or targets"));
  evaluate.dataset.targets = {path("above.npy")};
  const auto result = evaluate_model(evaluate, testing::registry(), pool);
  ASSERT_EQ(result.evaluation.figures_size(), 2);
  EXPECT_NEAR(result.evaluation.figures(0).value(), 0.25, 1e-6);
  EXPECT_EQ(result.dataset.labelling(), "target");

  CompareModelsRequest compare;
  compare.before = compare.after = workspace / "sum.mlmodel";
  compare.backend = "reference";
  compare.dataset.inputs = evaluate.dataset.inputs;
  const auto same = compare_models(compare, testing::registry(), pool);
  for (const goldilocks::Figure& figure : same.evaluation.figures()) {
    if (figure.metric() == "max_difference") {
      EXPECT_EQ(figure.value(), 0);
    }
  }
  EXPECT_GT(same.evaluation.figures_size(), 2);
}

}  // namespace
}  // namespace goldilocks::pipeline
