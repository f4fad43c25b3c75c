#pragma once

#include "core/evaluation/metrics.hpp"

namespace goldilocks::evaluation {

// How far the answers of one model are from those of another: the mean over the samples of the Kullback-Leibler
// divergence sum p log(p / q), in nats, where p are the baseline's probabilities and q the other's. A q below the
// smallest normal float32 counts as that, so that an underflow is a large divergence and not an infinite one; scores
// that are NaN give infinity. 0 for no samples. Throws std::invalid_argument if the two are not of the same shape.
double mean_divergence(const Scores& baseline, const Scores& scores);

}  // namespace goldilocks::evaluation
