// cast: values of one type as another. round_to_half: float32 values that float16 has.
#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"
#include "kernels/takes.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

template <class To>
To from_integer(std::int64_t value) {
  if constexpr (std::floating_point<To>) {
    return static_cast<To>(value);
  } else {
    if (std::in_range<To>(value)) return static_cast<To>(value);
    return value < 0 ? std::numeric_limits<To>::min() : std::numeric_limits<To>::max();
  }
}

// 64 bits go straight, as float64 doesn't hold all of them.
void run_cast(const OperationView&, Inputs inputs, Outputs outputs) {
  const TensorView& x = inputs[0];
  const MutableTensorView& y = outputs[0];
  if (x.type != GLK_INT64 || y.type == GLK_BOOL || y.type == GLK_FLOAT16) return store_numbers(numbers_of(x), y);
  visit_number_type(y.type, [&](auto to) {
    std::ranges::transform(x.elements<std::int64_t>(), y.elements<decltype(to)>().begin(), from_integer<decltype(to)>);
  });
}

// Numbers below the smallest normal half are multiples of 2^-24, as are float32 numbers from 0.5 to 1: adding 0.5
// rounds to them. Of larger ones, the lowest 13 bits are rounded away. Without a branch, for vectors.
float nearest_half(float value) {
  constexpr std::uint32_t sign_bit = 0x80000000U;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits & sign_bit;
  const std::uint32_t magnitude = bits ^ sign;
  const float small = (std::bit_cast<float>(magnitude) + 0.5F) - 0.5F;
  std::uint32_t rounded = (magnitude + 0xFFFU + (magnitude >> 13U & 1U)) & ~0x1FFFU;
  rounded = rounded >= 0x47800000U ? 0x7F800000U : rounded;                           // from 65520 on
  rounded = magnitude > 0x7F800000U ? 0x7FC00000U : rounded;                          // not a number
  rounded = magnitude < 0x38800000U ? std::bit_cast<std::uint32_t>(small) : rounded;  // below 2^-14
  return std::bit_cast<float>(rounded | sign);
}

void run_round_to_half(const OperationView&, Inputs inputs, Outputs outputs) {
  const float* const in = inputs[0].values.data();
  float* const out = outputs[0].values.data();
  const std::size_t count = inputs[0].values.size();
  for (std::size_t index = 0; index < count; ++index) out[index] = nearest_half(in[index]);
}

constexpr std::array list = {
    Kernel{"cast", infer_same, run_cast, nullptr, nullptr, takes_any_numbers},
    Kernel{"round_to_half", infer_same, run_round_to_half},
};

}  // namespace

std::span<const Kernel> casting_kernels() { return list; }

}  // namespace goldilocks::graph
