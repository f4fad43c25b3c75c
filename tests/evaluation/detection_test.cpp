#include "core/evaluation/detection.hpp"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/evaluation/evaluate_answers.hpp"
#include "tests/evaluation/metric_example.hpp"

namespace goldilocks::evaluation {
namespace {

using Truth = std::vector<std::vector<TrueBox>>;

Box box_at(float left, float top, float width = 10, float height = 10) {
  return {left, top, left + width, top + height};
}

TEST(Overlap, IsOfTheAreas) {
  EXPECT_DOUBLE_EQ(overlap(box_at(0, 0), box_at(0, 0)), 1);
  EXPECT_DOUBLE_EQ(overlap(box_at(0, 0), box_at(5, 0)), 50.0 / 150);
  EXPECT_DOUBLE_EQ(overlap(box_at(0, 0), box_at(10, 0)), 0);
  EXPECT_DOUBLE_EQ(overlap(box_at(0, 0, 0, 0), box_at(0, 0, 0, 0)), 0) << "there is no area to share";
}

// One label, two true boxes: found first, then a wrong one, then the second.
TEST(AveragePrecisionOf, OneLabelByHand) {
  const Truth truth = {{{box_at(0, 0), 0}, {box_at(100, 0), 0}}};
  const FoundBoxes found = {{{box_at(1, 0), 0.9F, 0}, {box_at(50, 0), 0.8F, 0}, {box_at(100, 1), 0.7F, 0}}};
  // Recalls 0 to 0.5 at a precision of 1 (51 of 101), the other 50 at 2/3.
  EXPECT_NEAR(AveragePrecision(found, truth, 1, {0.5}).mean({}), (51 + 50 * 2.0 / 3) / 101, 1e-12);
  // An overlap of 9/11: from 0.85 on nothing is right.
  EXPECT_NEAR(AveragePrecision(found, truth, 1, {0.8}).mean({}), (51 + 50 * 2.0 / 3) / 101, 1e-12);
  EXPECT_EQ(AveragePrecision(found, truth, 1, {0.85}).mean({}), 0);
}

TEST(AveragePrecisionOf, ABoxIsFoundOnce) {
  const Truth truth = {{{box_at(0, 0), 0}}};
  const FoundBoxes found = {{{box_at(0, 0), 0.9F, 0}, {box_at(0, 0), 0.8F, 0}}};
  EXPECT_DOUBLE_EQ(AveragePrecision(found, truth, 1, {0.5}).mean({}), 1) << "full recall comes before the second";
  const FoundBoxes worse_first = {{{box_at(3, 0), 0.9F, 0}, {box_at(0, 0), 0.8F, 0}}};
  EXPECT_DOUBLE_EQ(AveragePrecision(worse_first, truth, 1, {0.5}).mean({}), 1);
  EXPECT_DOUBLE_EQ(AveragePrecision(worse_first, truth, 1, {0.75}).mean({}), 0.5);
}

TEST(AveragePrecisionOf, LabelsAndSamplesAreTakenTogether) {
  const Truth truth = {{{box_at(0, 0), 0}}, {{box_at(0, 0), 0}, {box_at(30, 30), 2}}, {}};
  const FoundBoxes found = {
      {{box_at(0, 0), 0.5F, 0}}, {{box_at(0, 0), 0.9F, 1}, {box_at(30, 30), 0.4F, 2}}, {{box_at(0, 0), 0.6F, 0}}};
  // Label 0: a wrong one on the third sample, then one of two. Label 1 is nowhere. Label 2 is found.
  const double first = 51 * 0.5 / 101;
  EXPECT_NEAR(AveragePrecision(found, truth, 3, {0.5}).mean({}), (first + 1) / 2, 1e-12);
  EXPECT_TRUE(std::isnan(AveragePrecision(found, {{}, {}, {}}, 3, {0.5}).mean({})));
}

TEST(AveragePrecisionOf, IgnoredBoxesCountNeitherWay) {
  const Truth truth = {{{box_at(0, 0), 0}, {box_at(100, 0, 50, 50), 0, true}}};
  const FoundBoxes found = {
      {{box_at(110, 5), 0.9F, 0}, {box_at(120, 5), 0.8F, 0}, {box_at(0, 0), 0.7F, 0}, {box_at(60, 0), 0.6F, 0}}};
  EXPECT_DOUBLE_EQ(AveragePrecision(found, truth, 1, {0.5}).mean({}), 1);
}

// How often a sample occurs is as if it stood there as often.
TEST(AveragePrecisionOf, CountsStandForCopies) {
  std::mt19937 random(3);
  const auto number = [&](float most) { return most * static_cast<float>(random() % 1000) / 1000; };
  Truth truth(12);
  FoundBoxes found(12);
  for (std::size_t sample = 0; sample < truth.size(); ++sample) {
    for (int i = 0; i < 3; ++i) {
      const auto label = static_cast<std::uint32_t>(random() % 2);
      const Box box = box_at(number(100), number(100), 20, 20);
      truth[sample].push_back({box, label, random() % 8 == 0});
      const Box near = box_at(box.left + number(12) - 6, box.top + number(12) - 6, 20, 20);
      found[sample].push_back({near, number(1), static_cast<std::uint32_t>(random() % 4 == 0 ? 1 - label : label)});
    }
    std::ranges::sort(found[sample], std::ranges::greater{}, &FoundBox::score);
  }
  const std::vector<double> overlaps = {0.5, 0.6, 0.75};
  const AveragePrecision once(found, truth, 2, overlaps);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::uint32_t> counts;
    Truth copied_truth;
    FoundBoxes copied;
    for (std::size_t sample = 0; sample < truth.size(); ++sample) {
      counts.push_back(static_cast<std::uint32_t>(random() % 3));
      for (std::uint32_t copy = 0; copy < counts.back(); ++copy) {
        copied_truth.push_back(truth[sample]);
        copied.push_back(found[sample]);
      }
    }
    EXPECT_NEAR(once.mean(counts), AveragePrecision(copied, copied_truth, 2, overlaps).mean({}), 1e-9);
  }
  EXPECT_GT(once.mean({}), 0.1);
  EXPECT_LT(once.mean({}), 0.95);
}

TEST(Detections, HaveFiguresOfTheirOwn) {
  DetectionAnswers boxes;
  boxes.labels = 2;
  boxes.least_score = 0.25;
  boxes.truth = {{{box_at(0, 0), 0}}, {{box_at(0, 0), 1}}};
  boxes.baseline = {{{box_at(0, 0), 0.9F, 0}, {box_at(50, 50), 0.2F, 0}},
                    {{box_at(0, 0), 0.8F, 1}, {box_at(40, 0), 0.5F, 0}, {box_at(80, 0), 0.5F, 0}}};
  boxes.found = {{{box_at(1, 0), 0.7F, 0}}, {{box_at(0, 0), 0.9F, 0}, {box_at(41, 0), 0.4F, 0}}};
  Answers answers;
  answers.samples = 2;
  answers.detections = &boxes;
  using testing::value_of;
  EXPECT_DOUBLE_EQ(value_of("map_50", answers), 0.25) << "the second box has another label, and comes first";
  EXPECT_DOUBLE_EQ(value_of("map_50_drop", answers), 0.75);
  // The first is right up to an overlap of 0.8: 7 of 10.
  EXPECT_NEAR(value_of("map", answers), 0.7 * 0.5 / 2, 1e-12);
  EXPECT_NEAR(value_of("map_drop", answers), 1 - 0.175, 1e-12);
  EXPECT_DOUBLE_EQ(value_of("boxes_matched", answers), 2.0 / 4);
  EXPECT_NEAR(value_of("score_difference", answers), (0.2 + 0.1) / 2, 1e-6);
  ThreadPool pool(2);
  std::vector<std::string> names;
  for (const FigureValue& figure : compute_figures(answers, {}, pool)) {
    names.push_back(figure.metric);
    EXPECT_EQ(figure.interval.value().method, "bootstrap") << figure.metric;
  }
  EXPECT_THAT(names,
              ::testing::ElementsAre("map_50", "map", "map_50_drop", "map_drop", "boxes_matched", "score_difference"));
  boxes.truth.clear();
  EXPECT_FALSE(has(answers, Needs::true_boxes));
  EXPECT_TRUE(has(answers, Needs::boxes_before));
  EXPECT_FALSE(has(answers, Needs::values_before));
}

}  // namespace
}  // namespace goldilocks::evaluation
