#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/evaluation/metric.hpp"

namespace goldilocks::evaluation {

// In any unit that is the same for all boxes of a sample.
struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;

  double area() const;  // 0 of one whose sides are in the wrong order
};

// The area that two boxes share over that of both together; 0 of boxes without an area.
double overlap(const Box& a, const Box& b);

// What a model found.
struct FoundBox {
  Box box;
  float score = 0;
  std::uint32_t label = 0;
};

// What is there. An ignored one, such as a crowd or what is hardly to be seen, need not be found, and any number of
// found boxes may lie in it.
struct TrueBox {
  Box box;
  std::uint32_t label = 0;
  bool ignored = false;
};

using FoundBoxes = std::vector<std::vector<FoundBox>>;  // by sample; of each in falling order of scores

struct DetectionAnswers {
  FoundBoxes found;
  FoundBoxes baseline;                      // the same of the baseline, or empty
  std::vector<std::vector<TrueBox>> truth;  // by sample; empty: not known
  std::size_t labels = 0;
  double iou = 0.5;        // from which on two boxes are the same, where a metric doesn't say otherwise
  double least_score = 0;  // of the boxes that are compared with the baseline's
};

// The mean average precision as COCO defines it: of each label with true boxes the area under precision over recall, at
// 101 recalls, each with the highest precision at it or beyond; the mean over labels and over the overlaps. Found boxes
// are matched in falling order of scores, each with the true box of its label that it overlaps most. `counts`, if not
// empty, says how often each sample occurs.
class AveragePrecision {
 public:
  AveragePrecision(const FoundBoxes& found, const std::vector<std::vector<TrueBox>>& truth, std::size_t labels,
                   std::vector<double> overlaps);

  // NaN without any true box. Any thread.
  double mean(std::span<const std::uint32_t> counts) const;

 private:
  struct Ranked {
    float score;
    std::uint32_t sample;
    bool right;
  };
  struct Curve {  // of a label at an overlap
    std::vector<Ranked> boxes;
    std::size_t label;
  };

  std::vector<Curve> curves_;
  std::vector<std::vector<std::uint32_t>> truths_;  // by label: for each true box its sample
};

}  // namespace goldilocks::evaluation
