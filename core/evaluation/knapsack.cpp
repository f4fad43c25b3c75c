// The relaxed problem, in which an item may be a mixture of two options, is solved by a greedy walk along each item's
// lower convex hull: from the lightest options on, the step that saves most per weight is taken, whichever item's it
// is. The step at which the limit is reached gives the price of weight at the optimum, and the walk before it a first
// choice.
//
// Then partial choices are extended item by item (Nemhauser and Ullmann): of those in which another one is lighter and
// no more costly none is kept, nor one that can't lead below the best choice known. For the latter weight is paid at
// the relaxed problem's price: the remaining items cost at least the sum of their least (cost + price * weight), less
// the price of all weight that is left. That bound is tight near the optimum, so few partial choices survive.
#include "core/evaluation/knapsack.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace goldilocks::evaluation {
namespace {

using Items = std::span<const std::vector<KnapsackOption>>;

void check(Items items) {
  for (const auto& options : items) {
    if (options.empty()) throw std::invalid_argument("a knapsack item without options");
    for (const KnapsackOption& option : options) {
      if (!std::isfinite(option.weight) || !std::isfinite(option.cost)) {
        throw std::invalid_argument("a knapsack option that is not finite");
      }
    }
  }
}

// The options of an item that lie on the lower convex hull of cost over weight, from the lightest to the cheapest.
std::vector<std::size_t> hull_of(const std::vector<KnapsackOption>& options) {
  std::vector<std::size_t> order(options.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (options[a].weight != options[b].weight) return options[a].weight < options[b].weight;
    if (options[a].cost != options[b].cost) return options[a].cost < options[b].cost;
    return a < b;
  });
  const auto slope = [&](std::size_t a, std::size_t b) {
    return (options[b].cost - options[a].cost) / (options[b].weight - options[a].weight);
  };
  std::vector<std::size_t> hull;
  for (const std::size_t i : order) {
    if (!hull.empty() && options[i].cost >= options[hull.back()].cost) continue;
    while (hull.size() >= 2 && slope(hull[hull.size() - 2], hull.back()) >= slope(hull.back(), i)) hull.pop_back();
    hull.push_back(i);
  }
  return hull;
}

struct Step {
  std::size_t item = 0;
  std::size_t option = 0;
  double weight = 0;  // that it adds
  double saved = 0;
  double rate() const { return saved / weight; }
};

// The relaxed problem's price of weight, and a choice within the limit.
struct Relaxed {
  double price = 0;
  std::vector<std::size_t> choice;
};

double sum_of(Items items, const std::vector<std::size_t>& choice, double KnapsackOption::*member) {
  double sum = 0;
  for (std::size_t i = 0; i < items.size(); ++i) sum += items[i][choice[i]].*member;
  return sum;
}

Relaxed relax(Items items, double limit) {
  Relaxed relaxed;
  std::vector<Step> steps;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::vector<std::size_t> hull = hull_of(items[i]);
    relaxed.choice.push_back(hull.front());
    for (std::size_t k = 1; k < hull.size(); ++k) {
      const KnapsackOption& before = items[i][hull[k - 1]];
      const KnapsackOption& after = items[i][hull[k]];
      steps.push_back({i, hull[k], after.weight - before.weight, before.cost - after.cost});
    }
  }
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.rate() > b.rate(); });
  double weight = sum_of(items, relaxed.choice, &KnapsackOption::weight);
  std::vector<bool> stopped(items.size(), false);  // a step of the item did not fit, so the later ones don't either
  for (const Step& step : steps) {
    if (stopped[step.item]) continue;
    if (weight + step.weight > limit) {
      if (relaxed.price == 0) relaxed.price = step.rate();
      stopped[step.item] = true;
      continue;
    }
    weight += step.weight;
    relaxed.choice[step.item] = step.option;
  }
  return relaxed;
}

// A choice for the first items; the chain of `before` tells which.
struct State {
  double weight = 0;
  double cost = 0;
  std::uint32_t before = 0;  // index among the states of the item before
  std::uint32_t option = 0;
};

bool is_lighter(const State& a, const State& b) {
  if (a.weight != b.weight) return a.weight < b.weight;
  if (a.cost != b.cost) return a.cost < b.cost;
  return std::pair(a.before, a.option) < std::pair(b.before, b.option);
}

class Search {
 public:
  Search(Items items, double limit, std::size_t kept_states)
      : items_(items), limit_(limit), kept_states_(kept_states) {}

  KnapsackSolution run() {
    Relaxed relaxed = relax(items_, limit_);
    price_ = relaxed.price;
    KnapsackSolution best;
    best.choice = std::move(relaxed.choice);
    best.weight = sum_of(items_, best.choice, &KnapsackOption::weight);
    best.cost = sum_of(items_, best.choice, &KnapsackOption::cost);
    best_cost_ = best.cost;
    prepare_rest();
    std::vector<std::vector<State>> levels{{State{}}};
    for (std::size_t item = 0; item < items_.size(); ++item) levels.push_back(extend(levels.back(), item));
    const auto& last = levels.back();
    const auto cheapest =
        std::min_element(last.begin(), last.end(), [](const State& a, const State& b) { return a.cost < b.cost; });
    if (cheapest != last.end() && cheapest->cost < best.cost) {
      best.weight = cheapest->weight;
      best.cost = cheapest->cost;
      State state = *cheapest;
      for (std::size_t item = items_.size(); item-- > 0;) {
        best.choice[item] = state.option;
        state = levels[item][state.before];
      }
    }
    best.bound = std::min(best.cost, dropped_bound_);
    return best;
  }

 private:
  // rest_[k]: the least (cost + price * weight) of all items from k on; lightest_[k]: their least weight.
  void prepare_rest() {
    rest_.assign(items_.size() + 1, 0);
    lightest_.assign(items_.size() + 1, 0);
    for (std::size_t item = items_.size(); item-- > 0;) {
      double paid = std::numeric_limits<double>::infinity();
      double weight = std::numeric_limits<double>::infinity();
      for (const KnapsackOption& option : items_[item]) {
        paid = std::min(paid, option.cost + price_ * option.weight);
        weight = std::min(weight, option.weight);
      }
      rest_[item] = rest_[item + 1] + paid;
      lightest_[item] = lightest_[item + 1] + weight;
    }
  }

  double bound(const State& state, std::size_t next) const {
    return state.cost + rest_[next] - price_ * (limit_ - state.weight);
  }

  std::vector<State> extend(const std::vector<State>& states, std::size_t item) {
    std::vector<State> longer;
    for (std::size_t before = 0; before < states.size(); ++before) {
      for (std::size_t option = 0; option < items_[item].size(); ++option) {
        const State state{states[before].weight + items_[item][option].weight,
                          states[before].cost + items_[item][option].cost, static_cast<std::uint32_t>(before),
                          static_cast<std::uint32_t>(option)};
        if (state.weight + lightest_[item + 1] > limit_ || bound(state, item + 1) >= best_cost_) continue;
        longer.push_back(state);
      }
    }
    std::sort(longer.begin(), longer.end(), is_lighter);
    std::vector<State> kept;
    for (const State& state : longer) {
      if (kept.empty() || state.cost < kept.back().cost) kept.push_back(state);
    }
    thin(kept, item + 1);
    return kept;
  }

  // Of too many states those with the least bounds are kept.
  void thin(std::vector<State>& states, std::size_t next) {
    if (states.size() <= kept_states_) return;
    const auto middle = states.begin() + static_cast<std::ptrdiff_t>(kept_states_);
    std::nth_element(states.begin(), middle, states.end(), [&](const State& a, const State& b) {
      const double left = bound(a, next);
      const double right = bound(b, next);
      return left != right ? left < right : is_lighter(a, b);
    });
    for (auto state = middle; state != states.end(); ++state) {
      dropped_bound_ = std::min(dropped_bound_, bound(*state, next));
    }
    states.erase(middle, states.end());
    std::sort(states.begin(), states.end(), is_lighter);
  }

  Items items_;
  double limit_;
  std::size_t kept_states_;
  double price_ = 0;
  double best_cost_ = 0;
  std::vector<double> rest_, lightest_;
  double dropped_bound_ = std::numeric_limits<double>::infinity();
};

}  // namespace

std::optional<KnapsackSolution> least_cost_within(Items items, double limit, std::size_t kept_states) {
  check(items);
  double lightest = 0;
  for (const auto& options : items) {
    lightest += std::min_element(options.begin(), options.end(), [](const auto& a, const auto& b) {
                  return a.weight < b.weight;
                })->weight;
  }
  if (!(lightest <= limit)) return std::nullopt;
  return Search(items, limit, std::max<std::size_t>(kept_states, 1)).run();
}

}  // namespace goldilocks::evaluation
