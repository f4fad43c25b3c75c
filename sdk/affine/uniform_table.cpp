#include <cmath>
#include <cstddef>

#include <goldilocks/vectorize.hpp>
#include <goldilocks/zero_point.hpp>

#include "rounding.hpp"

namespace goldilocks::affine {
namespace {

template <class Type>
inline void run_codes(const float* values, std::size_t count, float least, float difference, float steps,
                      std::uint8_t* codes) {
  for (std::size_t i = 0; i < count; ++i) {
    const float share = Type::rounded(Type::rounded(values[i] - least) / difference);
    const float code = nearest_whole(Type::rounded(share * steps));
    codes[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(code == code ? code : 0.0F));
  }
}

GOLDILOCKS_VECTORIZE void half_codes(const float* values, std::size_t count, float least, float difference, float steps,
                                     std::uint8_t* codes) {
  run_codes<InFloat16>(values, count, least, difference, steps, codes);
}
GOLDILOCKS_VECTORIZE void single_codes(const float* values, std::size_t count, float least, float difference,
                                       float steps, std::uint8_t* codes) {
  run_codes<InFloat32>(values, count, least, difference, steps, codes);
}

}  // namespace

std::string uniform_table(const Weights& weights, const ValueRange& range, int bits, Arithmetic arithmetic,
                          std::span<float> table, std::span<std::uint8_t> codes) {
  const bool stored_in_half = weights.value_type == GLK_FLOAT16;
  bool in_half = stored_in_half && arithmetic != Arithmetic::float32;
  float difference = range.largest - range.least;
  std::string note;
  if (in_half) {
    difference = InFloat16::rounded(difference);
    if (std::isinf(difference) && arithmetic == Arithmetic::reference) {
      note = "computed in float32, as float16 would overflow";
      in_half = false;
      difference = range.largest - range.least;
    }
  }
  const int steps = (1 << bits) - 1;
  const double step = static_cast<double>(difference) / steps;
  const auto least = static_cast<double>(range.least);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double entry = static_cast<double>(i) * step + least;
    table[i] = to_float32(stored_in_half ? static_cast<double>(round_to_half(entry)) : entry, "table entry");
  }
  const auto run = in_half ? half_codes : single_codes;
  run(weights.values.data(), weights.values.size(), range.least, difference, static_cast<float>(steps), codes.data());
  return note;
}

}  // namespace goldilocks::affine
