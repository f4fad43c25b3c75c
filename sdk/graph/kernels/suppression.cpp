// non_maximum_suppression: of boxes that overlap, the one with the highest score.
//
// Box by box, the highest score first (of equal ones the first): a box stays if its score reaches the threshold and it
// overlaps no box that has stayed by more than the other threshold. If none stays, the box with the highest score does,
// so that a batch never comes out empty.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

// Centre and size, as the input has it.
struct Box {
  double x, y, width, height;
};

Box box_at(const float* values) {
  return {static_cast<double>(values[0]), static_cast<double>(values[1]), static_cast<double>(values[2]),
          static_cast<double>(values[3])};
}

// How long two intervals, each by its centre and its length, lie side by side.
double shared(double left, double left_length, double right, double right_length) {
  return std::max(0.0, std::min(left + left_length / 2, right + right_length / 2) -
                           std::max(left - left_length / 2, right - right_length / 2));
}

// The part of two boxes' joint area that both cover.
double overlap(const Box& left, const Box& right) {
  const double both =
      shared(left.x, left.width, right.x, right.width) * shared(left.y, left.height, right.y, right.height);
  const double joint = left.width * left.height + right.width * right.height - both;
  return joint > 0 ? both / joint : 0.0;
}

struct Candidate {
  std::size_t index, label;
  float score;
};

// Each box with its highest score and that one's class. What is not a number is below all numbers.
std::vector<Candidate> candidates(std::span<const float> scores, std::size_t classes) {
  std::vector<Candidate> result;
  for (std::size_t box = 0; box * classes < scores.size(); ++box) {
    Candidate candidate{box, 0, -std::numeric_limits<float>::infinity()};
    for (std::size_t label = 0; label < classes; ++label) {
      const float score = scores[box * classes + label];
      if (score > candidate.score) {
        candidate.label = label;
        candidate.score = score;
      }
    }
    result.push_back(candidate);
  }
  std::ranges::stable_sort(result, std::ranges::greater{}, &Candidate::score);
  return result;
}

struct Limits {
  double overlap, score;
  std::size_t boxes;
  bool per_class;
};

std::vector<std::size_t> survivors(const float* boxes, const std::vector<Candidate>& sorted, const Limits& limits) {
  std::vector<Candidate> kept;
  for (const Candidate& candidate : sorted) {
    if (kept.size() == limits.boxes || !(static_cast<double>(candidate.score) >= limits.score)) break;
    const Box box = box_at(boxes + candidate.index * 4);
    const bool suppressed = std::ranges::any_of(kept, [&](const Candidate& other) {
      return (!limits.per_class || other.label == candidate.label) &&
             overlap(box, box_at(boxes + other.index * 4)) > limits.overlap;
    });
    if (!suppressed) kept.push_back(candidate);
  }
  if (kept.empty()) kept.push_back(sorted.front());
  std::vector<std::size_t> indexes(kept.size());
  std::ranges::transform(kept, indexes.begin(), &Candidate::index);
  return indexes;
}

// An input of one number in the place of an attribute.
double setting(const OperationView& operation, Inputs inputs, std::size_t index, std::string_view attribute) {
  return operation.has_input(index) ? static_cast<double>(inputs[index].values[0]) : operation.number(attribute);
}

std::int64_t most_boxes(const OperationView& operation, Inputs inputs) {
  const double count = std::trunc(setting(operation, inputs, 4, "boxes"));
  if (!(count >= 1 && count <= static_cast<double>(largest_tensor))) {
    operation.fail("the number of boxes can't be " + std::to_string(count));
  }
  return static_cast<std::int64_t>(count);
}

void run_suppression(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const auto batches = static_cast<std::size_t>(inputs[0].dims[0]);
  const auto count = static_cast<std::size_t>(inputs[0].dims[1]);
  const auto classes = static_cast<std::size_t>(inputs[1].dims[2]);
  const auto places = static_cast<std::size_t>(outputs[0].dims[1]);
  const Limits limits{setting(operation, inputs, 2, "iou_threshold"), setting(operation, inputs, 3, "score_threshold"),
                      places, operation.integer("per_class", 0) != 0};
  for (std::size_t output = 0; output < 2; ++output) std::ranges::fill(outputs[output].values, 0.0F);
  std::ranges::fill(outputs[2].values, -1.0F);
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const float* boxes = inputs[0].values.data() + batch * count * 4;
    const std::span<const float> scores = inputs[1].values.subspan(batch * count * classes, count * classes);
    const std::vector<std::size_t> kept = survivors(boxes, candidates(scores, classes), limits);
    for (std::size_t place = 0; place < kept.size(); ++place) {
      const std::size_t target = batch * places + place;
      std::copy_n(boxes + kept[place] * 4, 4, outputs[0].values.data() + target * 4);
      std::copy_n(scores.data() + kept[place] * classes, classes, outputs[1].values.data() + target * classes);
      outputs[2].values[target] = static_cast<float>(kept[place]);
    }
    outputs[3].values[batch] = static_cast<float>(kept.size());
  }
}

std::vector<Dims> shapes(const Dims& boxes, const Dims& scores, std::int64_t places) {
  return {{boxes[0], places, 4}, {boxes[0], places, scores[2]}, {boxes[0], places}, {boxes[0]}};
}

std::vector<Dims> infer_suppression(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 5);
  const Dims &boxes = inputs[0], &scores = inputs[1];
  if (boxes.size() != 3 || boxes[2] != 4) {
    operation.fail("the boxes have shape " + to_text(boxes) + " instead of [B, N, 4]");
  }
  if (scores.size() != 3 || scores[0] != boxes[0] || scores[1] != boxes[1]) {
    operation.fail("the scores have shape " + to_text(scores) + " instead of [" + std::to_string(boxes[0]) + ", " +
                   std::to_string(boxes[1]) + ", C]");
  }
  constexpr std::array names = {"iou_threshold", "score_threshold", "boxes"};
  for (std::size_t index = 0; index < names.size(); ++index) {
    if (!operation.has_input(index + 2)) {
      operation.number(names[index]);
    } else if (element_count(inputs[index + 2]) != 1) {
      operation.fail(std::string(names[index]) + " has shape " + to_text(inputs[index + 2]) + "; it is one number");
    }
  }
  operation.integer("per_class", 0);
  return shapes(boxes, scores, operation.has_input(4) ? -1 : most_boxes(operation, {}));
}

std::vector<Dims> suppression_shapes(const OperationView& operation, Inputs inputs) {
  const Dims boxes(inputs[0].dims.begin(), inputs[0].dims.end()), scores(inputs[1].dims.begin(), inputs[1].dims.end());
  return shapes(boxes, scores, most_boxes(operation, inputs));
}

constexpr std::array list = {Kernel{"non_maximum_suppression", infer_suppression, run_suppression, suppression_shapes}};

}  // namespace

std::span<const Kernel> suppression_kernels() { return list; }

}  // namespace goldilocks::graph
