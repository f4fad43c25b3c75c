// What most metrics come down to: a share of the samples, counts by class, or a mean.
#include <memory>
#include <numeric>

#include "core/evaluation/metrics/families.hpp"

namespace goldilocks::evaluation {

Measured share_of(const Answers& answers, double confidence, const std::function<bool(std::size_t)>& holds) {
  std::vector<double> held(answers.samples);
  for (std::size_t i = 0; i < held.size(); ++i) held[i] = holds(i) ? 1 : 0;
  Measured measured = mean_of(std::move(held));
  if (answers.groups > 0) return measured;
  measured.statistic = {};
  measured.interval = wilson_interval(measured.value, static_cast<double>(answers.samples), confidence);
  return measured;
}

ClassCounts count_right(const Answers& answers) {
  const std::size_t classes = answers.model_class.size();
  ClassCounts counts{std::vector<std::size_t>(classes), std::vector<std::size_t>(classes)};
  for (std::size_t i = 0; i < answers.samples; ++i) {
    ++counts.all[answers.truth[i]];
    if (is_right(answers, i)) ++counts.right[answers.truth[i]];
  }
  return counts;
}

double ClassCounts::share(std::size_t of_class) const {
  return all[of_class] == 0 ? 0 : static_cast<double>(right[of_class]) / static_cast<double>(all[of_class]);
}

double ClassCounts::mean_share() const {
  double sum = 0;
  double classes = 0;
  for (std::size_t c = 0; c < all.size(); ++c) {
    sum += share(c);
    classes += all[c] == 0 ? 0 : 1;
  }
  return classes == 0 ? 0 : sum / classes;
}

Measured mean_of(std::vector<double> figures) {
  const auto kept = std::make_shared<const std::vector<double>>(std::move(figures));
  Measured measured;
  measured.value = std::accumulate(kept->begin(), kept->end(), 0.0) / static_cast<double>(kept->size());
  measured.statistic = [kept](std::span<const std::uint32_t> counts) {
    double sum = 0;
    double count = 0;  // of sequences of different lengths it is not always the same
    for (std::size_t i = 0; i < kept->size(); ++i) {
      if (counts[i] == 0) continue;  // 0 times infinity is not a number
      sum += counts[i] * (*kept)[i];
      count += counts[i];
    }
    return sum / count;
  };
  return measured;
}

}  // namespace goldilocks::evaluation
