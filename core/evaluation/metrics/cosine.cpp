// Vectors that are used by their direction, as embeddings are: how far they have turned, and whether a search among
// them finds the same.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {
namespace {

// With several sums side by side, as compilers don't reorder one.
double dot(std::span<const float> some, std::span<const float> others) {
  constexpr std::size_t lanes = 8;
  double sums[lanes] = {};  // NOLINT(modernize-avoid-c-arrays): vectorized as it is
  const std::size_t whole = some.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      sums[lane] += static_cast<double>(some[i + lane]) * static_cast<double>(others[i + lane]);
    }
  }
  double sum = 0;
  for (std::size_t i = whole; i < some.size(); ++i) sum += static_cast<double>(some[i]) * others[i];
  for (const double lane : sums) sum += lane;
  return sum;
}

// Of two vectors without a direction 1, of one with one without 0.
double cosine_of(std::span<const float> some, std::span<const float> others) {
  const double a = dot(some, some);
  const double b = dot(others, others);
  if (a == 0 || b == 0) return a == b ? 1 : 0;
  return dot(some, others) / (std::sqrt(a) * std::sqrt(b));
}

// For each sample the other one that is nearest by direction; of equally near ones the first. NaN is the farthest.
std::vector<std::size_t> nearest_others(const Answers& answers, std::span<const float> values) {
  const std::size_t samples = answers.samples;
  const std::size_t width = answers.width;
  std::vector<float> directions;
  directions.reserve(samples * width);
  for (std::size_t i = 0; i < samples; ++i) {
    const std::span<const float> row = values.subspan(answers.place(i) * width, width);
    directions.insert(directions.end(), row.begin(), row.end());
  }
  for (std::size_t i = 0; i < samples; ++i) {
    const std::span<float> row(directions.data() + i * width, width);
    const double length = std::sqrt(dot(row, row));
    for (float& value : row) value = length == 0 ? 0 : static_cast<float>(value / length);
  }
  std::vector<double> best(samples, -std::numeric_limits<double>::infinity());
  std::vector<std::size_t> nearest(samples);
  for (std::size_t i = 0; i < samples; ++i) nearest[i] = i == 0 ? 1 : 0;
  const auto row = [&](std::size_t i) { return std::span<const float>(directions.data() + i * width, width); };
  const auto take = [&](std::size_t sample, std::size_t other, double likeness) {
    if (!(likeness > best[sample])) return;
    best[sample] = likeness;
    nearest[sample] = other;
  };
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t j = i + 1; j < samples; ++j) {
      const double likeness = dot(row(i), row(j));
      take(i, j, likeness);
      take(j, i, likeness);
    }
  }
  return nearest;
}

}  // namespace

Metric cosine() {
  return {"cosine", "the mean cosine similarity of the values and the baseline's", Needs::values_before, true,
          [](const Answers& answers, double) {
            std::vector<double> figures;
            for (std::size_t i = 0; i < answers.samples; ++i) {
              figures.push_back(cosine_of(answers.row(i), answers.baseline_row(i)));
            }
            return mean_of(std::move(figures));
          }};
}

Metric retrieval_agreement() {
  Metric metric{"retrieval_agreement",
                "the share of samples whose nearest other sample, by the cosine of their values, is the baseline's",
                Needs::values_before, true, [](const Answers& answers, double confidence) {
                  if (answers.samples < 2) return Measured{.value = 1, .interval = {}, .statistic = {}};
                  const auto now = nearest_others(answers, answers.values);
                  const auto before = nearest_others(answers, answers.baseline);
                  return share_of(answers, confidence, [&](std::size_t i) { return now[i] == before[i]; });
                }};
  metric.usual_from = only_if_named;
  return metric;
}

}  // namespace goldilocks::evaluation
