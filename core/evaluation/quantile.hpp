#pragma once

#include <span>

namespace goldilocks::evaluation {

// The quantile of values in rising order at a share of 0..1, interpolated between the two values around that place
// (type 7 of Hyndman & Fan, numpy's default). Precondition: there is a value, and none is NaN.
double sample_quantile(std::span<const double> sorted, double share);

}  // namespace goldilocks::evaluation
