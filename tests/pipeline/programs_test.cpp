// ML Programs evaluated: one of several functions, float16 values in both precisions, one of several outputs.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"
#include "core/pipeline/single/compare_models.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/loaded_model.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using namespace ml_program::testing;  // programs as text
using ::testing::HasSubstr;
using testing::Workspace;

constexpr std::int64_t sample_count = 12;
constexpr std::int64_t input_width = 64;

std::string npy_file(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
  std::string file = data::npy_header("<f4", shape);
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return file;
}

double figure_of(const goldilocks::Variant& variant, const std::string& metric) {
  for (const goldilocks::Figure& one : variant.evaluation().figures()) {
    if (one.metric() == metric) return one.value();
  }
  return std::nan("");
}

// A linear operation, 48 x 64, whose result a function scales by its own number: `main` by 1, `double` by 2. Both share
// the weights. `raw` is the result before the rectifier.
class ProgramEvaluation : public ::testing::Test {
 protected:
  ProgramEvaluation() {
    std::vector<float> weights(48 * input_width);
    for (float& value : weights) value = number();
    std::vector<std::uint8_t> bytes(weights.size() * 4);
    std::memcpy(bytes.data(), weights.data(), bytes.size());
    BlobBytes blobs;
    const std::uint64_t weight = blobs.add(2, bytes);
    model::spec::Model all = function(weight, 1);
    const model::spec::Model second = function(weight, 2);
    (*all.mutable_mlprogram()->mutable_functions())["double"] = second.mlprogram().functions().at("main");
    model::spec::ModelDescription& description = *all.mutable_description();
    for (const char* name : {"main", "double"}) {
      model::spec::FunctionDescription& described = *description.add_functions();
      described.set_name(name);
      *described.mutable_input() = description.input();
      *described.mutable_output() = description.output();
    }
    description.clear_input();
    description.clear_output();
    description.set_defaultfunctionname("main");
    write_package(workspace_ / "two.mlpackage", all, blobs.bytes());

    std::vector<float> x(sample_count * input_width);
    for (float& value : x) value = number();
    std::vector<float> raw;
    for (std::int64_t row = 0; row < sample_count; ++row) {
      for (std::int64_t out = 0; out < 48; ++out) {
        double sum = 0;
        for (std::int64_t i = 0; i < input_width; ++i) {
          sum += static_cast<double>(x[static_cast<std::size_t>(row * input_width + i)]) *
                 weights[static_cast<std::size_t>(out * input_width + i)];
        }
        raw.push_back(static_cast<float>(sum));
      }
    }
    write("x.npy", input_width, x);
    write("raw.npy", 48, raw);
    for (float& value : raw) value *= 2;
    write("twice.npy", 48, raw);
    for (float& value : raw) value = std::max(value, 0.0F);
    write("rectified.npy", 48, raw);
  }

  float number() { return static_cast<float>(random_() % 1000) / 500 - 1; }

  static model::spec::Model function(std::uint64_t weight, float factor) {
    return program("CoreML8", {{"x", fp32({1, input_width})}})
        .constant("w", blob(fp32({48, input_width}), weight))
        .op("linear", {{"x", "x"}, {"weight", "w"}}, "l", fp32({1, 48}))
        .op("mul", {{"x", "l"}, {"y", ml_program::testing::floats({}, {factor})}}, "raw", fp32({1, 48}))
        .op("relu", {{"x", "raw"}}, "y", fp32({1, 48}))
        .outputs({"y", "raw"})
        .model();
  }

  void write(const std::string& name, std::int64_t width, const std::vector<float>& values) {
    workspace_.write(name, npy_file({sample_count, 1, width}, values));
  }

  Workspace workspace_;
  std::mt19937 random_{4};
};

TEST_F(ProgramEvaluation, IsOfTheFunctionThatTheModelNames) {
  const auto run = [&](const std::string& targets, const std::string& function) {
    return workspace_
        .run(
            "stages:\n  - load: {models: [{path: two.mlpackage, name: a}, {path: two.mlpackage, name: b, "
            "function_name: " +
                function + "}], dataset: {inputs: x.npy, targets: {" + targets + "}}}\n" +
                "  - quantize: {input: b, sweep: {function: linear, bits: 8}}\n  - evaluate: {backend: reference}\n",
            function)
        .results;
  };
  const auto twice = run("raw: twice.npy", "double");
  EXPECT_GT(figure_of(twice.variants(0), "mse"), 1);
  EXPECT_LT(figure_of(twice.variants(1), "mse"), 1e-9);
  EXPECT_LT(figure_of(twice.variants(2), "mse"), 0.1) << "what is quantized is evaluated by the same function";
  EXPECT_GT(figure_of(twice.variants(2), "mse"), 1e-9);
  EXPECT_EQ(twice.variants(0).function_name(), "");
  EXPECT_EQ(twice.variants(1).function_name(), "double");
  EXPECT_EQ(twice.variants(2).function_name(), "double");
  EXPECT_LT(figure_of(run("raw: raw.npy", "main").variants(1), "mse"), 1e-9);
}

TEST_F(ProgramEvaluation, OfAFunctionThatThereIsNotIsAFaultOfTheModelsPlace) {
  const std::string yaml =
      "stages:\n  - load: {model: {path: two.mlpackage, function_name: doubel}}\n"
      "  - quantize: {sweep: {function: linear, bits: 8}}\n";
  try {
    workspace_.plan(yaml);
    FAIL() << "there is no such function";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("pipeline.yaml:2:19: "));
    EXPECT_THAT(error.what(), HasSubstr("two.mlpackage: the model has no function 'doubel'; did you mean 'double'?"));
  }
}

TEST_F(ProgramEvaluation, ComparesTheOutputThatIsNamed) {
  const auto run = [&](const std::string& dataset, const std::string& output) {
    return workspace_.run("stages:\n  - load: {model: {path: two.mlpackage, function_name: double}, dataset: {" +
                          dataset + "}}\n  - evaluate: {backend: reference, output: " + output + "}\n");
  };
  const std::string inputs = "inputs: x.npy, ";
  const auto raw = run(inputs + "targets: twice.npy", "raw").results;
  EXPECT_LT(figure_of(raw.variants(0), "mse"), 1e-9) << "the name of the output need not stand at the targets, too";
  EXPECT_EQ(raw.variants(0).evaluation().output(), "raw");
  EXPECT_LT(figure_of(run(inputs + "targets: rectified.npy", "y").results.variants(0), "mse"), 1e-9);
  const auto error = [&](const std::string& dataset, const std::string& output) -> std::string {
    try {
      run(dataset, output);
      return "";
    } catch (const Error& failure) {
      return failure.what();
    }
  };
  EXPECT_THAT(error(inputs + "targets: {y: rectified.npy}", "raw"), HasSubstr("targets for output 'y' of "));
  EXPECT_THAT(error(inputs + "targets: twice.npy", "rav"), HasSubstr("has no output 'rav'; its outputs: 'y', 'raw'"));
}

// 2048 and its neighbours are whole even numbers in float16: what is added to it and taken away again is rounded.
TEST_F(ProgramEvaluation, RoundsFloat16ValuesAsThePrecisionSays) {
  const auto constant_2048 = constant(fp16(), {0x00, 0x68});
  write_package(workspace_ / "half.mlpackage",
                program("CoreML7", {{"x", fp16({1, input_width})}})
                    .op("add", {{"x", "x"}, {"y", constant_2048}}, "above", fp16({1, input_width}))
                    .op("sub", {{"x", "above"}, {"y", constant_2048}}, "y", fp16({1, input_width}))
                    .outputs({"y"})
                    .model());
  write("half.npy", input_width, std::vector<float>(sample_count * input_width, 0.5F));
  const auto run = [&](const std::string& precision) {
    return workspace_.run(
        "stages:\n  - load: {model: half.mlpackage, dataset: {inputs: half.npy, targets: half.npy}}\n"
        "  - evaluate: {backend: reference" +
        precision + "}\n");
  };
  const RunOutcome plain = run("");
  EXPECT_EQ(figure_of(plain.results.variants(0), "mse"), 0);
  EXPECT_EQ(plain.results.variants(0).evaluation().precision(), "");
  const RunOutcome typed = run(", precision: as_typed");
  EXPECT_EQ(figure_of(typed.results.variants(0), "mse"), 0.25);
  EXPECT_EQ(typed.computed, 1U) << "predictions of the other precision are others";
  EXPECT_EQ(typed.results.variants(0).evaluation().precision(), "as_typed");
  EXPECT_EQ(run(", precision: float32").computed, 0U);

  CompareModelsRequest request;
  request.before = request.after = workspace_ / "half.mlpackage";
  request.dataset.inputs = {(workspace_ / "half.npy").string()};
  request.backend = "onednn";
  request.of_after.precision = runtime::Precision::as_typed;
  ThreadPool pool(2);
  const auto compared = compare_models(request, testing::registry(), pool).evaluation;
  for (const goldilocks::Figure& figure : compared.figures()) {
    if (figure.metric() == "max_difference") {
      EXPECT_EQ(figure.value(), 0.5);
    }
  }
  EXPECT_EQ(compared.precision(), "as_typed");
}

// Gray of 16 bits: its images are the dataset's as 0 to 1.
TEST_F(ProgramEvaluation, TakesImagesOfFloat16Gray) {
  std::vector<float> weights(3 * 64);
  for (float& value : weights) value = number();
  model::spec::Model gray =
      program("CoreML7", {{"photo", fp16({1, 1, 8, 8})}})
          .op("cast", {{"x", "photo"}, {"dtype", word("fp32")}}, "wide", fp32({1, 1, 8, 8}))
          .op("reshape", {{"x", "wide"}, {"shape", integers({1, 64})}}, "flat", fp32({1, 64}))
          .op("linear", {{"x", "flat"}, {"weight", ml_program::testing::floats({3, 64}, weights)}}, "y", fp32({1, 3}))
          .outputs({"y"})
          .model();
  auto& image = *gray.mutable_description()->mutable_input(0)->mutable_type()->mutable_imagetype();
  image.set_width(8);
  image.set_height(8);
  image.set_colorspace(model::spec::ImageFeatureType::GRAYSCALE_FLOAT16);
  write_package(workspace_ / "gray.mlpackage", gray);

  const plugins::BackendPlugin& backend = testing::registry().backend("reference");
  const runtime::LoadedModel loaded(workspace_ / "gray.mlpackage", backend,
                                    plugins::complete_options(backend.options, {}));
  const data::Dataset images = data::open_unlabelled_images(workspace_ / "images.npy");
  std::string labels =
      data::npy_header("|u1", std::vector<std::int64_t>{static_cast<std::int64_t>(images.samples.size())});
  for (std::size_t i = 0; i < images.samples.size(); ++i) {
    const runtime::Image fitted = loaded.fit(runtime::from_data(data::stored_image(images, i)), "", {});
    const auto scores =
        runtime::to_doubles(std::get<runtime::Array>(loaded.predict({{"photo", fitted}}, nullptr, nullptr).at("y")));
    labels += static_cast<char>(std::ranges::max_element(scores) - scores.begin());
  }
  workspace_.write("labels.npy", labels);
  const auto results = workspace_
                           .run(
                               "stages:\n  - load: {model: gray.mlpackage, dataset: {images: images.npy, labels: "
                               "labels.npy}}\n  - evaluate: {backend: reference}\n")
                           .results;
  EXPECT_EQ(results.variants(0).evaluation().accuracy(), 1) << "its own answers";
  EXPECT_EQ(results.variants(0).evaluation().samples(), 30U);
}

TEST_F(ProgramEvaluation, EvaluatesOneFileByFunctionAndOutput) {
  EvaluateModelRequest request;
  request.model = workspace_ / "two.mlpackage";
  request.dataset.inputs = {(workspace_ / "x.npy").string()};
  request.dataset.targets = {(workspace_ / "twice.npy").string()};
  request.backend = "reference";
  request.arguments = {.function_name = "double", .output = "raw"};
  ThreadPool pool(2);
  const auto evaluation = evaluate_model(request, testing::registry(), pool).evaluation;
  for (const goldilocks::Figure& figure : evaluation.figures()) {
    if (figure.metric() == "mse") {
      EXPECT_LT(figure.value(), 1e-9);
    }
  }
  EXPECT_EQ(evaluation.output(), "raw");
}

}  // namespace
}  // namespace goldilocks::pipeline
