#include "core/evaluation/power.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/normal.hpp>

#include "core/evaluation/interval.hpp"

namespace goldilocks::evaluation {
namespace {

double reach_of_power(double power) { return boost::math::quantile(boost::math::normal(), power); }

// At least 1; 0 for what isn't a number of samples that anybody could have.
std::uint64_t whole(double samples) {
  if (!(samples < 1e15)) return 0;
  return static_cast<std::uint64_t>(std::max(1.0, std::ceil(samples)));
}

}  // namespace

std::uint64_t samples_to_show_below(double drop, double limit, double discordance, double confidence, double power) {
  const double room = limit - drop;
  const double variance = discordance - drop * drop;
  if (!(room > 0) || !(variance >= 0)) return 0;
  const double reach = normal_reach(confidence) + reach_of_power(power);
  return whole(reach * reach * variance / (room * room));
}

std::uint64_t samples_to_notice(double drop, double discordance, double confidence, double power) {
  if (!(drop > 0) || !(discordance >= drop)) return 0;
  const double reach =
      normal_reach(confidence) * std::sqrt(discordance) + reach_of_power(power) * std::sqrt(discordance - drop * drop);
  return whole(reach * reach / (drop * drop));
}

}  // namespace goldilocks::evaluation
