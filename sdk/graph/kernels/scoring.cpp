// Scores of classes and boxes.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "kernels/families.hpp"
#include "kernels/producing.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Types = std::span<const std::int32_t>;

Produced linear_scores(const OperationView& operation, Inputs inputs, Types) {
  const Doubles x = numbers_of(operation, inputs[0]);
  const Doubles weights = numbers_of(operation, inputs[1]);
  Doubles scores = numbers_of(operation, inputs[2]);
  if (weights.size() != scores.size() * x.size()) {
    operation.fail("has " + std::to_string(weights.size()) + " weights for " + std::to_string(scores.size()) +
                   " scores of " + std::to_string(x.size()) + " values");
  }
  for (std::size_t score = 0; score < scores.size(); ++score) {
    const auto row = weights.begin() + static_cast<std::ptrdiff_t>(score * x.size());
    scores[score] = std::inner_product(x.begin(), x.end(), row, scores[score]);
  }
  return {list_of(scores)};
}

// The softmax of scores, the first of which is 0 and not among them.
Doubles against_reference(Doubles scores) {
  scores.insert(scores.begin(), 0.0);
  const double highest = *std::ranges::max_element(scores);
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - highest);
  for (double& score : scores) score /= sum;
  return scores;
}

Produced class_probabilities(const OperationView& operation, Inputs inputs, Types) {
  Doubles scores = numbers_of(operation, inputs[0]);
  const std::string_view encoding = operation.text("encoding");
  if (scores.empty()) operation.fail("is given no score");
  if (encoding == "reference") {
    scores = against_reference(std::move(scores));
  } else if (encoding == "second") {
    if (scores.size() != 1) operation.fail("takes one probability, that of the second class");
    scores.insert(scores.begin(), 1 - scores[0]);
  } else if (encoding == "shares") {
    const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
    if (sum != 0) {
      for (double& score : scores) score /= sum;
    }
  } else {
    operation.fail("doesn't know the encoding '" + std::string(encoding) + "'");
  }
  return {list_of(scores)};
}

Produced best_class(const OperationView& operation, Inputs inputs, Types) {
  const Doubles scores = numbers_of(operation, inputs[0]);
  if (scores.empty() || scores.size() != inputs[1].size()) {
    operation.fail("has " + std::to_string(inputs[1].size()) + " labels for " + std::to_string(scores.size()) +
                   " scores");
  }
  std::size_t best = 0;
  for (std::size_t index = 1; index < scores.size(); ++index) {
    if (scores[index] > scores[best] || std::isnan(scores[best])) best = index;
  }
  return {elements_at(inputs[1], std::span(&best, 1), {1})};
}

// ---- boxes, as x and y of the middle, width and height

struct Boxes {
  Doubles confidence;   // [count, classes]
  Doubles coordinates;  // [count, 4]
  std::size_t count = 0;
  std::size_t classes = 0;

  double score(std::size_t box, std::size_t kind) const { return confidence[box * classes + kind]; }
};

double overlap(double middle, double size, double other_middle, double other_size) {
  return std::min(middle + size / 2, other_middle + other_size / 2) -
         std::max(middle - size / 2, other_middle - other_size / 2);
}

double intersection_over_union(const Boxes& boxes, std::size_t a, std::size_t b) {
  const double* first = &boxes.coordinates[4 * a];
  const double* second = &boxes.coordinates[4 * b];
  const double width = overlap(first[0], first[2], second[0], second[2]);
  const double height = overlap(first[1], first[3], second[1], second[3]);
  if (width <= 0 || height <= 0) return 0;
  return width * height / (first[2] * first[3] + second[2] * second[3] - width * height);
}

struct Candidate {
  std::size_t box = 0;
  std::size_t kind = 0;
  double score = 0;
};

// A box stands for the class that it is most confident of.
std::vector<Candidate> candidates(const Boxes& boxes, double threshold) {
  std::vector<Candidate> found;
  for (std::size_t box = 0; box < boxes.count; ++box) {
    Candidate candidate{box, 0, boxes.score(box, 0)};
    for (std::size_t kind = 1; kind < boxes.classes; ++kind) {
      if (boxes.score(box, kind) > candidate.score) candidate = {box, kind, boxes.score(box, kind)};
    }
    if (candidate.score >= threshold) found.push_back(candidate);
  }
  std::ranges::stable_sort(found, std::greater(), &Candidate::score);
  return found;
}

double one_number(const OperationView& operation, const TensorView& tensor) {
  const Doubles numbers = numbers_of(operation, tensor);
  if (numbers.size() != 1) operation.fail("takes one number as a threshold");
  return numbers[0];
}

Produced suppress_boxes(const OperationView& operation, Inputs inputs, Types) {
  Boxes boxes{numbers_of(operation, inputs[0]), numbers_of(operation, inputs[1])};
  const Dims dims(inputs[0].dims.begin(), inputs[0].dims.end());
  if (dims.size() != 2 || dims[1] < 1 || !std::ranges::equal(inputs[1].dims, Dims{dims[0], 4})) {
    operation.fail("takes confidences [boxes, classes] and coordinates [boxes, 4], not " + to_text(dims) + " and " +
                   to_text(inputs[1].dims));
  }
  boxes.count = static_cast<std::size_t>(dims[0]);
  boxes.classes = static_cast<std::size_t>(dims[1]);
  const double most_overlap = one_number(operation, inputs[2]);
  const double threshold = one_number(operation, inputs[3]);
  const bool per_class = operation.integer("per_class") != 0;
  const std::int64_t least = operation.integer("least", 0);
  const std::int64_t most = operation.integer("most", -1);
  if (least < 0 || (most >= 0 && most < least)) operation.fail("has a least number of boxes above the most");
  std::vector<Candidate> kept;
  for (const Candidate& candidate : candidates(boxes, threshold)) {
    if (most >= 0 && std::ssize(kept) == most) break;
    const bool suppressed = std::ranges::any_of(kept, [&](const Candidate& better) {
      return (!per_class || better.kind == candidate.kind) &&
             intersection_over_union(boxes, better.box, candidate.box) > most_overlap;
    });
    if (!suppressed) kept.push_back(candidate);
  }
  Doubles confidence;
  Doubles coordinates;
  for (const Candidate& candidate : kept) {
    for (std::size_t kind = 0; kind < boxes.classes; ++kind) confidence.push_back(boxes.score(candidate.box, kind));
    for (std::size_t side = 0; side < 4; ++side) coordinates.push_back(boxes.coordinates[4 * candidate.box + side]);
  }
  const std::int64_t count = std::max(least, static_cast<std::int64_t>(kept.size()));
  element_count(Dims{count, std::max<std::int64_t>(dims[1], 4)});
  confidence.resize(static_cast<std::size_t>(count) * boxes.classes);
  coordinates.resize(static_cast<std::size_t>(count) * 4);
  return {tensor_of({count, dims[1]}, confidence), tensor_of({count, 4}, coordinates)};
}

constexpr std::array list = {
    producing<2, 2, 1>("best_class", best_class),
    producing<1, 1, 1>("class_probabilities", class_probabilities),
    producing<3, 3, 1>("linear_scores", linear_scores),
    producing<4, 4, 2>("suppress_boxes", suppress_boxes),
};

}  // namespace

std::span<const Kernel> scoring_kernels() { return list; }

}  // namespace goldilocks::graph
