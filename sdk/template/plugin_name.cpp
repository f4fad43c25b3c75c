// A lookup table whose entries stand for equally many weights each: the sorted weights are cut into 2^n groups of the
// same size, and each group is replaced by its centre.
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <goldilocks/plugin.hpp>

namespace {

class Function final : public goldilocks::LutQuantizer {
 public:
  void declare(goldilocks::Options& options) override {
    options.choice("center", &center_, {"mean", "median"}, "what stands for the weights of a group");
  }

  void quantize(const goldilocks::Weights& weights, goldilocks::Lut& out) override {
    std::vector<float> sorted(weights.values.begin(), weights.values.end());
    std::ranges::sort(sorted);

    const auto table = out.table();
    for (std::size_t entry = 0; entry < table.size(); ++entry) {
      // A tensor smaller than the table repeats some of its values.
      const std::size_t begin = entry * sorted.size() / table.size();
      const std::size_t end = std::max(begin + 1, (entry + 1) * sorted.size() / table.size());
      const double sum = std::accumulate(sorted.begin() + begin, sorted.begin() + end, 0.0);
      const auto count = static_cast<double>(end - begin);
      table[entry] = center_ == "mean" ? static_cast<float>(sum / count) : sorted[(begin + end - 1) / 2];
    }

    // The table is sorted too: the nearest entry is the first above a weight, or the one before it.
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
      const float weight = weights.values[i];
      auto nearest = std::ranges::lower_bound(table, weight);
      if (nearest == table.end() || (nearest != table.begin() && weight - nearest[-1] <= *nearest - weight)) --nearest;
      out.codes()[i] = static_cast<std::uint8_t>(nearest - table.begin());
    }
  }

 private:
  std::string center_ = "mean";
};

}  // namespace

GOLDILOCKS_QUANTIZER(Function, "plugin_name", "lookup table of equally large groups of weights")
