// A search per value would guess wrong at every second comparison. Instead the range of first values is divided into
// equal buckets; a table says how many borders lie in the buckets before each. From there a value has to be compared
// with the borders of its own bucket only, mostly none or one. As the bucket is a monotone function of the value,
// rounding and all, a border in an earlier bucket is certainly below the value.

#include "assign_codes.hpp"

#include <array>
#include <cstddef>

namespace goldilocks::kmeans {
namespace {

constexpr std::size_t bucket_count = 4096;

class Buckets {
 public:
  Buckets(float least, float largest)
      : least_(least), factor_((bucket_count - 1) / (static_cast<double>(largest) - static_cast<double>(least))) {}

  std::size_t of(float value) const {
    const double position = (static_cast<double>(value) - least_) * factor_;
    if (!(position > 0)) return 0;
    return position < bucket_count - 1 ? static_cast<std::size_t>(position) : bucket_count - 1;
  }

 private:
  double least_;
  double factor_;
};

}  // namespace

void assign_codes(std::span<const float> values, std::span<const float> borders, std::span<std::uint8_t> codes) {
  if (borders.empty()) {
    for (std::uint8_t& code : codes) code = 0;
    return;
  }
  const Buckets buckets(borders.front(), borders.back());
  std::array<std::uint8_t, bucket_count> before{};
  std::size_t below = 0;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    while (below < borders.size() && buckets.of(borders[below]) < bucket) ++below;
    before[bucket] = static_cast<std::uint8_t>(below);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t code = before[buckets.of(values[i])];
    while (code < borders.size() && borders[code] <= values[i]) ++code;
    codes[i] = static_cast<std::uint8_t>(code);
  }
}

}  // namespace goldilocks::kmeans
