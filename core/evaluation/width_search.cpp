// Errors of several tensors add up as the sums say only by and large: they may cancel or help each other, and a network
// that answers wrongly already has less to lose. So the sums serve for a start, and then the divergence is taken to be
// additive only around the choice as it stands, for steps of one width, where it was measured.
#include "core/evaluation/width_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "core/evaluation/knapsack.hpp"

namespace goldilocks::evaluation {
namespace {

// Divergences that are no number, or beyond this, count as this: a knapsack takes finite costs.
constexpr double most_divergence = 1e6;

// How much a change has to promise to be made, as shares of the largest promise: fewer changes each time.
constexpr std::array promises = {0.0, 0.05, 0.15, 0.4};

// Halvings in search of the sum at which the measured divergence reaches the target.
constexpr int halvings = 6;

double finite(double divergence) {
  return std::isfinite(divergence) ? std::min(divergence, most_divergence) : most_divergence;
}

class WidthSearch {
 public:
  WidthSearch(std::span<const TensorWidths> tensors, const WidthTarget& target, const WidthMeasure& measure,
              std::size_t measurements)
      : tensors_(tensors), target_(target), measure_(measure), budget_(measurements) {}

  std::optional<WidthOutcome> run() {
    if (!(target_.bytes ? start_within_bytes() : start_within_divergence())) return std::nullopt;
    best_.first_measured = best_.measured;
    while (used_ + 2 * tensors_.size() + 1 <= budget_ && correct()) ++best_.corrections;
    best_.bytes = sum(best_.choice, &TensorWidths::bytes);
    best_.predicted = sum(best_.choice, &TensorWidths::divergence);
    best_.measurements = used_;
    return best_;
  }

 private:
  double sum(const WidthChoice& choice, std::vector<double> TensorWidths::*member) const {
    double total = 0;
    for (std::size_t i = 0; i < choice.size(); ++i) total += finite((tensors_[i].*member)[choice[i]]);
    return total;
  }

  double bytes_of(const WidthChoice& choice) const { return sum(choice, &TensorWidths::bytes); }

  double measure(const WidthChoice& choice) {
    ++used_;
    return finite(measure_.whole(choice));
  }

  // Items of all widths, with the limit on the bytes or on the divergence.
  std::optional<WidthChoice> solve(double limit, bool limits_bytes) const {
    std::vector<std::vector<KnapsackOption>> items;
    for (const TensorWidths& tensor : tensors_) {
      auto& options = items.emplace_back();
      for (std::size_t i = 0; i < tensor.bytes.size(); ++i) {
        const double divergence = finite(tensor.divergence[i]);
        options.push_back(limits_bytes ? KnapsackOption{tensor.bytes[i], divergence}
                                       : KnapsackOption{divergence, tensor.bytes[i]});
      }
    }
    const auto solution = least_cost_within(items, limit);
    if (!solution) return std::nullopt;
    return solution->choice;
  }

  bool start_within_bytes() {
    const auto choice = solve(*target_.bytes, true);
    if (!choice) return false;
    best_.choice = *choice;
    best_.measured = measure(best_.choice);
    return true;
  }

  // The largest sum of divergences at which the measured one is within the target, by halving on a logarithmic scale
  // between the target's multiples; with the closest choice of all in reserve.
  bool start_within_divergence() {
    const double limit = *target_.divergence;
    bool found = false;
    const auto attempt = [&](const WidthChoice& choice) {
      const double measured = measure(choice);
      if (measured > limit) return false;
      if (!found || bytes_of(choice) < bytes_of(best_.choice)) {
        best_.choice = choice;
        best_.measured = measured;
      }
      found = true;
      return true;
    };
    double low = limit / 8;
    double high = limit * 8;
    for (int i = 0; i <= halvings && used_ + 1 < budget_; ++i) {
      const double middle = i == 0 ? limit : std::sqrt(low * high);
      const auto choice = solve(middle, false);
      (choice && attempt(*choice) ? low : high) = middle;
    }
    return found || attempt(closest());
  }

  WidthChoice closest() const {
    WidthChoice choice;
    for (const TensorWidths& tensor : tensors_) {
      const auto least = std::min_element(tensor.divergence.begin(), tensor.divergence.end(),
                                          [](double a, double b) { return finite(a) < finite(b); });
      choice.push_back(static_cast<std::size_t>(least - tensor.divergence.begin()));
    }
    return choice;
  }

  bool correct() {
    std::vector<WidthChange> changes;
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      if (best_.choice[i] > 0) changes.push_back({i, best_.choice[i] - 1});
      if (best_.choice[i] + 1 < tensors_[i].bytes.size()) changes.push_back({i, best_.choice[i] + 1});
    }
    if (changes.empty()) return false;
    const std::vector<double> measured = measure_.changes(best_.choice, changes);
    used_ += changes.size();
    double largest = 0;
    for (const double divergence : measured) {
      largest = std::max(largest, std::fabs(finite(divergence) - best_.measured));
    }
    std::vector<WidthChoice> tried;
    for (const double promise : promises) {
      if (used_ >= budget_) return false;
      const auto choice = solve_around(changes, measured, promise * std::min(largest, best_.measured));
      if (!choice || *choice == best_.choice || std::find(tried.begin(), tried.end(), *choice) != tried.end()) continue;
      tried.push_back(*choice);
      if (accept(*choice)) return true;
    }
    return false;
  }

  // Over the present width of each tensor and its changes; `fee` is what every change has to pay beside.
  std::optional<WidthChoice> solve_around(std::span<const WidthChange> changes, std::span<const double> measured,
                                          double fee) const {
    std::vector<std::vector<KnapsackOption>> items(tensors_.size());
    std::vector<std::vector<std::size_t>> widths(tensors_.size());
    const auto add = [&](std::size_t tensor, std::size_t width, double divergence) {
      const double bytes = tensors_[tensor].bytes[width];
      items[tensor].push_back(target_.bytes ? KnapsackOption{bytes, divergence} : KnapsackOption{divergence, bytes});
      widths[tensor].push_back(width);
    };
    for (std::size_t i = 0; i < tensors_.size(); ++i) add(i, best_.choice[i], 0);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      add(changes[i].tensor, changes[i].width, finite(measured[i]) - best_.measured + fee);
    }
    const auto solution =
        least_cost_within(items, target_.bytes ? *target_.bytes : *target_.divergence - best_.measured);
    if (!solution) return std::nullopt;
    WidthChoice choice;
    for (std::size_t i = 0; i < tensors_.size(); ++i) choice.push_back(widths[i][solution->choice[i]]);
    return choice;
  }

  bool accept(const WidthChoice& choice) {
    if (!target_.bytes && bytes_of(choice) >= bytes_of(best_.choice)) return false;
    const double measured = measure(choice);
    if (target_.bytes ? measured >= best_.measured : measured > *target_.divergence) return false;
    best_.choice = choice;
    best_.measured = measured;
    return true;
  }

  std::span<const TensorWidths> tensors_;
  WidthTarget target_;
  const WidthMeasure& measure_;
  std::size_t budget_;
  std::size_t used_ = 0;
  WidthOutcome best_;
};

}  // namespace

std::optional<WidthOutcome> search_widths(std::span<const TensorWidths> tensors, const WidthTarget& target,
                                          const WidthMeasure& measure, std::size_t measurements) {
  if (target.bytes.has_value() == target.divergence.has_value()) {
    throw std::invalid_argument("widths have a target of bytes or of divergence");
  }
  return WidthSearch(tensors, target, measure, measurements).run();
}

}  // namespace goldilocks::evaluation
