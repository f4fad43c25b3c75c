// A logarithmic table: zero, and magnitudes of both signs that shrink from the largest weight on by one factor.
//
//   magnitude[i] = largest * 2^(-i / steps)      i = 0, 1, 2, ...
//
// `steps` is how many fit between a magnitude and its half: as many as leave the table a reach of eight halvings, and
// at least one. With 4 bits and fewer it is 1, and the magnitudes are the largest weight times powers of two. Every
// weight gets the nearest entry, so its error is bounded by a share of the weight itself, down to the least magnitude;
// evenly spaced tables bound it by a share of the largest weight. There are 2^n entries and one of them is zero: of the
// magnitudes that are left, the positive sign has one more.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <goldilocks/plugin.hpp>

namespace {

constexpr std::size_t halvings = 8;

float largest_magnitude(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

class LogLut final : public goldilocks::LutQuantizer {
 public:
  // One bit would have room for zero and one magnitude: no table worth offering to a sweep.
  std::vector<int> widths() const override { return {16, 8, 7, 6, 5, 4, 3, 2}; }

  // Called from any number of threads at the same time: all that changes is local, or in `out`.
  void quantize(const goldilocks::Weights& weights, goldilocks::Lut& out) override {
    fill_table(largest_magnitude(weights.values), out.table());
    // Where the nearest entry changes: half way between neighbours.
    std::vector<double> borders;
    for (std::size_t i = 1; i < out.table().size(); ++i) {
      borders.push_back((static_cast<double>(out.table()[i - 1]) + static_cast<double>(out.table()[i])) / 2);
    }
    std::transform(weights.values.begin(), weights.values.end(), out.codes().begin(), [&](float value) {
      const auto above = std::upper_bound(borders.begin(), borders.end(), static_cast<double>(value));
      return static_cast<std::uint8_t>(above - borders.begin());
    });
  }

 private:
  // In ascending order: the negative magnitudes, zero, the positive ones.
  static void fill_table(float largest, std::span<float> table) {
    const std::size_t count = table.size() / 2;
    const std::size_t steps = std::max<std::size_t>(1, count / halvings);
    const std::size_t zero = count - 1;
    for (std::size_t i = 0; i < count; ++i) {
      const double shrunk = std::exp2(-static_cast<double>(i) / static_cast<double>(steps));
      const auto magnitude = static_cast<float>(static_cast<double>(largest) * shrunk);
      table[table.size() - 1 - i] = magnitude;
      if (i < zero) table[i] = -magnitude;
    }
    table[zero] = 0;
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(LogLut, "log_lut", "zero and magnitudes that shrink by one factor, powers of two at 4 bits")
