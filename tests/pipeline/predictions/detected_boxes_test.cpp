// Detectors: a number of boxes that differs from sample to sample, and boxes that are there to be found.
#include "core/pipeline/predictions/detected_boxes.hpp"

#include <cmath>
#include <cstring>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/data/npy.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/runtime/arrays.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using namespace ml_program::testing;  // programs as text
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Workspace;

runtime::Values outputs_of(const std::vector<std::int64_t>& boxes, const std::vector<float>& places,
                           const std::vector<std::int64_t>& scores, const std::vector<float>& likely) {
  return {{"boxes", runtime::make_array(boxes, places)}, {"scores", runtime::make_array(scores, likely)}};
}

std::vector<float> row_of(const std::vector<float>& all, std::size_t row) {
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(row * box_values);
  return {first, first + static_cast<std::ptrdiff_t>(box_values)};
}

TEST(DetectedBoxesOf, RowsAndColumnsAreTheSame) {
  const DetectedBoxes detection{.boxes = "boxes", .scores = "scores", .most = 2};
  const std::vector<float> rows = {0.5F, 0.5F, 0.2F, 0.4F, /**/ 0.25F, 0.25F, 0.5F, 0.5F, /**/ 0, 0, 0, 0};
  const std::vector<float> likely = {0.1F, 0.6F, /**/ 0.9F, 0.2F, /**/ 0, 0};
  const auto all = detected_boxes(outputs_of({3, 4}, rows, {3, 2}, likely), detection);
  ASSERT_EQ(all.size(), 2 * box_values);
  EXPECT_THAT(row_of(all, 0), ElementsAre(0, 0, 0.5F, 0.5F, 0.9F, 0));
  EXPECT_THAT(row_of(all, 1), ::testing::Pointwise(::testing::FloatEq(), {0.4F, 0.3F, 0.6F, 0.7F, 0.6F, 1.0F}));
  const std::vector<float> columns = {0.5F, 0.25F, 0, 0.5F, 0.25F, 0, 0.2F, 0.5F, 0, 0.4F, 0.5F, 0};
  const auto turned =
      detected_boxes(outputs_of({1, 4, 3}, columns, {1, 2, 3}, {0.1F, 0.9F, 0, 0.6F, 0.2F, 0}), detection);
  EXPECT_EQ(turned, all);
}

TEST(DetectedBoxesOf, PixelsArePartsOfTheInput) {
  const DetectedBoxes detection{
      .boxes = "boxes", .scores = "scores", .pixels = true, .most = 1, .width = 200, .height = 100};
  const auto all = detected_boxes(outputs_of({1, 1, 4}, {100, 50, 20, 20}, {1, 1, 1}, {0.5F}), detection);
  EXPECT_THAT(row_of(all, 0), ::testing::Pointwise(::testing::FloatEq(), {0.45F, 0.4F, 0.55F, 0.6F, 0.5F, 0.0F}));
}

TEST(DetectedBoxesOf, NothingFoundIsRowsWithoutABox) {
  const DetectedBoxes detection{.boxes = "boxes", .scores = "scores", .most = 2};
  for (const auto& outputs : {outputs_of({0, 4}, {}, {0, 3}, {}), outputs_of({1, 4}, {1, 1, 1, 1}, {1, 2}, {0, 0})}) {
    const auto all = detected_boxes(outputs, detection);
    EXPECT_EQ(all[4], -1);
    EXPECT_EQ(all[box_values + 4], -1);
  }
}

TEST(DetectedBoxesOf, ShapesThatAreNoBoxesAreErrors) {
  const DetectedBoxes detection{.boxes = "boxes", .scores = "scores", .labels = {"cat"}};
  const auto error = [&](const runtime::Values& outputs) -> std::string {
    try {
      detected_boxes(outputs, detection);
      return "";
    } catch (const ModelError& failure) {
      return failure.what();
    }
  };
  EXPECT_EQ(error(outputs_of({1, 8}, std::vector<float>(8), {2, 1}, {1, 1})),
            "output 'boxes' of the shape [1, 8] has no boxes of 4 numbers");
  EXPECT_EQ(error(outputs_of({2, 4}, std::vector<float>(8), {3, 1}, {1, 1, 1})),
            "output 'scores' of the shape [3, 1] has no scores for 2 boxes");
  EXPECT_EQ(error(outputs_of({2, 4}, std::vector<float>(8), {2, 2}, {1, 1, 1, 1})),
            "output 'scores' has scores of 2 labels, and there are 1");
}

// Images of 16 x 8 for an input of 8 x 8.
class BoxesOnImages : public ::testing::Test {
 protected:
  BoxesOnImages() {
    std::string file = data::npy_header("|u1", std::vector<std::int64_t>{2, 8, 16, 3});
    file.append(std::size_t{2} * 8 * 16 * 3, '\0');
    dataset_ = data::open_unlabelled_images(workspace_.write("wide.npy", file));
    detection_ = {.boxes = "b", .scores = "s", .labels = {"cat", "dog"}, .width = 8, .height = 8, .image = true};
  }

  DetectionTruth truth(const std::string& csv, data::Fit fit) {
    DetectionUse use;
    const auto path = workspace_.write("boxes.csv", "file,label,left,top,width,height\n" + csv);
    use.labels = PathValue{path, path.string(), path.string()};
    ThreadPool pool(2);
    return load_detection_truth(detection_, use, dataset_, {fit, data::Filter::bilinear}, pool);
  }

  Workspace workspace_;
  data::Dataset dataset_;
  DetectedBoxes detection_;
};

TEST_F(BoxesOnImages, AreWhereTheFittedImageShowsThem) {
  const auto region = [&](data::Fit fit) {
    const DetectionTruth::Region seen = truth("0,dog,5,1,2,2\n", fit).regions[1];
    return std::vector<double>{seen.left, seen.top, seen.width, seen.height};
  };
  EXPECT_THAT(region(data::Fit::center_crop), ElementsAre(4, 0, 8, 8));
  EXPECT_THAT(region(data::Fit::scale_fit), ElementsAre(0, -4, 16, 16));
  EXPECT_THAT(region(data::Fit::scale_fill), ElementsAre(0, 0, 16, 8));
  Predictions predictions;
  predictions.samples = 2;
  std::vector<float> rows = {0.25F, 0.5F, 0.5F, 1, 0.9F, 1, /**/ 0, 0, 0, 0, -1, 0};
  predictions.outputs.push_back({"detections", {1, 6}, rows});
  const auto found = found_boxes(predictions, truth("0,dog,5,1,2,2\n", data::Fit::scale_fit));
  ASSERT_EQ(found[0].size(), 1U);
  EXPECT_TRUE(found[1].empty());
  EXPECT_EQ(found[0][0].box.left, 4);
  EXPECT_EQ(found[0][0].box.top, 4);
  EXPECT_EQ(found[0][0].box.bottom, 12);
  EXPECT_EQ(found[0][0].label, 1U);
}

TEST_F(BoxesOnImages, OfWhichLittleIsSeenAreIgnored) {
  const DetectionTruth cut = truth("0,dog,5,1,2,2\n0,cat,2,0,6,8\n0,cat,0,0,5,8\n1,,,,,\n", data::Fit::center_crop);
  ASSERT_EQ(cut.boxes[0].size(), 3U);
  EXPECT_TRUE(cut.boxes[1].empty());
  EXPECT_FALSE(cut.boxes[0][0].ignored);
  EXPECT_EQ(cut.boxes[0][0].label, 1U);
  EXPECT_FALSE(cut.boxes[0][1].ignored) << "two thirds of it are seen";
  EXPECT_EQ(cut.boxes[0][1].box.left, 4) << "and count alone";
  EXPECT_TRUE(cut.boxes[0][2].ignored);
}

TEST_F(BoxesOnImages, ThatFitNothingAreErrorsAtTheirPlace) {
  const auto error = [&](const std::string& csv) -> std::string {
    try {
      truth(csv, data::Fit::scale_fill);
      return "";
    } catch (const DataError& failure) {
      return failure.what();
    }
  };
  EXPECT_THAT(error("0,bird,1,1,2,2\n"), HasSubstr("boxes.csv:2: the label 'bird' is none of the model's: cat, dog"));
  EXPECT_THAT(error("a.jpg,dog,1,1,2,2\n"), HasSubstr("boxes.csv: has boxes for none of the samples, such as '0'"));
}

constexpr std::int64_t samples = 20;
constexpr std::int64_t places = 6;
constexpr std::int64_t wide = 64;

// What a detector's last layers do: a linear operation gives boxes and scores of three labels at six places, and
// suppression leaves five of them, a column each.
class Detector : public ::testing::Test {
 protected:
  Detector() {
    std::vector<float> weights(7 * wide);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = i / wide == i % wide ? 1 : 0.004F * (static_cast<float>(random_() % 1000) / 500 - 1);
    }
    std::vector<std::uint8_t> bytes(weights.size() * sizeof(float));
    std::memcpy(bytes.data(), weights.data(), bytes.size());
    BlobBytes blobs;
    const std::uint64_t weight = blobs.add(2, bytes);
    const auto threshold = [](float value) { return ml_program::testing::floats({}, {value}); };
    write_package(
        workspace_ / "finder.mlpackage",
        program("CoreML8", {{"x", fp32({1, places, wide})}})
            .constant("w", blob(fp32({7, wide}), weight))
            .op("linear", {{"x", "x"}, {"weight", "w"}}, "raw", fp32({1, places, 7}))
            .op("transpose", {{"x", "raw"}, {"perm", integers({0, 2, 1})}}, "turned", fp32({1, 7, places}))
            .op("slice_by_size", {{"x", "turned"}, {"begin", integers({0, 0, 0})}, {"size", integers({1, 4, places})}},
                "at", fp32({1, 4, places}))
            .op("slice_by_size", {{"x", "turned"}, {"begin", integers({0, 4, 0})}, {"size", integers({1, 3, places})}},
                "likely", fp32({1, 3, places}))
            .op(operation("non_maximum_suppression",
                          {{"boxes", "at"},
                           {"scores", "likely"},
                           {"iou_threshold", threshold(0.5F)},
                           {"max_boxes", integer(5)},
                           {"per_class_suppression", ml_program::testing::flag(true)}},
                          {{"boxes", fp32({1, 4, 5})}, {"scores", fp32({1, 3, 5})}, {"indices", int32({1, 5})}}))
            .outputs({"boxes", "scores"})
            .model(),
        blobs.bytes());
    std::vector<float> x(samples * places * wide);
    std::string csv = "file,label,left,top,width,height\n";
    for (std::int64_t sample = 0; sample < samples; ++sample) {
      for (std::int64_t place = 0; place < places; ++place) {
        float* const row = x.data() + (sample * places + place) * wide;
        for (std::int64_t i = 0; i < wide; ++i) row[i] = static_cast<float>(random_() % 1000) / 1000;
        row[0] = static_cast<float>(place) / places + 0.05F;
        row[1] = 0.2F + 0.5F * static_cast<float>(random_() % 1000) / 1000;
        row[2] = row[3] = 0.1F;
        const std::uint64_t label = random_() % 3;
        const bool is_there = random_() % 3 != 0;
        for (std::uint64_t i = 0; i < 3; ++i) row[4 + i] = is_there && i == label ? 0.9F : 0.05F;
        if (!is_there) continue;
        // An input of 64 x 6: the array's last sizes.
        csv += fmt::format("{},{},{},{},{},{}\n", sample, label, (row[0] - 0.05F) * wide, (row[1] - 0.05F) * places,
                           0.1F * wide, 0.1F * places);
      }
    }
    std::string file = data::npy_header("<f4", std::vector<std::int64_t>{samples, places, wide});
    file.append(reinterpret_cast<const char*>(x.data()), x.size() * sizeof(float));
    workspace_.write("x.npy", file);
    workspace_.write("boxes.csv", csv);
  }

  static std::string pipeline(const std::string& detection, const std::string& more = "",
                              const std::string& part = "") {
    return "stages:\n  - load: {model: finder.mlpackage, dataset: {inputs: x.npy, labelled: false, split: {parts: {a: "
           "0.5, b: 0.5}}}}\n"
           "  - quantize: {weight_threshold: 0, keep: always, sweep: {function: linear, bits: [8, 4]}}\n"
           "  - evaluate: {backend: onednn, " +
           part + "detection: {boxes: boxes, scores: scores" + detection + "}}\n" + more;
  }

  std::string error_of(const std::string& yaml) const {
    try {
      workspace_.run(yaml);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  static double number_of(const goldilocks::Variant& variant, const std::string& metric) {
    for (const goldilocks::Figure& one : variant.evaluation().figures()) {
      if (one.metric() == metric) return one.value();
    }
    return std::nan("");
  }

  Workspace workspace_;
  std::mt19937 random_{9};
};

TEST_F(Detector, IsEvaluatedSelectedAndProven) {
  const auto results =
      workspace_
          .run(pipeline(", labels: boxes.csv",
                        "  - select: {constraints: {map_50_drop: {at_most: 0.05}, boxes_matched: {at_least: 0.8}}}\n"
                        "  - prove: {part: b, constraints: {map_50_drop: {at_most: 0.1}}}\n",
                        "part: a, "))
          .results;
  EXPECT_EQ(results.datasets(0).labelling(), "box");
  const goldilocks::Variant& full = results.variants(0);
  EXPECT_GT(number_of(full, "map_50"), 0.9);
  EXPECT_LT(number_of(full, "map"), number_of(full, "map_50"));
  EXPECT_TRUE(std::isnan(number_of(full, "boxes_matched"))) << "it is compared with none";
  const goldilocks::Variant& fine = results.variants(1);
  const goldilocks::Variant& coarse = results.variants(2);
  EXPECT_NEAR(number_of(fine, "map_drop"), number_of(full, "map") - number_of(fine, "map"), 1e-12);
  EXPECT_GT(number_of(fine, "boxes_matched"), 0.95);
  EXPECT_GT(number_of(fine, "score_difference"), 0);
  EXPECT_GT(number_of(coarse, "score_difference"), 0);
  EXPECT_TRUE(std::isnan(number_of(fine, "snr")));
  EXPECT_EQ(results.selection().front().y(), "map");
  EXPECT_FALSE(results.selection().chosen().empty());
  EXPECT_EQ(results.proof().variant(), results.selection().chosen());
  EXPECT_TRUE(results.proof().passed()) << results.proof().reason();
  EXPECT_EQ(workspace_.run(pipeline(", labels: boxes.csv, iou: 0.75", "", "part: a, "), "again").computed, 0U)
      << "what a box is held against makes no other predictions";
}

// A pipeline whose last model is the suppression: as many rows as it keeps, and labels of its own.
TEST_F(Detector, MayBeAPipelineOfModels) {
  CoreML::Specification::Model stage;
  stage.set_specificationversion(4);
  const auto describe = [&](auto* features, const char* name, const std::vector<std::int64_t>& shape) {
    auto& feature = *features->Add();
    feature.set_name(name);
    auto& array = *feature.mutable_type()->mutable_multiarraytype();
    array.set_datatype(CoreML::Specification::ArrayFeatureType::DOUBLE);
    for (const std::int64_t size : shape) array.add_shape(size);
  };
  describe(stage.mutable_description()->mutable_input(), "c", {3, 2});
  describe(stage.mutable_description()->mutable_input(), "b", {3, 4});
  describe(stage.mutable_description()->mutable_output(), "confidence", {});
  describe(stage.mutable_description()->mutable_output(), "coordinates", {});
  auto& suppression = *stage.mutable_nonmaximumsuppression();
  suppression.set_confidenceinputfeaturename("c");
  suppression.set_coordinatesinputfeaturename("b");
  suppression.set_confidenceoutputfeaturename("confidence");
  suppression.set_coordinatesoutputfeaturename("coordinates");
  suppression.set_iouthreshold(0.5);
  suppression.set_confidencethreshold(0.2);
  suppression.mutable_picktop();
  suppression.mutable_stringclasslabels()->add_vector("cat");
  suppression.mutable_stringclasslabels()->add_vector("dog");
  CoreML::Specification::Model pipeline_of_one;
  pipeline_of_one.set_specificationversion(4);
  *pipeline_of_one.mutable_description() = stage.description();
  *pipeline_of_one.mutable_pipeline()->add_models() = stage;
  workspace_.write("suppress.mlmodel", model::serialize_model(pipeline_of_one));
  // Of the first sample two boxes are one, of the second all three stay.
  const std::vector<float> scores = {0.9F, 0, 0.8F, 0, 0, 0.7F, /**/ 0.9F, 0, 0, 0.5F, 0.6F, 0};
  const std::vector<float> boxes = {0.2F, 0.2F, 0.2F, 0.2F, 0.21F, 0.2F, 0.2F, 0.2F, 0.8F, 0.8F, 0.2F, 0.2F,
                                    0.2F, 0.2F, 0.2F, 0.2F, 0.5F,  0.5F, 0.2F, 0.2F, 0.8F, 0.8F, 0.2F, 0.2F};
  const auto write = [&](const std::string& name, std::int64_t width, const std::vector<float>& values) {
    std::string file = data::npy_header("<f4", std::vector<std::int64_t>{2, 3, width});
    file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    workspace_.write(name, file);
  };
  write("c.npy", 2, scores);
  write("b.npy", 4, boxes);
  // Parts of an input of 2 x 3: the first array's sizes.
  workspace_.write("true.csv",
                   "file,label,left,top,width,height\n0,cat,0.2,0.3,0.4,0.6\n0,dog,1.4,2.1,0.4,0.6\n"
                   "1,cat,0.2,0.3,0.4,0.6\n1,dog,0.8,1.2,0.4,0.6\n");
  const auto results =
      workspace_
          .run(
              "stages:\n  - load: {model: suppress.mlmodel, dataset: {inputs: {c: c.npy, b: b.npy}, labelled: false}}\n"
              "  - evaluate: {backend: reference, detection: {boxes: coordinates, scores: confidence, labels: "
              "true.csv}}\n",
              "pipeline")
          .results;
  // The box too many has the least score of its label.
  EXPECT_DOUBLE_EQ(number_of(results.variants(0), "map_50"), 1);
}

TEST_F(Detector, IsComparedWithItsBaselineWithoutLabels) {
  const auto results =
      workspace_.run(pipeline("", "  - select: {constraints: {boxes_matched: {at_least: 0.9}}}\n")).results;
  EXPECT_EQ(results.datasets(0).labelling(), "none");
  EXPECT_GT(number_of(results.variants(1), "boxes_matched"), 0.9);
  EXPECT_TRUE(std::isnan(number_of(results.variants(1), "map_50")));
  EXPECT_EQ(results.selection().front().y(), "boxes_matched");
  EXPECT_FALSE(results.selection().chosen().empty());
}

TEST_F(Detector, ThatIsDescribedWronglyIsAnError) {
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string yaml = pipeline(", labels: boxes.csv");
    yaml.replace(yaml.find(from), from.size(), to);
    return error_of(yaml);
  };
  EXPECT_THAT(replaced("boxes: boxes", "boxes: box"), HasSubstr("has no output 'box'; its outputs: 'boxes', 'scores'"));
  EXPECT_THAT(error_of(pipeline("", "  - select: {constraints: {map: {at_least: 0.9}}}\n")),
              HasSubstr("'map' can't be computed: 'detection' names no 'labels' with the boxes that are there"));
  EXPECT_THAT(error_of(pipeline("", "  - select: {constraints: {snr: {at_least: 20}}}\n")),
              HasSubstr("'snr' can't be computed: 'finder' is evaluated as a detector"));
  EXPECT_THAT(error_of(pipeline(", classes: [a, b]")),
              HasSubstr("'classes' of 'detection' are 2 labels, and output 'scores' has scores of 3"));
  EXPECT_THAT(workspace_.faults(pipeline("}, output: {boxes")), ::testing::Not(""));
}

}  // namespace
}  // namespace goldilocks::pipeline
