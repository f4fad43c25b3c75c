// The tail of the divergences: what the samples have that come off worst. A mean hides them, and users meet them.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/evaluation/metrics/families.hpp"
#include "core/evaluation/quantile.hpp"

namespace goldilocks::evaluation {

std::vector<double> divergences(const Answers& answers) {
  std::vector<double> figures;
  figures.reserve(answers.samples);
  for (std::size_t i = 0; i < answers.samples; ++i) {
    figures.push_back(divergence(answers.baseline_row(i), answers.row(i)));
  }
  return figures;
}

namespace {

// The quantile of figures of which each occurs as often as its count says; `order` is theirs by size.
double counted_quantile(const std::vector<double>& figures, const std::vector<std::size_t>& order, double share,
                        std::span<const std::uint32_t> counts) {
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double wanted = share * (all - 1);
  double before = 0;
  double low = 0;
  bool has_low = false;
  for (const std::size_t index : order) {
    if (counts[index] == 0) continue;
    if (has_low) return low + (wanted - std::floor(wanted)) * (figures[index] - low);
    before += counts[index];
    if (before <= wanted) continue;
    low = figures[index];
    if (before - 1 >= std::ceil(wanted)) return low;
    has_low = true;  // the quantile lies between this one and the next
  }
  return low;
}

Statistic quantile_statistic(std::vector<double> figures, double share) {
  std::vector<std::size_t> order(figures.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return figures[i]; });
  return [figures = std::move(figures), order = std::move(order), share](std::span<const std::uint32_t> counts) {
    return counted_quantile(figures, order, share, counts);
  };
}

}  // namespace

Metric kl_percentile(const std::string& percent) {
  const double share = std::stod(percent) / 100;
  Metric metric{"kl_p" + percent, "the Kullback-Leibler divergence that " + percent + " % of the samples stay below",
                Needs::scores_before, false, [share](const Answers& answers, double confidence) {
                  std::vector<double> figures = divergences(answers);
                  Measured measured;
                  if (std::ranges::any_of(figures, [](double figure) { return std::isnan(figure); })) {
                    measured.value = std::nan("");
                    return measured;
                  }
                  std::vector<double> sorted = figures;
                  std::ranges::sort(sorted);
                  measured.value = sample_quantile(sorted, share);
                  if (answers.groups > 0) {
                    measured.statistic = quantile_statistic(std::move(figures), share);
                  } else {
                    measured.interval = quantile_interval(sorted, share, confidence, 0);
                  }
                  return measured;
                }};
  // So that one lies beyond it.
  metric.usual_from = static_cast<std::size_t>(std::ceil(1 / (1 - share)));
  return metric;
}

}  // namespace goldilocks::evaluation
