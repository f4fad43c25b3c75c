// Datasets whose samples are sequences: a model takes their steps one after the other, with its states.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/data/npy.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/single/compare_models.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/loaded_model.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using namespace ml_program::testing;  // programs as text
using ::testing::HasSubstr;
using testing::ModelBuilder;
using testing::Workspace;

constexpr std::int64_t sequence_count = 5;
constexpr std::int64_t steps = 7;

std::string array_file(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
  std::string file = data::npy_header("<f4", shape);
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return file;
}

double figure_called(const goldilocks::Evaluation& evaluation, const std::string& metric) {
  for (const goldilocks::Figure& one : evaluation.figures()) {
    if (one.metric() == metric) return one.value();
  }
  return std::nan("");
}

// A program that adds up what it was given in a state: its output is the sum so far.
class SteppedSequences : public ::testing::Test {
 protected:
  SteppedSequences() {
    write_package(workspace_ / "sums.mlpackage",
                  program("CoreML8", {{"x", fp16({1, 2})}, {"sum", ml_program::state_of(fp16({1, 2}))}})
                      .op("read_state", {{"input", "sum"}}, "before", fp16({1, 2}))
                      .op("add", {{"x", "before"}, {"y", "x"}}, "after", fp16({1, 2}))
                      .op(operation("write_state", {{"input", "sum"}, {"data", "after"}}, {}))
                      .outputs({"after"})
                      .model());
    std::vector<float> x;
    std::vector<float> sums;
    for (std::int64_t i = 0; i < sequence_count * steps * 2; ++i) {
      x.push_back(static_cast<float>(i % 11) / 4);
      const bool first = i % (steps * 2) < 2;
      sums.push_back(x.back() + (first ? 0 : sums[static_cast<std::size_t>(i - 2)]));
    }
    workspace_.write("x.npy", array_file({sequence_count, steps, 2}, x));
    workspace_.write("sums.npy", array_file({sequence_count, steps, 2}, sums));
    workspace_.write("steps.npy", array_file({sequence_count * steps, 2}, x));
    x_ = x;
  }

  static std::string pipeline(const std::string& model, const std::string& dataset) {
    return "stages:\n  - load: {model: " + model + ", dataset: {" + dataset + "}}\n  - evaluate: {backend: onednn}\n";
  }

  std::string error_of(const std::string& yaml) const {
    try {
      workspace_.run(yaml);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  Workspace workspace_;
  std::vector<float> x_;
};

TEST_F(SteppedSequences, ShareTheStatesOfTheirSteps) {
  const auto run = [&](const std::string& dataset, std::size_t threads) {
    return workspace_.run(pipeline("sums.mlpackage", dataset), "run", threads, "store" + std::to_string(threads))
        .results.variants(0)
        .evaluation();
  };
  for (const std::size_t threads : {1, 3}) {
    const auto stepped = run("inputs: x.npy, targets: sums.npy, sequences: true", threads);
    EXPECT_EQ(figure_called(stepped, "mse"), 0) << "each sequence begins anew";
    EXPECT_EQ(stepped.samples(), sequence_count);
  }
  const auto alone = run("inputs: steps.npy, targets: steps.npy", 2);
  EXPECT_EQ(figure_called(alone, "mse"), 0) << "other samples begin with a fresh state each";
}

// An LSTM whose state goes in and out.
CoreML::Specification::Model recurrent_network() {
  ModelBuilder builder(5);
  builder.array_input("x", {2}).array_input("h", {3}).array_input("c", {3});
  builder.layer("lstm", {"x", "h", "c"}, {"y", "h_out", "c_out"}, [&](auto& layer) {
    auto& lstm = *layer.mutable_unidirectionallstm();
    lstm.set_inputvectorsize(2);
    lstm.set_outputvectorsize(3);
    lstm.add_activations()->mutable_sigmoid();
    lstm.add_activations()->mutable_tanh();
    lstm.add_activations()->mutable_tanh();
    auto& weights = *lstm.mutable_weightparams();
    for (auto* gate : {weights.mutable_inputgateweightmatrix(), weights.mutable_forgetgateweightmatrix(),
                       weights.mutable_blockinputweightmatrix(), weights.mutable_outputgateweightmatrix()}) {
      builder.fill_random(*gate, 6);
    }
    for (auto* gate : {weights.mutable_inputgaterecursionmatrix(), weights.mutable_forgetgaterecursionmatrix(),
                       weights.mutable_blockinputrecursionmatrix(), weights.mutable_outputgaterecursionmatrix()}) {
      builder.fill_random(*gate, 9);
    }
  });
  return builder.output("y", {3}).output("h_out", {3}).output("c_out", {3}).build();
}

TEST_F(SteppedSequences, OfRecurrentNetworksToo) {
  const auto file = workspace_.write("lstm.mlmodel", model::serialize_model(recurrent_network()));
  const plugins::BackendPlugin& backend = testing::registry().backend("onednn");
  const runtime::LoadedModel model(file, backend, plugins::complete_options(backend.options, {}));
  std::vector<float> after_states;
  std::vector<float> without_states;
  for (std::int64_t sequence = 0; sequence < sequence_count; ++sequence) {
    runtime::State state;
    for (std::int64_t step = 0; step < steps; ++step) {
      const std::size_t at = static_cast<std::size_t>(sequence * steps + step) * 2;
      const runtime::Values inputs = {{"x", runtime::make_array<float>({2}, std::vector{x_[at], x_[at + 1]})}};
      const auto add = [&](std::vector<float>& all, runtime::State& begin) {
        for (const double value :
             runtime::to_doubles(std::get<runtime::Array>(model.predict(inputs, &begin, nullptr).at("y")))) {
          all.push_back(static_cast<float>(value));
        }
      };
      runtime::State fresh;
      add(without_states, fresh);
      add(after_states, state);
    }
  }
  workspace_.write("after.npy", array_file({sequence_count, steps, 3}, after_states));
  workspace_.write("without.npy", array_file({sequence_count * steps, 3}, without_states));
  const auto run = [&](const std::string& dataset) {
    return figure_called(workspace_.run(pipeline("lstm.mlmodel", dataset)).results.variants(0).evaluation(), "mse");
  };
  EXPECT_LT(run("inputs: {x: x.npy}, targets: {y: after.npy}, sequences: true"), 1e-12);
  EXPECT_LT(run("inputs: {x: steps.npy}, targets: {y: without.npy}"), 1e-12) << "the states need no arrays";
  EXPECT_NE(std::vector<float>(after_states.begin() + 3, after_states.begin() + 6),
            std::vector<float>(without_states.begin() + 3, without_states.begin() + 6));
}

TEST_F(SteppedSequences, AreEvaluatedOnTheCommandLineToo) {
  EvaluateModelRequest request;
  request.model = workspace_ / "sums.mlpackage";
  request.dataset.inputs = {(workspace_ / "x.npy").string()};
  request.dataset.targets = {(workspace_ / "sums.npy").string()};
  request.dataset.sequences = true;
  request.backend = "reference";
  ThreadPool pool(2);
  EXPECT_EQ(figure_called(evaluate_model(request, testing::registry(), pool).evaluation, "mse"), 0);
  CompareModelsRequest compare;
  compare.before = compare.after = request.model;
  compare.dataset = request.dataset;
  compare.dataset.targets.clear();
  EXPECT_EQ(figure_called(compare_models(compare, testing::registry(), pool).evaluation, "max_difference"), 0);
}

TEST_F(SteppedSequences, ThatDontFitAreErrorsAtTheirPlace) {
  EXPECT_THAT(workspace_.faults(pipeline("tiny.mlmodel", "images: images.npy, labelled: false, sequences: true")),
              HasSubstr("'sequences' are of arrays: they stand beside 'images'"));
  EXPECT_THAT(error_of(pipeline("sums.mlpackage", "inputs: x.npy, targets: sums.npy")),
              HasSubstr("its arrays are of the shape [7, 2]"));
  workspace_.write("short.npy",
                   array_file({sequence_count, steps - 1, 2}, std::vector<float>(sequence_count * (steps - 1) * 2)));
  EXPECT_THAT(error_of(pipeline("sums.mlpackage", "inputs: x.npy, targets: short.npy, sequences: true")),
              HasSubstr("short.npy: targets of the shape [6, 2] for output 'after' of "));
  workspace_.write("flat.npy", array_file({sequence_count}, std::vector<float>(sequence_count)));
  EXPECT_THAT(error_of(pipeline("sums.mlpackage", "inputs: flat.npy, labelled: false, sequences: true")),
              HasSubstr("flat.npy"));
}

}  // namespace
}  // namespace goldilocks::pipeline
