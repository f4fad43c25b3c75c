#include "core/pipeline/results/thumbnails.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/data/npy.hpp"
#include "core/pipeline/release/publish.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::StartsWith;
using testing::Workspace;

constexpr const char* yaml = R"(
name: run
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - quantize: {sweep: {function: linear, bits: [1]}}
  - evaluate: {backend: reference}
  - select: {max_drop: 1}
)";

// A document whose chosen variant has these differences; a sample's id is its index.
goldilocks::Results with_differences(const std::vector<std::pair<int, bool>>& samples) {
  goldilocks::Results results;
  auto& variant = *results.add_variants();
  variant.set_name("small");
  results.mutable_selection()->set_chosen("small");
  variant.mutable_evaluation()->set_dataset("images");
  for (const auto& [sample, lost] : samples) {
    auto& difference = *variant.mutable_evaluation()->add_differences();
    difference.set_sample(std::to_string(sample));
    difference.set_truth("0");
    difference.set_baseline_answer(lost ? "0" : "1");
    difference.set_answer("2");
  }
  return results;
}

// The samples that have one.
std::vector<std::string> pictured(const goldilocks::Results& results) {
  std::vector<std::string> samples;
  for (const auto& difference : results.variants(0).evaluation().differences()) {
    if (difference.has_thumbnail()) samples.push_back(difference.sample());
  }
  return samples;
}

class Thumbnails : public ::testing::Test {
 protected:
  std::vector<std::string> add(goldilocks::Results results) {
    ThreadPool pool(2);
    add_thumbnails(results, workspace_.parse(yaml), workspace_.plan(yaml), pool);
    return pictured(results);
  }
  Workspace workspace_;
};

TEST_F(Thumbnails, OfAFewAreAll) {
  EXPECT_THAT(add(with_differences({{3, false}, {7, true}})), ::testing::ElementsAre("3", "7"));
}

TEST_F(Thumbnails, AreOfLostAnswersFirstAndEvenlyChosen) {
  std::vector<std::pair<int, bool>> samples;
  for (int i = 0; i < 30; ++i) samples.emplace_back(i, i % 2 == 1);
  const auto chosen = add(with_differences(samples));
  EXPECT_EQ(chosen.size(), static_cast<std::size_t>(most_thumbnails));
  int lost = 0;
  for (const std::string& sample : chosen) lost += std::stoi(sample) % 2;
  EXPECT_EQ(lost, 15) << "all of the lost ones";
  EXPECT_EQ(chosen.back(), "29") << "not the first ones alone";
}

TEST_F(Thumbnails, OfManyAlikeAreEvenlySpread) {
  std::vector<std::pair<int, bool>> samples;
  std::vector<std::string> expected;
  for (int i = 0; i < 30; ++i) samples.emplace_back(i, true);
  for (int i = 0; i < most_thumbnails; ++i) expected.push_back(std::to_string(i * 30 / most_thumbnails));
  EXPECT_EQ(add(with_differences(samples)), expected);
}

TEST_F(Thumbnails, OfTheProofAreThereToo) {
  goldilocks::Results results = with_differences({{3, true}});
  *results.mutable_proof()->mutable_evaluation() = results.variants(0).evaluation();
  ThreadPool pool(1);
  add_thumbnails(results, workspace_.parse(yaml), workspace_.plan(yaml), pool);
  EXPECT_THAT(results.proof().evaluation().differences(0).thumbnail(), StartsWith("\x89PNG"));
}

TEST_F(Thumbnails, AreOfALimitedSize) {
  for (const int side : {thumbnail_side, thumbnail_side + 1}) {
    workspace_.write("images.npy", data::npy_header("|u1", std::vector<std::int64_t>{30, side, 8}) +
                                       std::string(static_cast<std::size_t>(30 * side * 8), 'x'));
    goldilocks::Results results = with_differences({{3, true}});
    ThreadPool pool(1);
    add_thumbnails(results, workspace_.parse(yaml), workspace_.plan(yaml), pool);
    EXPECT_THAT(results.variants(0).evaluation().differences(0).thumbnail(),
                StartsWith(side == thumbnail_side ? "\x89PNG" : "\xFF\xD8"));
  }
}

TEST_F(Thumbnails, AnImageThatCantBeReadHasNone) {
  std::string folder = yaml;
  const std::string packed = "images: images.npy, labels: labels.npy";
  folder.replace(folder.find(packed), packed.size(), "images: classes");
  goldilocks::Results results = with_differences({{0, true}});
  results.mutable_variants(0)->mutable_evaluation()->set_dataset("classes");
  results.mutable_variants(0)->mutable_evaluation()->mutable_differences(0)->set_sample("0/a.png");
  ThreadPool pool(1);
  add_thumbnails(results, workspace_.parse(folder), workspace_.plan(folder), pool);
  EXPECT_TRUE(pictured(results).empty());
}

TEST_F(Thumbnails, NeedAChosenVariantAndItsImages) {
  goldilocks::Results nothing_chosen = with_differences({{3, true}});
  nothing_chosen.mutable_selection()->clear_chosen();
  EXPECT_TRUE(add(nothing_chosen).empty());
  goldilocks::Results of_others = with_differences({{3, true}, {1000, true}});
  EXPECT_THAT(add(of_others), ::testing::ElementsAre("3"));
  of_others.mutable_variants(0)->mutable_evaluation()->set_dataset("elsewhere");
  EXPECT_TRUE(add(of_others).empty());
}

TEST_F(Thumbnails, OfARunAreSmallImagesAndTheSameBytesOnAnyNumberOfThreads) {
  const RunOutcome one = workspace_.run(yaml, "one", 1);
  const RunOutcome four = workspace_.run(yaml, "four", 4);
  EXPECT_EQ(read_file(workspace_ / "one/results.json"), read_file(workspace_ / "four/results.json"));
  const auto& differences = one.results.variants(1).evaluation().differences();
  ASSERT_GT(differences.size(), 0) << "one bit changes answers";
  EXPECT_THAT(differences.at(0).thumbnail(), StartsWith("\x89PNG"));
  EXPECT_EQ(to_ordered_json(one.results.variants(0)).dump().find("thumbnail"), std::string::npos);
}

}  // namespace
}  // namespace goldilocks::pipeline
