#include "core/quantization/int8_table.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/base/half.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::quantization {

FunctionResult with_int8_table(weights::Stored stored, weights::NumberType type, std::string_view place) {
  constexpr std::size_t least_table = 10;
  constexpr float most = 127;
  if (!weights::is_table(stored.encoding.kind)) return {{}, "its codes have no table that could become int8"};
  if (!stored.table_scaling.empty()) return {std::move(stored), "its table is quantized already"};
  if (stored.table.count < least_table) {
    return {std::move(stored), fmt::format("its table has fewer than {} entries and stays as it is", least_table)};
  }
  stored = weights::with_entries(std::move(stored), type, place);
  const bool in_half = type == weights::float16;
  const auto rounded = [&](float value) { return in_half ? float_from_half(half_from_float(value)) : value; };
  const std::vector<float> entries = weights::numbers(stored.table);
  float largest = 0;
  for (const float entry : entries) largest = std::max(largest, std::fabs(entry));
  // From -max to max in 254 steps, as the reference implementation reckons.
  const float scale = rounded(rounded(largest + largest) / (2 * most));
  std::vector<std::uint8_t> codes;
  codes.reserve(entries.size());
  for (const float entry : entries) {
    const float code = scale == 0 ? 0 : std::nearbyint(rounded(entry / scale));
    codes.push_back(static_cast<std::uint8_t>(static_cast<std::int8_t>(std::clamp(code, -most, most))));
  }
  stored.table = weights::keep(std::move(codes), weights::int8, stored.owner);
  stored.table_scaling.scale = weights::keep(std::vector<float>{scale}, stored.owner);
  stored.table_scaling.grid = {};
  stored.encoding.entry = weights::int8;
  return {weights::with_entries(std::move(stored), type, place), ""};
}

}  // namespace goldilocks::quantization
