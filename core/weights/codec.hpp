#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/weights/stored.hpp"

namespace goldilocks::weights {

// Throws ModelError that begins with `place` unless lengths, widths, grids and codes fit the shape and one another:
// what is checked can be decoded. An empty tensor (Kind::none) fits.
void check(const Stored& stored, std::string_view place);

// Gives the values of a checked tensor block by block, from the first on, as float32: nobody needs to hold all.
class Decoder {
 public:
  explicit Decoder(const Stored& stored);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  Decoder(Decoder&&) = delete;
  Decoder& operator=(Decoder&&) = delete;

  // Fills `values` with those that follow. There must be as many.
  void next(std::span<float> values);

 private:
  class State;
  std::unique_ptr<State> state_;
};

// All values. Checks first. An empty tensor gives none.
std::vector<float> decode(const Stored& stored, std::string_view place);
// The same without a copy where float32 is stored: a view of it; otherwise of `buffer`, which then holds the values.
std::span<const float> view(const Stored& stored, std::string_view place, std::vector<float>& buffer);

// The numbers of an array, one by one: floats as they are, codes as numbers.
std::vector<float> numbers(const Array& array);
// Codes of at most 8 bits, in 8 bits each.
std::vector<std::uint8_t> codes(const Array& array);

// Throws ModelError that begins with `place` if a value is NaN or infinite, and names its position.
void check_finite(std::span<const float> values, std::string_view place);
// The same for NaN alone.
void check_numbers(std::span<const float> values, std::string_view place);

// Content that owns its arrays. Shapes are not looked at; check() does.
Stored float32_of(std::vector<std::int64_t> shape, std::vector<float> values);
// A view; the caller keeps the values.
Stored float32_view(std::vector<std::int64_t> shape, std::span<const float> values);
// Throws ModelError that begins with `place` for a magnitude that rounds to infinity, and for NaN.
Stored float16_of(std::vector<std::int64_t> shape, std::span<const float> values, std::string_view place);
// Whether all values are numbers below float16_limit.
bool fits_float16(std::span<const float> values);
// Nothing unless every value is a float16, infinity included.
std::optional<Stored> exact_float16(std::vector<std::int64_t> shape, std::span<const float> values);
// One table of scalars for all.
Stored table_of(std::vector<std::int64_t> shape, std::vector<std::uint8_t> codes, int bits, std::vector<float> table);
// Scales for the whole tensor or along the axis.
Stored linear_of(std::vector<std::int64_t> shape, std::vector<std::uint8_t> codes, int bits, std::vector<float> scale,
                 std::vector<float> bias, std::int64_t axis);
Stored int8_of(std::vector<std::int64_t> shape, std::vector<std::int8_t> codes, float scale);

// Arrays that own what they hold; `owner` keeps it, beside what it has kept before.
Array keep(std::vector<float> values, std::shared_ptr<const void>& owner);
Array keep(std::vector<std::uint8_t> codes, NumberType type, std::shared_ptr<const void>& owner);

// The same content with codes of as many bits as the encoding says, in this order. Throws UsageError for a code that
// doesn't fit.
Stored packed(Stored stored, BitOrder order);

// The same content with codes, and zero points of integers, as signed numbers: each less 2^(bits - 1).
Stored as_signed(Stored stored);

// The same content without the values and codes that its mask doesn't keep.
Stored compact(Stored stored);

// The same content with the table's entries or scales, offsets and biases rounded to this type of float. Throws
// ModelError that begins with `place` where one becomes infinite.
Stored with_entries(Stored stored, NumberType type, std::string_view place);

}  // namespace goldilocks::weights
