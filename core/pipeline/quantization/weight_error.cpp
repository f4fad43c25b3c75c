#include "core/pipeline/quantization/weight_error.hpp"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "core/formats/neural_network/weight_codec.hpp"

namespace goldilocks::pipeline {
namespace {

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

WeightError error_of(const WeightPart& part, const WeightOutcome& outcome) {
  if (!outcome.stored) return {};
  std::vector<float> buffer;
  const std::span<const float> before = model::view_weights(part.slot, part.where, buffer);
  auto slot = part.slot;
  slot.params = &*outcome.stored;
  const std::vector<float> after = model::decode_weights(slot, part.where);
  const bool divides = part.layer_type == "batchnorm" && part.slot.parameter == "variance";
  const auto factor = [&](double variance) { return 1 / std::sqrt(variance + static_cast<double>(part.epsilon)); };
  Sums plain;
  Sums as_factor;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double a = before[i];
    const double b = after[i];
    plain.add(a, b);
    if (divides && a != b) {
      as_factor.add(factor(a), factor(b));
    } else if (divides) {
      as_factor.before += factor(a) * factor(a);
    }
  }
  return {.squared = plain.difference, .relative = divides ? as_factor.relative() : plain.relative()};
}

std::string with_loss(const std::string& note, double relative_error) {
  if (relative_error <= relative_error_bound) return note;
  return fmt::format("{}{}relative error {:.2g}, above {}", note, note.empty() ? "" : "; ", relative_error,
                     relative_error_bound);
}

}  // namespace goldilocks::pipeline
