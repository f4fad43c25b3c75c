#include "core/quantization/calibration/code_book.hpp"

#include <algorithm>
#include <numeric>

namespace goldilocks::quantization {

CodeBook::CodeBook(std::span<const double> values) : values_(values.begin(), values.end()) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::size_t code) { return values_[code]; });
  for (const std::size_t code : order) {
    if (!codes_.empty()) {
      const double last = values_[codes_.back()];
      if (last == values_[code]) continue;
      borders_.push_back(last + (values_[code] - last) / 2);
    }
    codes_.push_back(static_cast<std::uint8_t>(code));
  }
}

std::uint8_t CodeBook::nearest(double value) const {
  return codes_[static_cast<std::size_t>(std::ranges::lower_bound(borders_, value) - borders_.begin())];
}

}  // namespace goldilocks::quantization
