#pragma once

#include <limits>

namespace goldilocks::evaluation {

inline constexpr float float_nan = std::numeric_limits<float>::quiet_NaN();
inline constexpr double double_nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace goldilocks::evaluation
