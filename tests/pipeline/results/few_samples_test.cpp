#include "core/pipeline/results/few_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::Workspace;

// A variant of 100 samples whose `cosine` is 0.98 to 0.995.
goldilocks::Results results_of(double value, double lower, double upper) {
  goldilocks::Results results;
  goldilocks::Variant& variant = *results.add_variants();
  variant.set_name("small");
  goldilocks::Evaluation& evaluation = *variant.mutable_evaluation();
  evaluation.set_samples(100);
  goldilocks::Figure& figure = *evaluation.add_figures();
  figure.set_metric("cosine");
  figure.set_value(value);
  figure.mutable_interval()->set_lower(lower);
  figure.mutable_interval()->set_upper(upper);
  figure.mutable_interval()->set_confidence(0.95);
  results.mutable_selection()->set_chosen("small");
  results.mutable_selection()->set_reason("small is the only variant");
  return results;
}

std::string reason_of(double value, double lower, double upper, const evaluation::Limit& limit) {
  goldilocks::Results results = results_of(value, lower, upper);
  state_few_samples(results, {.limits = {limit}});
  return results.selection().reason();
}

TEST(FewSamples, AreTheFirstSentence) {
  // The interval reaches 0.01 below the figure, which is 0.005 above the limit: four times as many samples halve that.
  EXPECT_EQ(reason_of(0.99, 0.98, 0.995, {.metric = "cosine", .at_least = 0.985}),
            "100 samples are too few to show a cosine of at least 0.985: that of small is from 0.980 to 0.995 (95 % "
            "confidence), some 400 would do. small is the only variant");
}

TEST(FewSamples, AreNotSaidWhereTheySufficeOrNothingWouldHelp) {
  const std::string plain = "small is the only variant";
  EXPECT_EQ(reason_of(0.99, 0.98, 0.995, {.metric = "cosine", .at_least = 0.97}), plain);
  EXPECT_EQ(reason_of(0.99, 0.98, 0.995, {.metric = "cosine", .at_least = 0.992}), plain)
      << "it misses the limit itself";
  EXPECT_EQ(reason_of(0.99, 0.98, 0.995, {.metric = "snr", .at_least = 20}), plain);
  EXPECT_EQ(reason_of(0.99, 0.98, 0.995, {.metric = "cosine", .at_most = 0.99}),
            "100 samples are too few to show a cosine of at most 0.99: that of small is from 0.980 to 0.995 (95 % "
            "confidence). small is the only variant")
      << "no number of samples shows what lies on the limit";
}

// 0.76 - 0.74 is a little more than 0.02, and passes.
TEST(FewSamples, AreSaidOfAFigureThatIsTheLimit) {
  EXPECT_THAT(reason_of(0.76 - 0.74, -0.04, 0.08, {.metric = "cosine", .at_most = 0.02}),
              StartsWith("100 samples are too few to show a cosine of at most 0.02: "));
}

TEST(FewSamples, AreNotSaidWhereAnotherLimitIsBroken) {
  goldilocks::Results results = results_of(0.99, 0.98, 0.995);
  results.mutable_variants(0)->set_size_bytes(1000);
  state_few_samples(results, {.limits = {{.metric = "cosine", .at_least = 0.985}, {.metric = "size", .at_most = 10}}});
  EXPECT_EQ(results.selection().reason(), "small is the only variant");
}

TEST(FewSamples, OfARunAreSaidOfTheSelectionAndTheProof) {
  const Workspace workspace;
  workspace.write("labels.npy", testing::own_answers(workspace));
  const std::string yaml =
      "stages:\n"
      "  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy, split: {parts: {a: 0.5, b: "
      "0.5}}}}\n"
      "  - quantize: {keep: always, sweep: {function: linear, bits: 8}}\n"
      "  - evaluate: {backend: reference, part: a}\n";
  const auto of_drop = workspace.run(yaml + "  - select: {max_drop: 0.05}\n  - prove: {part: b}\n").results;
  EXPECT_THAT(of_drop.selection().reason(),
              StartsWith("15 samples are too few to show a mean_drop of at most 0.05: that of tiny_linear_8 is from "));
  EXPECT_THAT(of_drop.selection().reason(), HasSubstr(". tiny_linear_8 is the only variant"));
  EXPECT_THAT(of_drop.proof().reason(), StartsWith("15 samples are too few to show a mean_drop of at most 0.05"));
  EXPECT_TRUE(of_drop.proof().passed());
  const auto of_values =
      workspace.run(yaml + "  - select: {constraints: {kl_p99.9: {at_most: 0.5}, snr: {at_least: 3}}}\n", "values")
          .results;
  EXPECT_THAT(of_values.selection().reason(), StartsWith("15 samples are too few to show a kl_p99.9 of at most 0.5: "))
      << "what a limit names is computed, also where it is not usual";
  EXPECT_THAT(of_values.selection().reason(), Not(HasSubstr("snr of at least 3:")));
}

}  // namespace
}  // namespace goldilocks::pipeline
