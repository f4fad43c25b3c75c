#include "core/evaluation/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "core/evaluation/quantile.hpp"

namespace goldilocks::evaluation {
namespace {

// A whole number below `limit`. The standard's distributions differ between libraries; this is the same everywhere, and
// even to within limit / 2^32.
std::uint32_t below(std::uint64_t random, std::size_t limit) {
  return static_cast<std::uint32_t>(((random >> 32U) * limit) >> 32U);
}

Interval percentile_interval(std::vector<double> figures, double confidence) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const bool known =
      !figures.empty() && std::none_of(figures.begin(), figures.end(), [](double x) { return std::isnan(x); });
  if (!known) return {nan, nan, confidence, "bootstrap"};
  std::sort(figures.begin(), figures.end());
  const double tail = (1 - confidence) / 2;
  return {sample_quantile(figures, tail), sample_quantile(figures, 1 - tail), confidence, "bootstrap"};
}

}  // namespace

Resampler::Resampler(std::size_t samples, std::uint64_t seed) : seed_(seed), order_(samples), ends_{samples} {
  std::iota(order_.begin(), order_.end(), 0U);
}

Resampler::Resampler(std::span<const std::uint32_t> strata, std::uint64_t seed) : Resampler(strata.size(), seed) {
  std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) { return strata[a] < strata[b]; });
  ends_.clear();
  for (std::size_t i = 1; i <= order_.size(); ++i) {
    if (i == order_.size() || strata[order_[i]] != strata[order_[i - 1]]) ends_.push_back(i);
  }
}

void Resampler::draw(std::size_t resample, std::span<std::uint32_t> counts) const {
  std::fill(counts.begin(), counts.end(), 0U);
  std::seed_seq seeds{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32U),
                      static_cast<std::uint32_t>(resample)};
  std::mt19937_64 generator(seeds);
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    for (std::size_t i = begin; i < end; ++i) ++counts[order_[begin + below(generator(), end - begin)]];
    begin = end;
  }
}

std::vector<Interval> bootstrap_intervals(const Resampler& resampler, std::span<const Statistic> statistics,
                                          std::size_t resamples, double confidence, ThreadPool& pool) {
  constexpr std::size_t block = 32;  // enough work for a thread to be worth its start
  std::vector<std::vector<double>> figures(statistics.size(), std::vector<double>(resamples));
  if (!statistics.empty()) {
    pool.parallel_for((resamples + block - 1) / block, [&](std::size_t b) {
      std::vector<std::uint32_t> counts(resampler.samples());
      for (std::size_t r = b * block; r < std::min(resamples, (b + 1) * block); ++r) {
        resampler.draw(r, counts);
        for (std::size_t s = 0; s < statistics.size(); ++s) figures[s][r] = statistics[s](counts);
      }
    });
  }
  std::vector<Interval> intervals;
  intervals.reserve(figures.size());
  for (auto& of_one : figures) intervals.push_back(percentile_interval(std::move(of_one), confidence));
  return intervals;
}

}  // namespace goldilocks::evaluation
