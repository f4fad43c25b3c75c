// Thousands of made-up evaluations in which the truth is known: intervals must hold it at their rate, and tests must
// raise false alarms at theirs. The rates are printed; bounds leave room for the simulation's own chance (four standard
// deviations) and for what is known of the methods.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/evaluation/bootstrap.hpp"
#include "core/evaluation/interval.hpp"
#include "core/evaluation/paired.hpp"
#include "core/evaluation/power.hpp"
#include "core/evaluation/worst_class.hpp"

namespace goldilocks::evaluation {
namespace {

using Random = std::mt19937_64;

double rate(int rounds, const char* what, const auto& happens) {
  Random random(20);
  int count = 0;
  for (int round = 0; round < rounds; ++round) count += happens(random) ? 1 : 0;
  const double share = static_cast<double>(count) / rounds;
  std::printf("  %-72s %.4f\n", what, share);
  return share;
}

std::size_t binomial(std::size_t n, double p, Random& random) {
  return static_cast<std::size_t>(std::binomial_distribution<int>(static_cast<int>(n), p)(random));
}

bool holds(const Interval& interval, double truth) { return interval.lower <= truth && truth <= interval.upper; }

TEST(Simulation, WilsonIntervalsCoverAtTheirRate) {
  for (const auto& [n, p] : {std::pair{50, 0.5}, {100, 0.9}, {700, 0.607}, {700, 0.98}, {2000, 0.05}}) {
    const auto label = "wilson 95 %, " + std::to_string(n) + " samples, share " + std::to_string(p);
    const double covered = rate(20000, label.c_str(), [n = n, p = p](Random& random) {
      const auto right = static_cast<double>(binomial(static_cast<std::size_t>(n), p, random));
      return holds(wilson_interval(right / n, n, 0.95), p);
    });
    EXPECT_GT(covered, 0.93);
    EXPECT_LT(covered, 0.97);
  }
}

double coverage_of_mean(const char* what, const std::vector<double>& shares, const std::vector<std::size_t>& counts) {
  const double truth = std::accumulate(shares.begin(), shares.end(), 0.0) / static_cast<double>(shares.size());
  return rate(5000, what, [&](Random& random) {
    std::vector<std::size_t> right;
    for (std::size_t i = 0; i < shares.size(); ++i) right.push_back(binomial(counts[i], shares[i], random));
    return holds(mean_share_interval(right, counts, 0.95), truth);
  });
}

TEST(Simulation, IntervalsOfAMeanAccuracyCoverAtTheirRate) {
  const std::vector<std::size_t> hundred(7, 100);
  const std::vector<double> dishes = {0.81, 0.5, 0.66, 0.4, 0.62, 0.7, 0.56};
  EXPECT_NEAR(coverage_of_mean("mean accuracy 95 %, 7 classes of 100, unlike", dishes, hundred), 0.95, 0.02);
  EXPECT_NEAR(coverage_of_mean("mean accuracy 95 %, 7 classes of 100, near 1", std::vector<double>(7, 0.985), hundred),
              0.95, 0.025);
  EXPECT_NEAR(coverage_of_mean("mean accuracy 95 %, 101 classes of 3", std::vector<double>(101, 0.6),
                               std::vector<std::size_t>(101, 3)),
              0.95, 0.025);
  // A class of five among classes of a hundred: the shares drawn towards one half are on the safe side.
  std::vector<double> nine(9, 0.97);
  std::vector<std::size_t> sizes(9, 100);
  nine.push_back(0.5);
  sizes.push_back(5);
  const double covered = coverage_of_mean("mean accuracy 95 %, 9 classes of 100, one of 5", nine, sizes);
  EXPECT_GT(covered, 0.92);
}

// Pairs of one class by their chances.
PairedCounts draw_pairs(std::size_t n, double worse, double better, double both, Random& random) {
  PairedCounts pairs;
  pairs.only_baseline_right = binomial(n, worse, random);
  n -= pairs.only_baseline_right;
  pairs.only_variant_right = binomial(n, better / (1 - worse), random);
  n -= pairs.only_variant_right;
  pairs.both_right = binomial(n, both / (1 - worse - better), random);
  pairs.both_wrong = n - pairs.both_right;
  return pairs;
}

TEST(Simulation, PairedIntervalsOfADropCoverAtTheirRate) {
  struct Case {
    const char* what;
    std::size_t classes, samples;
    double worse, better;
    double lowest;
  };
  for (const Case& c : {Case{"drop 95 %, 7 classes of 100, 5 % against 4 %", 7, 100, 0.05, 0.04, 0.93},
                        Case{"drop 95 %, 7 classes of 100, 20 % against 2 %", 7, 100, 0.2, 0.02, 0.93},
                        Case{"drop 95 %, 7 classes of 100, 0.5 % against 0.5 %", 7, 100, 0.005, 0.005, 0.93},
                        Case{"drop 95 %, 2 classes of 20, 10 % against 5 %", 2, 20, 0.1, 0.05, 0.93}}) {
    const double covered = rate(5000, c.what, [&](Random& random) {
      std::vector<PairedCounts> classes;
      for (std::size_t i = 0; i < c.classes; ++i) {
        classes.push_back(draw_pairs(c.samples, c.worse, c.better, 0.6, random));
      }
      return holds(drop_interval(paired_drop(classes), 0.95), c.worse - c.better);
    });
    EXPECT_GT(covered, c.lowest) << c.what;
    EXPECT_LT(covered, 0.985) << c.what;
  }
}

// At least at their rate: the price of an interval for whichever class is the worst.
TEST(Simulation, IntervalsOfTheWorstClassCover) {
  struct Case {
    std::size_t classes, samples;
    double share, worst;  // of all classes but one, and of that one
  };
  for (const Case& c : {Case{7, 100, 0.99, 0.99}, Case{10, 30, 0.98, 0.98}, Case{20, 10, 0.97, 0.97},
                        Case{10, 60, 0.95, 0.5}, Case{101, 7, 0.6, 0.6}, Case{1, 50, 0.9, 0.9}}) {
    const auto label = "accuracy of the worst of " + std::to_string(c.classes) + " classes of " +
                       std::to_string(c.samples) + ", " + std::to_string(c.worst);
    const double covered = rate(4000, label.c_str(), [&](Random& random) {
      std::vector<std::size_t> right;
      for (std::size_t i = 0; i < c.classes; ++i) {
        right.push_back(binomial(c.samples, i == 0 ? c.worst : c.share, random));
      }
      const std::vector<std::size_t> count(c.classes, c.samples);
      return holds(worst_class_accuracy(right, count, 0.95).interval, std::min(c.share, c.worst));
    });
    EXPECT_GT(covered, 0.95 - 4 * std::sqrt(0.05 * 0.95 / 4000)) << label;
  }
}

TEST(Simulation, IntervalsOfTheWorstDropCover) {
  struct Case {
    std::size_t classes, samples;
    double lost, won;  // of all classes but one
    double most_lost;  // of that one
  };
  for (const Case& c : {Case{7, 100, 0.05, 0.04, 0.05}, Case{7, 100, 0.01, 0, 0.3}, Case{10, 30, 0.02, 0.02, 0.02},
                        Case{20, 10, 0, 0.03, 0}, Case{10, 10, 0, 0, 0.5}, Case{2, 20, 0.1, 0.05, 0.1}}) {
    const auto label = "drop of the worst of " + std::to_string(c.classes) + " classes of " +
                       std::to_string(c.samples) + ", " + std::to_string(c.most_lost) + " lost";
    const double covered = rate(4000, label.c_str(), [&](Random& random) {
      std::vector<PairedCounts> classes;
      for (std::size_t i = 0; i < c.classes; ++i) {
        classes.push_back(draw_pairs(c.samples, i == 0 ? c.most_lost : c.lost, c.won, 0.4, random));
      }
      return holds(worst_class_drop(classes, 0.95).interval, std::max(c.lost, c.most_lost) - c.won);
    });
    EXPECT_GT(covered, 0.95 - 4 * std::sqrt(0.05 * 0.95 / 4000)) << label;
  }
}

TEST(Simulation, BootstrapIntervalsOfASkewedMeanCoverAtTheirRate) {
  // A divergence is small for most images and large for a few: exp(normal), whose mean is exp(1/2).
  ThreadPool pool;
  const double covered = rate(1000, "bootstrap 95 %, mean of 350 log-normal values", [&](Random& random) {
    std::lognormal_distribution<double> values(0, 1);
    std::vector<double> sample(350);
    for (double& value : sample) value = values(random);
    const std::array<Statistic, 1> statistics = {[&](std::span<const std::uint32_t> counts) {
      double sum = 0;
      for (std::size_t i = 0; i < sample.size(); ++i) sum += counts[i] * sample[i];
      return sum / static_cast<double>(sample.size());
    }};
    const Resampler resampler(sample.size(), random());
    return holds(bootstrap_intervals(resampler, statistics, 400, 0.95, pool)[0], std::exp(0.5));
  });
  // Percentile intervals of skewed means are known to be a little short.
  EXPECT_GT(covered, 0.90);
  EXPECT_LT(covered, 0.97);
}

TEST(Simulation, McNemarsTestRaisesFalseAlarmsAtMostAtItsRate) {
  for (const auto& [discordance, n] : {std::pair{0.02, 700}, {0.1, 700}, {0.3, 100}}) {
    const auto label =
        "McNemar at 5 %, no drop, " + std::to_string(n) + " samples, discordance " + std::to_string(discordance);
    const double alarms = rate(20000, label.c_str(), [d = discordance, n = n](Random& random) {
      const PairedCounts pairs = draw_pairs(static_cast<std::size_t>(n), d / 2, d / 2, 0.5, random);
      return mcnemar_p_value(pairs.only_baseline_right, pairs.only_variant_right) <= 0.05;
    });
    EXPECT_LT(alarms, 0.05 + 4 * std::sqrt(0.05 * 0.95 / 20000));
  }
}

TEST(Simulation, HolmKeepsTheRateOfAnyFalseAlarmOverAWholeSweep) {
  // 27 variants, none worse than the baseline; they share the images on which they differ, as those of a sweep do.
  const auto any_alarm = [](bool adjusted) {
    return [adjusted](Random& random) {
      std::vector<double> p;
      const std::size_t shared = binomial(40, 0.5, random);
      for (int variant = 0; variant < 27; ++variant) {
        const std::size_t own = binomial(60, 0.5, random);
        p.push_back(mcnemar_p_value(shared + own, 100 - shared - own));
      }
      if (adjusted) p = holm(p);
      return std::any_of(p.begin(), p.end(), [](double value) { return value <= 0.05; });
    };
  };
  const double without = rate(5000, "any false alarm among 27 variants, not adjusted", any_alarm(false));
  const double with = rate(5000, "any false alarm among 27 variants, Holm", any_alarm(true));
  EXPECT_GT(without, 0.2);
  EXPECT_LT(with, 0.05 + 4 * std::sqrt(0.05 * 0.95 / 5000));
}

TEST(Simulation, SamplesToShowALimitGiveTheirPower) {
  const std::size_t n = samples_to_show_below(0.002, 0.02, 0.06, 0.95, 0.8);
  EXPECT_GT(n, 1000U);
  const double shown = rate(3000, "drop shown to be below its limit with the samples needed for 80 %", [&](Random& r) {
    const PairedCounts pairs = draw_pairs(n, 0.031, 0.029, 0.6, r);
    return drop_interval(paired_drop({&pairs, 1}), 0.95).upper < 0.02;
  });
  EXPECT_NEAR(shown, 0.8, 0.04);
}

TEST(Simulation, SamplesToNoticeADropGiveTheirPower) {
  const std::size_t n = samples_to_notice(0.02, 0.06, 0.95, 0.8);
  EXPECT_GT(n, 1000U);
  const double noticed = rate(3000, "drop noticed with the samples needed for 80 %", [&](Random& random) {
    const PairedCounts pairs = draw_pairs(n, 0.04, 0.02, 0.6, random);
    return mcnemar_p_value(pairs.only_baseline_right, pairs.only_variant_right) <= 0.05;
  });
  EXPECT_NEAR(noticed, 0.8, 0.05);
}

}  // namespace
}  // namespace goldilocks::evaluation
