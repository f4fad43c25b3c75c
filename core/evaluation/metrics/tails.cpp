// The tail of the divergences: what the samples have that come off worst. A mean hides them, and users meet them.
#include <algorithm>
#include <cmath>
#include <string>

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
                  std::ranges::sort(figures);
                  measured.value = sample_quantile(figures, share);
                  measured.interval = quantile_interval(figures, share, confidence, 0);
                  return measured;
                }};
  // So that one lies beyond it.
  metric.usual_from = static_cast<std::size_t>(std::ceil(1 / (1 - share)));
  return metric;
}

}  // namespace goldilocks::evaluation
