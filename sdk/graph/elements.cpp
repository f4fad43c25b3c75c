#include <bit>
#include <cmath>
#include <utility>

#include <goldilocks/graph/elements.hpp>

namespace goldilocks::graph {

// The value is scaled so that the half's last place is one, which leaves the rounding to std::nearbyint.
std::uint16_t half_from_float(float value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000U : 0U);
  if (std::isnan(value)) return sign | 0x7E00U;
  const float magnitude = std::fabs(value);
  if (magnitude == 0) return sign;
  if (magnitude >= 65520.0F) return sign | 0x7C00U;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  const int last_place = exponent <= -14 ? -24 : exponent - 11;
  const auto units = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -last_place)));
  // Adding the exponent field lets a carry of the rounding move into it by itself.
  const std::uint32_t field = exponent <= -14 ? 0U : static_cast<std::uint32_t>(exponent + 13);
  return static_cast<std::uint16_t>(sign | ((field << 10U) + units));
}

float float_from_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13U));
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (fraction << 13U));
}

float rounded_to_half(float value) { return float_from_half(half_from_float(value)); }

std::size_t TensorView::size() const {
  return type == GLK_FLOAT32 ? values.size() : static_cast<std::size_t>(element_count(dims));
}

std::size_t MutableTensorView::size() const {
  return type == GLK_FLOAT32 ? values.size() : static_cast<std::size_t>(element_count(dims));
}

TensorView view_of(std::int32_t type, std::span<const std::int64_t> dims, const void* data) {
  if (type != GLK_FLOAT32) return {dims, {}, type, data};
  return {dims, {static_cast<const float*>(data), static_cast<std::size_t>(element_count(dims))}};
}

MutableTensorView mutable_view_of(std::int32_t type, std::span<const std::int64_t> dims, void* data) {
  if (type != GLK_FLOAT32) return {dims, {}, type, data};
  return {dims, {static_cast<float*>(data), static_cast<std::size_t>(element_count(dims))}};
}

OwnedTensor OwnedTensor::zeros(std::int32_t type, Dims dims) {
  const std::size_t bytes = static_cast<std::size_t>(element_count(dims)) * element_size(type);
  // One word more than none, so that a tensor without elements is there, too.
  return {type, std::move(dims), std::vector<std::uint64_t>(bytes / sizeof(std::uint64_t) + 1)};
}

TensorView OwnedTensor::view() const { return view_of(type, dims, memory.data()); }

MutableTensorView OwnedTensor::mutable_view() { return mutable_view_of(type, dims, memory.data()); }

}  // namespace goldilocks::graph
