// A table in whose error some weights count for more than others:
//
//   sum over weights of  importance(w) * (w - table[code(w)])^2,      importance(w) = known(w) * (|w| / max|w|)^focus
//
// `known` is what the program passes as the importance of each value, 1 where it passes none. The option `focus` says
// how much more large weights count: 0 is plain k-means, 1 (the default) moves entries to the tails, where the products
// that decide an answer come from.
//
// The sorted weights are cut into 2^n runs of equal importance; each entry is the mean of its run, weighted by
// importance; then borders and means are made anew in turn until no border moves, as k-means does. What that finds
// depends on the first cut, so it is good and not the best possible (the bundled `kmeans_lut` is, for its own measure).
//
// Shown here: an option, work that all widths of a tensor share (the sort), importance, cancellation.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <goldilocks/plugin.hpp>

namespace {

constexpr int most_rounds = 200;  // far more than weights in practice take

struct Weighted {
  double value = 0;
  double importance = 0;
};

// The weights in ascending order with running sums, from which the mean of any run is a subtraction.
class SortedWeights {
 public:
  SortedWeights(const goldilocks::Weights& weights, double focus) {
    std::vector<Weighted> sorted = weighted(weights, focus);
    std::sort(sorted.begin(), sorted.end(), [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
    importance_.push_back(0);
    moment_.push_back(0);
    for (const Weighted& weight : sorted) {
      values_.push_back(weight.value);
      importance_.push_back(importance_.back() + weight.importance);
      moment_.push_back(moment_.back() + weight.importance * weight.value);
    }
  }

  std::size_t size() const { return values_.size(); }

  // How many weights lie below a value.
  std::size_t below(double value) const {
    return static_cast<std::size_t>(std::lower_bound(values_.begin(), values_.end(), value) - values_.begin());
  }

  // The position with the given share of all importance before it.
  std::size_t at_share(double share) const {
    const auto found = std::lower_bound(importance_.begin(), importance_.end(), share * importance_.back());
    return std::min(static_cast<std::size_t>(found - importance_.begin()), size());
  }

  // The weighted mean of the weights from `begin` to before `end`; `otherwise` where they have no importance.
  double mean(std::size_t begin, std::size_t end, double otherwise) const {
    const double importance = importance_[end] - importance_[begin];
    return importance > 0 ? (moment_[end] - moment_[begin]) / importance : otherwise;
  }

 private:
  static std::vector<Weighted> weighted(const goldilocks::Weights& weights, double focus) {
    std::vector<Weighted> result;
    const bool known = !weights.importance.empty();
    double largest = 0;
    for (const float value : weights.values) largest = std::max(largest, static_cast<double>(std::fabs(value)));
    if (largest == 0) largest = 1;
    double sum = 0;
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
      const auto value = static_cast<double>(weights.values[i]);
      const double importance = known ? static_cast<double>(weights.importance[i]) : 1;
      result.push_back({value, importance * std::pow(std::fabs(value) / largest, focus)});
      sum += result.back().importance;
    }
    // Nothing but zeros, say: then all count the same.
    if (sum == 0) std::ranges::for_each(result, [](Weighted& weight) { weight.importance = 1; });
    return result;
  }

  std::vector<double> values_;
  std::vector<double> importance_;  // of the weights before each position, and of all
  std::vector<double> moment_;      // likewise the sum of importance times value
};

// One tensor; one thread at a time.
class WeightedLutTask final : public goldilocks::QuantizerTask {
 public:
  WeightedLutTask(const goldilocks::Weights& weights, double focus, const goldilocks::Host& host)
      : values_(weights.values), sorted_(weights, focus), host_(host) {}

  void quantize(int bits, goldilocks::Result& out) override {
    if (values_.empty()) return out.unchanged("no values");
    if (bits == 16) return out.float16();
    const auto [table, codes] = out.table(bits);
    const std::vector<double> entries = find_entries(table.size());
    std::transform(entries.begin(), entries.end(), table.begin(),
                   [](double entry) { return static_cast<float>(entry); });
    const std::vector<double> borders = half_ways(entries);
    std::transform(values_.begin(), values_.end(), codes.begin(), [&](float value) {
      const auto above = std::upper_bound(borders.begin(), borders.end(), static_cast<double>(value));
      return static_cast<std::uint8_t>(above - borders.begin());
    });
  }

 private:
  static std::vector<double> half_ways(const std::vector<double>& entries) {
    std::vector<double> borders;
    for (std::size_t i = 1; i < entries.size(); ++i) borders.push_back((entries[i - 1] + entries[i]) / 2);
    return borders;
  }

  // The entries in ascending order.
  std::vector<double> find_entries(std::size_t count) {
    std::vector<std::size_t> ends;  // of each run
    for (std::size_t i = 1; i < count; ++i) {
      ends.push_back(sorted_.at_share(static_cast<double>(i) / static_cast<double>(count)));
    }
    ends.push_back(sorted_.size());
    std::vector<double> entries = means(ends);
    for (int round = 0; round < most_rounds; ++round) {
      host_.throw_if_cancelled();
      std::vector<std::size_t> moved;
      for (const double border : half_ways(entries)) moved.push_back(sorted_.below(border));
      moved.push_back(sorted_.size());
      if (moved == ends) break;
      ends = moved;
      entries = means(ends);
    }
    return entries;
  }

  // An empty run, which nothing can be the mean of, repeats the entry before it.
  std::vector<double> means(const std::vector<std::size_t>& ends) const {
    std::vector<double> entries;
    std::size_t begin = 0;
    double last = static_cast<double>(*std::min_element(values_.begin(), values_.end()));
    for (const std::size_t end : ends) {
      last = std::max(last, sorted_.mean(begin, end, last));
      entries.push_back(last);
      begin = end;
    }
    return entries;
  }

  std::span<const float> values_;
  SortedWeights sorted_;
  goldilocks::Host host_;
};

class WeightedLut final : public goldilocks::Quantizer {
 public:
  void declare(goldilocks::Options& options) override {
    options.number("focus", &focus_, "the power of its magnitude by which a weight counts; 0: all count the same")
        .range(0, 8);
  }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<WeightedLutTask>(weights, focus_, host());
  }

 private:
  double focus_ = 1;
};

}  // namespace

GOLDILOCKS_QUANTIZER(WeightedLut, "weighted_lut", "lookup table in whose error large or important weights count more")
