#pragma once

#include <cstdint>

namespace goldilocks::evaluation {

// How many samples a comparison needs. Both numbers are those of samples that count alike (one class, or classes of one
// size), by the normal approximation; `discordance` is the share of samples that one of the two models answers right
// and the other wrong, `power` the chance of success.

// To show that a drop is below `limit` when it is truly `drop`: that the upper end of its two-sided interval is. 0 if
// it isn't below, so that no number is enough.
std::uint64_t samples_to_show_below(double drop, double limit, double discordance, double confidence, double power);

// To notice by McNemar's test a drop that is truly `drop` (above 0). 0 where the two can't differ by so much with this
// discordance.
std::uint64_t samples_to_notice(double drop, double discordance, double confidence, double power);

}  // namespace goldilocks::evaluation
