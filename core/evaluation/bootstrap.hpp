#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/evaluation/interval.hpp"

namespace goldilocks::evaluation {

struct BootstrapSettings {
  std::uint64_t seed = 1;
  std::size_t resamples = 1000;
};

// A figure of a resample, in which sample i occurs counts[i] times. Called from several threads at once.
using Statistic = std::function<double(std::span<const std::uint32_t> counts)>;

// Draws samples with replacement, as many as there are. With strata (for each sample a number; its class) each stratum
// keeps its size, as the number of images of a class is a choice and not chance. Resample r is the same for the same
// seed, whatever the thread, so that the figures of all variants of a run are computed on the same resamples.
class Resampler {
 public:
  Resampler(std::size_t samples, std::uint64_t seed);
  Resampler(std::span<const std::uint32_t> strata, std::uint64_t seed);

  std::size_t samples() const { return order_.size(); }
  // Writes samples() counts.
  void draw(std::size_t resample, std::span<std::uint32_t> counts) const;

 private:
  std::uint64_t seed_;
  std::vector<std::uint32_t> order_;  // samples by stratum
  std::vector<std::size_t> ends_;     // of the strata in order_
};

// Percentile intervals of several figures by one set of resamples: the (1 - confidence) / 2 quantiles from both ends,
// interpolated. An end is NaN where the figure of a resample is; infinite figures count as the largest.
std::vector<Interval> bootstrap_intervals(const Resampler& resampler, std::span<const Statistic> statistics,
                                          std::size_t resamples, double confidence, ThreadPool& pool);

}  // namespace goldilocks::evaluation
