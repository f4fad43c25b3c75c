#include "core/weights/stored.hpp"

#include "core/base/error.hpp"

namespace goldilocks::weights {

std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape) {
  std::uint64_t product = 1;
  for (const std::int64_t dim : shape) {
    if (dim < 0 || __builtin_mul_overflow(product, static_cast<std::uint64_t>(dim), &product)) return std::nullopt;
  }
  return product;
}

std::size_t Stored::count() const { return static_cast<std::size_t>(element_count(shape).value()); }

std::uint64_t Stored::bytes() const {
  std::uint64_t total = 0;
  for (const Array* array : {&mask, &values, &table, &table_scaling.scale, &table_scaling.offset, &table_scaling.bias,
                             &scaling.scale, &scaling.offset, &scaling.bias}) {
    total += array->bytes.size();
  }
  return total;
}

}  // namespace goldilocks::weights
