// Boxes: how many of those that are there a detector finds, and how many of the baseline's a variant finds again.
#include <cmath>
#include <memory>
#include <string>

#include "core/evaluation/detection.hpp"
#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

std::vector<double> overlaps_from(double first) {
  std::vector<double> all;
  for (int hundredths = static_cast<int>(std::lround(first * 100)); hundredths < 100; hundredths += 5) {
    all.push_back(hundredths / 100.0);
  }
  return all;
}

std::vector<double> overlaps_of(bool all, double iou) { return all ? overlaps_from(0.5) : std::vector<double>{iou}; }

Measured precision_of(const Answers& answers, bool all) {
  const DetectionAnswers& boxes = *answers.detections;
  const auto now =
      std::make_shared<const AveragePrecision>(boxes.found, boxes.truth, boxes.labels, overlaps_of(all, 0.5));
  return {now->mean({}), {}, [now](std::span<const std::uint32_t> counts) { return now->mean(counts); }};
}

Measured drop_of(const Answers& answers, bool all) {
  const DetectionAnswers& boxes = *answers.detections;
  const std::vector<double> overlaps = overlaps_of(all, 0.5);
  const auto now = std::make_shared<const AveragePrecision>(boxes.found, boxes.truth, boxes.labels, overlaps);
  const auto before = std::make_shared<const AveragePrecision>(boxes.baseline, boxes.truth, boxes.labels, overlaps);
  const auto drop = [now, before](std::span<const std::uint32_t> counts) {
    return before->mean(counts) - now->mean(counts);
  };
  return {drop({}), {}, drop};
}

// Of one sample: the baseline's boxes, those of them that are found again, and how far these scores differ in all.
struct Found {
  double boxes = 0, again = 0, difference = 0;
};

Found find_again(const std::vector<FoundBox>& baseline, const std::vector<FoundBox>& found, double iou, double least) {
  Found result;
  std::vector<bool> taken(found.size(), false);
  for (const FoundBox& box : baseline) {
    if (box.score < least) continue;
    result.boxes += 1;
    double most = iou;
    std::size_t best = found.size();
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (taken[i] || found[i].label != box.label || found[i].score < least) continue;
      const double shared = overlap(box.box, found[i].box);
      if (shared < most || (best != found.size() && shared == most)) continue;
      most = shared;
      best = i;
    }
    if (best == found.size()) continue;
    taken[best] = true;
    result.again += 1;
    result.difference += std::abs(static_cast<double>(found[best].score) - static_cast<double>(box.score));
  }
  return result;
}

// A sum of one figure of every sample over that of another; of nothing it is `of_nothing`.
Measured ratio_of(const Answers& answers, double Found::*over, double Found::*under, double of_nothing) {
  const DetectionAnswers& boxes = *answers.detections;
  const auto all = std::make_shared<std::vector<Found>>();
  for (std::size_t i = 0; i < answers.samples; ++i) {
    all->push_back(find_again(boxes.baseline[i], boxes.found[i], boxes.iou, boxes.least_score));
  }
  const auto ratio = [all, over, under, of_nothing](std::span<const std::uint32_t> counts) {
    double top = 0;
    double bottom = 0;
    for (std::size_t i = 0; i < all->size(); ++i) {
      const double count = counts.empty() ? 1 : counts[i];
      top += count * ((*all)[i].*over);
      bottom += count * ((*all)[i].*under);
    }
    return bottom == 0 ? of_nothing : top / bottom;
  };
  return {ratio({}), {}, ratio};
}

}  // namespace

Metric average_precision(bool all) {
  return {all ? "map" : "map_50",
          all ? "the mean average precision over overlaps from 0.5 to 0.95"
              : "the mean average precision at an overlap of 0.5",
          Needs::true_boxes, true, [all](const Answers& answers, double) { return precision_of(answers, all); }};
}

Metric average_precision_drop(bool all) {
  return {all ? "map_drop" : "map_50_drop",
          all ? "how far the mean average precision over overlaps from 0.5 to 0.95 is below the baseline's"
              : "how far the mean average precision at an overlap of 0.5 is below the baseline's",
          Needs::true_boxes_before, false, [all](const Answers& answers, double) { return drop_of(answers, all); }};
}

Metric boxes_matched() {
  return {"boxes_matched", "the share of the baseline's boxes that the variant finds, too", Needs::boxes_before, true,
          [](const Answers& answers, double) { return ratio_of(answers, &Found::again, &Found::boxes, 1); }};
}

Metric score_difference() {
  return {"score_difference", "the mean absolute difference of the scores of boxes that both find", Needs::boxes_before,
          false,
          [](const Answers& answers, double) { return ratio_of(answers, &Found::difference, &Found::again, 0); }};
}

}  // namespace goldilocks::evaluation
