#include "core/evaluation/detection.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace goldilocks::evaluation {
namespace {

double shared_area(const Box& a, const Box& b) {
  return Box{std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right), std::min(a.bottom, b.bottom)}
      .area();
}

enum class Match { right, wrong, ignored };

// What becomes of each found box of one sample and label. Both lists are of that label alone.
std::vector<Match> match(const std::vector<const FoundBox*>& found, const std::vector<const TrueBox*>& truth,
                         double least_overlap) {
  std::vector<bool> taken(truth.size(), false);
  std::vector<Match> matches;
  matches.reserve(found.size());
  for (const FoundBox* box : found) {
    double most = least_overlap;
    std::size_t best = truth.size();
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (taken[i] || truth[i]->ignored) continue;
      const double iou = overlap(box->box, truth[i]->box);
      if (iou < most || (best != truth.size() && iou == most)) continue;
      most = iou;
      best = i;
    }
    if (best != truth.size()) {
      taken[best] = true;
      matches.push_back(Match::right);
      continue;
    }
    const double area = box->box.area();
    const bool in_ignored = std::ranges::any_of(truth, [&](const TrueBox* region) {
      return region->ignored && area > 0 && shared_area(box->box, region->box) / area >= least_overlap;
    });
    matches.push_back(in_ignored ? Match::ignored : Match::wrong);
  }
  return matches;
}

template <class Boxes>
auto of_label(const Boxes& boxes, std::uint32_t label) {
  std::vector<const typename Boxes::value_type*> chosen;
  for (const auto& box : boxes) {
    if (box.label == label) chosen.push_back(&box);
  }
  return chosen;
}

}  // namespace

double Box::area() const {
  const double width = static_cast<double>(right) - static_cast<double>(left);
  const double height = static_cast<double>(bottom) - static_cast<double>(top);
  return width > 0 && height > 0 ? width * height : 0;
}

double overlap(const Box& a, const Box& b) {
  const double shared = shared_area(a, b);
  return shared == 0 ? 0 : shared / (a.area() + b.area() - shared);
}

AveragePrecision::AveragePrecision(const FoundBoxes& found, const std::vector<std::vector<TrueBox>>& truth,
                                   std::size_t labels, std::vector<double> overlaps)
    : truths_(labels) {
  for (std::uint32_t sample = 0; sample < truth.size(); ++sample) {
    for (const TrueBox& box : truth[sample]) {
      if (!box.ignored) truths_.at(box.label).push_back(sample);
    }
  }
  for (std::uint32_t label = 0; label < labels; ++label) {
    if (truths_[label].empty()) continue;
    const std::size_t first = curves_.size();
    for (std::size_t i = 0; i < overlaps.size(); ++i) curves_.push_back({{}, label});
    for (std::uint32_t sample = 0; sample < truth.size(); ++sample) {
      const auto boxes = of_label(found[sample], label);
      const auto wanted = of_label(truth[sample], label);
      for (std::size_t i = 0; i < overlaps.size(); ++i) {
        const std::vector<Match> matches = match(boxes, wanted, overlaps[i]);
        for (std::size_t k = 0; k < boxes.size(); ++k) {
          if (matches[k] == Match::ignored) continue;
          curves_[first + i].boxes.push_back({boxes[k]->score, sample, matches[k] == Match::right});
        }
      }
    }
  }
  for (Curve& curve : curves_) {
    std::ranges::stable_sort(curve.boxes, std::ranges::greater{}, &Ranked::score);
    // Behind the last right box no recall is reached any more; of a detector that gives many boxes these are most.
    while (!curve.boxes.empty() && !curve.boxes.back().right) curve.boxes.pop_back();
  }
}

double AveragePrecision::mean(std::span<const std::uint32_t> counts) const {
  constexpr std::size_t recalls = 101;
  double sum = 0;
  std::size_t curves = 0;
  for (const Curve& curve : curves_) {
    double all = 0;
    for (const std::uint32_t sample : truths_[curve.label]) all += counts.empty() ? 1 : counts[sample];
    if (all == 0) continue;
    ++curves;
    // The precision where each of the recalls is first reached; then the highest at it or beyond.
    std::array<double, recalls> precisions{};
    double right = 0;
    double seen = 0;
    std::size_t reached = 0;
    for (const Ranked& box : curve.boxes) {
      const double count = counts.empty() ? 1 : counts[box.sample];
      if (count == 0) continue;
      seen += count;
      if (!box.right) continue;
      right += count;
      while (reached < recalls && static_cast<double>(reached) * all <= right * (recalls - 1)) ++reached;
      if (reached > 0) precisions[reached - 1] = std::max(precisions[reached - 1], right / seen);
    }
    double highest = 0;
    double area = 0;
    for (std::size_t i = recalls; i-- > 0;) {
      highest = std::max(highest, precisions.at(i));
      area += highest;
    }
    sum += area / recalls;
  }
  return curves == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(curves);
}

}  // namespace goldilocks::evaluation
