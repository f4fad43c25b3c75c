#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/evaluation/metric.hpp"

// What metric.cpp lists; each is a file of its own name or family. docs/metrics.md says what they compute.
namespace goldilocks::evaluation {

// Of a classifier, against the labels.
Metric mean_accuracy();
Metric accuracy();
Metric top_accuracy(std::size_t k);
Metric worst_class_accuracy();
Metric macro_f1();
Metric nll();
Metric ece();
Metric perplexity();  // of sequences

// Against the baseline.
Metric top_agreement(std::size_t k);
Metric worst_class_drop();  // and the labels
Metric flips_to_wrong();    // these three and the labels, the last one or targets
Metric flips_to_right();
Metric qoi();
Metric perplexity_ratio();  // of sequences
Metric kl();
Metric kl_percentile(const std::string& percent);  // "99.9"
Metric cosine();
Metric retrieval_agreement();
Metric snr();
Metric psnr();
Metric max_difference();
Metric mean_difference();
Metric ssim();

// Against targets.
Metric mse();
Metric mae();
Metric mse_rise();  // and the baseline
Metric mae_rise();

// Of detectors, at an overlap of 0.5 or over all from there on.
Metric average_precision(bool all);
Metric average_precision_drop(bool all);  // and the baseline
Metric boxes_matched();
Metric score_difference();

// The share of samples for which `holds`, with Wilson's interval; of positions, which depend on each other within a
// sequence, with the bootstrap's.
Measured share_of(const Answers& answers, double confidence, const std::function<bool(std::size_t)>& holds);

// How many samples each class of the dataset has, and for how many the first answer is right.
struct ClassCounts {
  std::vector<std::size_t> right, all;

  double share(std::size_t of_class) const;  // of right answers; 0 of a class without samples
  double mean_share() const;                 // over the classes with samples
};
ClassCounts count_right(const Answers& answers);

// The mean of one figure per sample; its interval is the bootstrap's.
Measured mean_of(std::vector<double> figures);

// Scores as probabilities: as they are where none is negative and they add up to 1 within a hundredth, otherwise by
// softmax, as of a network that ends before it. What is not a number stays so.
std::vector<double> probabilities(std::span<const float> scores);

// The probability of a label in a row; NaN for no_answer.
double probability_of(const Answers& answers, std::span<const float> row, std::uint32_t label);

// Probabilities below this are taken for it where a logarithm is asked for, so that one sample can't make a mean
// infinite.
inline constexpr double least_probability = 1e-12;

// Of a probability that is not below the least; NaN stays NaN.
double safe_log(double probability);

// The Kullback-Leibler divergence of `after` from `before`, both scores of one sample; in nats.
double divergence(std::span<const float> before, std::span<const float> after);

// The divergence of each sample's scores from the baseline's.
std::vector<double> divergences(const Answers& answers);

}  // namespace goldilocks::evaluation
