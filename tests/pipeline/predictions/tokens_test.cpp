// Models that foretell tokens: scores at each position of a sequence.
#include <cmath>
#include <cstring>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/data/npy.hpp"
#include "core/pipeline/single/compare_models.hpp"
#include "core/pipeline/single/single.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using namespace ml_program::testing;  // programs as text
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::Workspace;

constexpr std::int64_t sequences = 12;
constexpr std::int64_t length = 9;
constexpr std::int64_t vocabulary = 64;
constexpr std::int64_t embedding = 48;

template <class Number>
std::string npy_of(const char* type, const std::vector<std::int64_t>& shape, const std::vector<Number>& values) {
  std::string file = data::npy_header(type, shape);
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number));
  return file;
}

double number_in(const goldilocks::Evaluation& evaluation, const std::string& metric) {
  for (const goldilocks::Figure& one : evaluation.figures()) {
    if (one.metric() == metric) return one.value();
  }
  return std::nan("");
}

// tokens -> embedding -> scores of the next token: logits = U E[token].
class Tokens : public ::testing::Test {
 protected:
  Tokens() {
    const std::vector<float> table = numbers(vocabulary * embedding);
    const std::vector<float> output = numbers(vocabulary * embedding);
    BlobBytes blobs;
    const std::uint64_t table_at = blobs.add(2, bytes_of_floats(table));
    const std::uint64_t output_at = blobs.add(2, bytes_of_floats(output));
    write_package(workspace_ / "lm.mlpackage",
                  program("CoreML5", {{"ids", int32({1, length})}})
                      .constant("table", blob(fp32({vocabulary, embedding}), table_at))
                      .op("gather", {{"x", "table"}, {"indices", "ids"}, {"axis", integer(0)}}, "embedded",
                          fp32({1, length, embedding}))
                      .constant("w", blob(fp32({vocabulary, embedding}), output_at))
                      .op("linear", {{"x", "embedded"}, {"weight", "w"}}, "logits", fp32({1, length, vocabulary}))
                      .outputs({"logits"})
                      .model(),
                  blobs.bytes());
    for (std::int64_t i = 0; i < sequences * length; ++i)
      ids_.push_back(static_cast<std::int32_t>(random_() % vocabulary));
    write_ids();
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      if ((i + 1) % length == 0) continue;
      std::vector<double> logits(vocabulary);
      double all = 0;
      for (std::size_t v = 0; v < vocabulary; ++v) {
        for (std::size_t d = 0; d < embedding; ++d) {
          logits[v] +=
              static_cast<double>(table[static_cast<std::size_t>(ids_[i]) * embedding + d]) * output[v * embedding + d];
        }
        all += std::exp(logits[v]);
      }
      sum += std::log(all) - logits[static_cast<std::size_t>(ids_[i + 1])];
      ++count;
    }
    perplexity_ = std::exp(sum / static_cast<double>(count));
  }

  std::vector<float> numbers(std::size_t size) {
    std::vector<float> values(size);
    for (float& value : values) value = static_cast<float>(random_() % 1000) / 1000 - 0.5F;
    return values;
  }

  static std::vector<std::uint8_t> bytes_of_floats(const std::vector<float>& values) {
    std::vector<std::uint8_t> bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }

  void write_ids() { workspace_.write("ids.npy", npy_of("<i4", {sequences, length}, ids_)); }

  static std::string pipeline(const std::string& dataset, const std::string& more = "") {
    return "stages:\n  - load: {model: lm.mlpackage, dataset: {" + dataset + "}}\n" +
           "  - quantize: {sweep: {function: linear, bits: [8, 4]}}\n  - evaluate: {backend: onednn}\n" + more;
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
  std::mt19937 random_{8};
  std::vector<std::int32_t> ids_;
  double perplexity_ = 0;
};

TEST_F(Tokens, AreForetoldAtEveryPosition) {
  const auto results = workspace_
                           .run(pipeline("inputs: ids.npy, next_token: ids",
                                         "  - select: {constraints: {perplexity_ratio: {at_most: 1.05}, kl_p99: "
                                         "{at_most: 0.5}}}\n"))
                           .results;
  EXPECT_EQ(results.datasets(0).labelling(), "token");
  const goldilocks::Evaluation& full = results.variants(0).evaluation();
  EXPECT_NEAR(number_in(full, "perplexity"), perplexity_, 1e-3);
  EXPECT_EQ(full.samples(), sequences);
  EXPECT_EQ(full.positions(), sequences * (length - 1));
  EXPECT_FALSE(full.has_mean_accuracy());
  const goldilocks::Evaluation& fine = results.variants(1).evaluation();
  const goldilocks::Evaluation& coarse = results.variants(2).evaluation();
  EXPECT_NEAR(number_in(fine, "perplexity_ratio"), number_in(fine, "perplexity") / number_in(full, "perplexity"), 1e-9);
  EXPECT_LT(number_in(fine, "kl"), number_in(coarse, "kl"));
  EXPECT_GE(number_in(coarse, "kl_p99"), number_in(coarse, "kl_p50"));
  EXPECT_TRUE(std::isnan(number_in(coarse, "kl_p99.9"))) << "96 positions don't show it";
  EXPECT_EQ(fine.top1_agreement(), number_in(fine, "top1_agreement"));
  EXPECT_EQ(results.selection().front().y(), "perplexity");
  EXPECT_FALSE(results.selection().chosen().empty());
}

TEST_F(Tokens, MayBeTargetsOfWhichSomeCountNowhere) {
  const double next = number_in(
      workspace_.run(pipeline("inputs: ids.npy, next_token: ids")).results.variants(2).evaluation(), "perplexity");
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < ids_.size(); ++i) labels.push_back((i + 1) % length == 0 ? -100 : ids_[i + 1]);
  workspace_.write("labels.npy", npy_of("<i8", {sequences, length}, labels));
  const auto results = workspace_.run(pipeline("inputs: ids.npy, targets: labels.npy"), "targets").results;
  EXPECT_EQ(number_in(results.variants(2).evaluation(), "perplexity"), next);
  EXPECT_EQ(results.variants(2).evaluation().positions(), sequences * (length - 1));
  EXPECT_EQ(results.datasets(0).labelling(), "target");
  EXPECT_TRUE(std::isnan(number_in(results.variants(2).evaluation(), "mse")));
}

TEST_F(Tokens, AreEvaluatedAndComparedOnTheCommandLineToo) {
  EvaluateModelRequest request;
  request.model = workspace_ / "lm.mlpackage";
  request.dataset.inputs = {(workspace_ / "ids.npy").string()};
  request.dataset.next_token = "ids";
  request.backend = "reference";
  ThreadPool pool(2);
  EXPECT_NEAR(number_in(evaluate_model(request, testing::registry(), pool).evaluation, "perplexity"), perplexity_,
              1e-3);
  CompareModelsRequest compare;
  compare.before = compare.after = request.model;
  compare.dataset = request.dataset;
  const auto same = compare_models(compare, testing::registry(), pool).evaluation;
  EXPECT_EQ(number_in(same, "perplexity_ratio"), 1);
  EXPECT_EQ(number_in(same, "kl"), 0);
}

TEST_F(Tokens, ThatDontFitAreErrorsAtTheirPlace) {
  EXPECT_THAT(workspace_.faults(pipeline("inputs: {ids: ids.npy}, next_token: words")),
              HasSubstr("'next_token' must be one of 'inputs'; none is called 'words'"));
  EXPECT_THAT(workspace_.faults(pipeline("inputs: ids.npy, targets: ids.npy, next_token: ids")),
              HasSubstr("'targets' stands beside 'next_token'"));
  const std::string named = pipeline("inputs: ids.npy, next_token: ids", "  - select: {max_drop: 0.01}\n");
  EXPECT_THAT(error_of(named), HasSubstr("'mean_drop' can't be computed: dataset 'ids' has no labels"));
  workspace_.write("floats.npy", npy_of("<f4", {sequences, length}, std::vector<float>(sequences * length)));
  EXPECT_THAT(error_of(pipeline("inputs: floats.npy, next_token: ids")),
              HasSubstr("tokens of type '<f4' and shape [9] to be foretold by output 'logits' of "));
  ids_[13] = vocabulary;
  write_ids();
  workspace_.write("zeros.npy", npy_of("<i4", {sequences, length}, std::vector<std::int32_t>(sequences * length)));
  EXPECT_THAT(error_of(pipeline("inputs: zeros.npy, targets: ids.npy")),
              HasSubstr("ids.npy: the token 64 of sample 1, but output 'logits' has scores of 64"));
  const std::string images =
      "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n"
      "  - evaluate: {backend: reference, metrics: perplexity}\n";
  EXPECT_THAT(error_of(images),
              HasSubstr("'perplexity' can't be computed: 'tiny' gives no scores at each position of a sequence"));
}

}  // namespace
}  // namespace goldilocks::pipeline
