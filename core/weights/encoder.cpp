// Content that owns its arrays.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::weights {
namespace {

using Owner = std::shared_ptr<const void>;

// Hands a container over to the owner; returns its bytes.
template <class Container>
std::span<const std::byte> hold(Container content, Owner& owner) {
  struct Both {
    Container content;
    Owner before;
  };
  auto both = std::make_shared<Both>(Both{std::move(content), std::move(owner)});
  const auto bytes = std::as_bytes(std::span(both->content));
  owner = std::move(both);
  return bytes;
}

Array keep_halves(std::span<const float> values, Owner& owner) {
  return {.type = float16, .count = values.size(), .bytes = hold(narrow_to_halves(values), owner)};
}

Stored coded(Kind kind, int bits, std::vector<std::int64_t> shape, std::vector<std::uint8_t> codes) {
  Stored stored;
  stored.encoding = {.kind = kind, .bits = bits};
  stored.shape = std::move(shape);
  stored.values = keep(std::move(codes), uint8, stored.owner);
  return stored;
}

}  // namespace

Array keep(std::vector<float> values, Owner& owner) {
  const std::size_t count = values.size();
  return {.type = float32, .count = count, .bytes = hold(std::move(values), owner)};
}

Array keep(std::vector<std::uint8_t> codes, NumberType type, Owner& owner) {
  const std::size_t count = codes.size();
  return {.type = type, .count = count, .bytes = hold(std::move(codes), owner)};
}

Stored float32_of(std::vector<std::int64_t> shape, std::vector<float> values) {
  Stored stored;
  stored.encoding = {.kind = Kind::float32, .bits = 32};
  stored.shape = std::move(shape);
  stored.values = keep(std::move(values), stored.owner);
  return stored;
}

Stored float32_view(std::vector<std::int64_t> shape, std::span<const float> values) {
  Stored stored;
  stored.encoding = {.kind = Kind::float32, .bits = 32};
  stored.shape = std::move(shape);
  stored.values = {.type = float32, .count = values.size(), .bytes = std::as_bytes(values)};
  return stored;
}

Stored float16_of(std::vector<std::int64_t> shape, std::span<const float> values, std::string_view place) {
  const std::size_t at = first_beyond(values, float16_limit);
  if (at < values.size()) {
    throw ModelError(place, fmt::format("the value {} at position {} is too large for float16", values[at], at));
  }
  Stored stored;
  stored.encoding = {.kind = Kind::float16, .bits = 16, .entry = float16};
  stored.shape = std::move(shape);
  stored.values = keep_halves(values, stored.owner);
  return stored;
}

std::optional<Stored> exact_float16(std::vector<std::int64_t> shape, std::span<const float> values) {
  const bool in_range =
      std::ranges::all_of(values, [](float value) { return std::fabs(value) < float16_limit || std::isinf(value); });
  if (!in_range) return std::nullopt;
  Stored stored;
  stored.encoding = {.kind = Kind::float16, .bits = 16, .entry = float16};
  stored.shape = std::move(shape);
  stored.values = keep_halves(values, stored.owner);
  if (!std::ranges::equal(values, numbers(stored.values))) return std::nullopt;
  return stored;
}

Stored table_of(std::vector<std::int64_t> shape, std::vector<std::uint8_t> codes, int bits, std::vector<float> table) {
  Stored stored = coded(Kind::table, bits, std::move(shape), std::move(codes));
  stored.table = keep(std::move(table), stored.owner);
  return stored;
}

Stored linear_of(std::vector<std::int64_t> shape, std::vector<std::uint8_t> codes, int bits, std::vector<float> scale,
                 std::vector<float> bias, std::int64_t axis) {
  Stored stored = coded(Kind::linear, bits, std::move(shape), std::move(codes));
  if (scale.size() > 1 && axis >= 0) {
    stored.scaling.grid.assign(stored.shape.size(), 1);
    stored.scaling.grid.at(static_cast<std::size_t>(axis)) = static_cast<std::int64_t>(scale.size());
    stored.encoding.granularity.kind = Granularity::Kind::channel;
  }
  stored.scaling.scale = keep(std::move(scale), stored.owner);
  stored.scaling.bias = keep(std::move(bias), stored.owner);
  return stored;
}

Stored int8_of(std::vector<std::int64_t> shape, std::vector<std::int8_t> codes, float scale) {
  Stored stored;
  stored.encoding = {.kind = Kind::int8, .bits = 8};
  stored.shape = std::move(shape);
  stored.values = {.type = int8, .count = codes.size(), .bytes = hold(std::move(codes), stored.owner)};
  stored.scaling.scale = keep(std::vector{scale}, stored.owner);
  return stored;
}

Stored packed(Stored stored, BitOrder order) {
  Array& values = stored.values;
  const int bits = stored.encoding.bits;
  if (!is_coded(stored.encoding.kind) || (values.type.bits == bits && (values.order == order || bits == 8))) {
    return stored;
  }
  const bool is_unpacked = values.type.bits == 8;
  std::vector<std::uint8_t> unpacked;
  std::span<const std::uint8_t> from(reinterpret_cast<const std::uint8_t*>(values.bytes.data()), values.count);
  if (!is_unpacked) {
    unpacked = codes(values);
    from = unpacked;
  }
  std::string bytes = pack_codes(from, bits, order);
  // What was packed is not kept; tables and scales are small and are copied out of the old owner.
  Stored result = stored;
  result.owner.reset();
  result.values = {.type = {values.type.kind, bits},
                   .count = values.count,
                   .bytes = hold(std::move(bytes), result.owner),
                   .order = order};
  for (Array* array :
       {&result.mask, &result.table, &result.table_scaling.scale, &result.table_scaling.offset,
        &result.table_scaling.bias, &result.scaling.scale, &result.scaling.offset, &result.scaling.bias}) {
    if (array->empty()) continue;
    array->bytes = hold(std::vector<std::byte>(array->bytes.begin(), array->bytes.end()), result.owner);
  }
  return result;
}

Stored as_signed(Stored stored) {
  const int bits = stored.encoding.bits;
  const auto turn = [&](Array& array) {
    if (array.empty() || array.type.is_float()) return;
    std::vector<std::uint8_t> all = codes(array);
    for (std::uint8_t& one : all) one = static_cast<std::uint8_t>(one ^ (1U << static_cast<unsigned>(bits - 1)));
    array.type = signed_code(bits);
    array.bytes = hold(pack_codes(all, bits, BitOrder::lowest_first), stored.owner);
    array.order = BitOrder::lowest_first;
  };
  turn(stored.values);
  turn(stored.scaling.offset);
  stored.encoding.is_signed = true;
  return stored;
}

Stored compact(Stored stored) {
  const Array& values = stored.values;
  if (stored.mask.empty() || values.count != stored.mask.count) return stored;
  const std::vector<std::uint8_t> mask = codes(stored.mask);
  Stored result = stored;
  const auto keep_some = [&](auto numbers) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (mask[i] != 0) numbers[kept++] = numbers[i];
    }
    numbers.resize(kept);
    return numbers;
  };
  if (values.type == float16) {
    result.values = keep_halves(keep_some(numbers(values)), result.owner);
  } else if (values.type.is_float()) {
    result.values = keep(keep_some(numbers(values)), result.owner);
  } else {
    const std::vector<std::uint8_t> kept = keep_some(codes(values));
    result.values.count = kept.size();
    result.values.bytes = hold(pack_codes(kept, values.type.bits, values.order), result.owner);
  }
  return result;
}

bool fits_float16(std::span<const float> values) { return first_beyond(values, float16_limit) == values.size(); }

Stored with_entries(Stored stored, NumberType type, std::string_view place) {
  const bool has_table = is_table(stored.encoding.kind);
  const auto round = [&](Array& array) {
    if (array.empty() || array.type == type || !array.type.is_float()) return;
    const std::vector<float> values = numbers(array);
    if (type == float32) {
      array = keep(values, stored.owner);
      return;
    }
    const std::size_t at = first_beyond(values, float16_limit);
    if (at < values.size()) {
      throw ModelError(place,
                       fmt::format("the {} {} is too large for float16", has_table ? "entry" : "scale", values[at]));
    }
    array = keep_halves(values, stored.owner);
  };
  if (is_sparse(stored.encoding.kind) && !is_coded(stored.encoding.kind)) round(stored.values);
  for (Array* array : {&stored.table, &stored.table_scaling.scale, &stored.table_scaling.offset, &stored.scaling.scale,
                       &stored.scaling.offset, &stored.scaling.bias}) {
    round(*array);
  }
  if (!has_table || stored.table.type.is_float()) stored.encoding.entry = type;
  return stored;
}

}  // namespace goldilocks::weights
