#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace goldilocks::evaluation {

// One way to deal with an item: what it takes of the limit, and what it costs. Both are finite.
struct KnapsackOption {
  double weight = 0;
  double cost = 0;
};

struct KnapsackSolution {
  std::vector<std::size_t> choice;  // for each item the index of its option
  double weight = 0;
  double cost = 0;
  double bound = 0;  // no choice within the limit costs less; equal to `cost` where that is the optimum
};

// The multiple-choice knapsack: one option for each item, so that the weights add up to at most `limit` and the costs
// to as little as possible. Exact as long as no more than `kept_states` partial choices are worth going on with after
// any item, and otherwise a good choice with a bound on what was missed. Nothing if even the lightest options are too
// heavy. Throws std::invalid_argument for an item without options and numbers that are not finite.
std::optional<KnapsackSolution> least_cost_within(std::span<const std::vector<KnapsackOption>> items, double limit,
                                                  std::size_t kept_states = 200'000);

}  // namespace goldilocks::evaluation
