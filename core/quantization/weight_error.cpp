#include "core/quantization/weight_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "core/weights/codec.hpp"

namespace goldilocks::quantization {
namespace {

constexpr std::size_t block_size = 4096;

struct Sums {
  double difference = 0;  // of squares
  double before = 0;

  // Equal infinities don't differ.
  void add(double a, double b) {
    before += a * a;
    if (a != b) difference += (a - b) * (a - b);
  }

  double relative() const {
    if (difference == 0) return 0;
    const double ratio = std::sqrt(difference / before);
    return std::isnan(ratio) ? std::numeric_limits<double>::infinity() : ratio;
  }
};

}  // namespace

WeightError error_of(const weights::Weight& weight, std::span<const float> before, const weights::Stored& after) {
  weights::check(after, weight.place);
  weights::Decoder decoder(after);
  const bool divides = weight.epsilon.has_value();
  const auto factor = [&](double variance) {
    return 1 / std::sqrt(variance + static_cast<double>(weight.epsilon.value_or(0)));
  };
  Sums plain;
  Sums as_factor;
  std::vector<float> block;
  for (std::size_t first = 0; first < before.size(); first += block.size()) {
    block.resize(std::min(block_size, before.size() - first));
    decoder.next(block);
    for (std::size_t i = 0; i < block.size(); ++i) {
      const double a = before[first + i];
      const double b = block[i];
      plain.add(a, b);
      if (divides && a != b) {
        as_factor.add(factor(a), factor(b));
      } else if (divides) {
        as_factor.before += factor(a) * factor(a);
      }
    }
  }
  return {.squared = plain.difference, .relative = divides ? as_factor.relative() : plain.relative()};
}

std::string with_loss(const std::string& note, double relative_error) {
  if (relative_error <= relative_error_bound) return note;
  return fmt::format("{}{}relative error {:.2g}, above {}", note, note.empty() ? "" : "; ", relative_error,
                     relative_error_bound);
}

}  // namespace goldilocks::quantization
