// Every encoding at small sizes, decoded by the codec and by the definition of each: place by place, with indexes.
#include <cmath>
#include <cstring>
#include <functional>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::weights {
namespace {

using Shape = std::vector<std::int64_t>;

float half(float value) { return float_from_half(half_from_float(value)); }

// Positions of a tensor, and the block of a grid that each lies in.
class Places {
 public:
  explicit Places(Shape shape) : shape_(std::move(shape)) {}

  std::size_t count() const {
    std::size_t product = 1;
    for (const std::int64_t dim : shape_) product *= static_cast<std::size_t>(dim);
    return product;
  }
  Shape position(std::size_t index) const {
    Shape position(shape_.size());
    for (std::size_t axis = shape_.size(); axis-- > 0;) {
      position[axis] = static_cast<std::int64_t>(index) % shape_[axis];
      index /= static_cast<std::size_t>(shape_[axis]);
    }
    return position;
  }
  std::size_t index(const Shape& position) const {
    std::size_t index = 0;
    for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
      index = index * static_cast<std::size_t>(shape_[axis]) + static_cast<std::size_t>(position[axis]);
    }
    return index;
  }
  std::size_t block(const Grid& grid, std::size_t index) const {
    if (grid.empty()) return 0;
    Shape at = position(index);
    for (std::size_t axis = 0; axis < at.size(); ++axis) at[axis] /= shape_[axis] / grid[axis];
    return Places(grid).index(at);
  }

 private:
  Shape shape_;
};

// A tensor as plain lists, from which both a Stored and the expected values are made.
struct Example {
  Kind kind = Kind::table;
  int bits = 4;
  Shape shape{4, 6};
  Grid table_grid{}, scale_grid{};
  int vector = 1;
  std::size_t axis = 0;
  NumberType type = float32;  // of entries and scales
  bool has_offset = false, has_bias = false, is_signed = false, is_masked = false, is_compact = true;
  bool rounds_once = false, int8_entries = false, scaled_table = false;
  bool has_wide_offset = false;  // float32, whatever the scales are
  BitOrder order = BitOrder::lowest_first;
};

class Made {
 public:
  Made(const Example& example, unsigned seed) : example_(example), random_(seed) {
    Places places(example.shape);
    Shape code_shape = example.shape;
    code_shape[example.axis] /= example.vector;
    code_shape_ = code_shape;
    const std::size_t code_count = Places(code_shape).count();
    for (std::size_t i = 0; i < code_count; ++i) {
      codes_.push_back(static_cast<std::uint8_t>(random_() % (1U << static_cast<unsigned>(example.bits))));
      mask_.push_back(example.is_masked ? static_cast<std::uint8_t>(random_() % 2) : 1);
    }
    stored_.encoding = {.kind = example.kind,
                        .bits = example.bits,
                        .entry = example.type,
                        .is_signed = example.is_signed,
                        .vector = example.vector};
    stored_.shape = example.shape;
    stored_.vector_axis = example.axis;
    put_codes();
    if (is_table(example.kind)) put_table();
    if (is_scaled(example.kind) || example.scaled_table) put_scaling(places);
  }

  const Stored& stored() const { return stored_; }

  std::vector<float> expected() const {
    const Places places(example_.shape);
    const Places codes(code_shape_);
    std::vector<float> values;
    for (std::size_t i = 0; i < places.count(); ++i) {
      Shape position = places.position(i);
      const auto component = static_cast<std::size_t>(position[example_.axis] % example_.vector);
      position[example_.axis] /= example_.vector;
      const std::size_t code = codes.index(position);
      if (mask_[code] == 0) {
        values.push_back(0);
        continue;
      }
      values.push_back(scaled(number(code, component), places.block(example_.scale_grid, i)));
    }
    return values;
  }

 private:
  float some_float() {
    const float value = static_cast<float>(static_cast<int>(random_() % 4001) - 2000) / 777.0F;
    return example_.type == float16 ? half(value) : value;
  }
  std::vector<float> some_floats(std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = some_float();
    return values;
  }
  Array keep_floats(const std::vector<float>& values) {
    if (example_.type == float32) return keep(values, stored_.owner);
    std::vector<std::uint8_t> bytes;
    for (const float value : values) {
      const std::uint16_t bits = half_from_float(value);
      bytes.push_back(static_cast<std::uint8_t>(bits & 0xFFU));
      bytes.push_back(static_cast<std::uint8_t>(bits >> 8U));
    }
    Array array = keep(std::move(bytes), uint8, stored_.owner);
    array.type = float16;
    array.count = values.size();
    return array;
  }

  // Packed bit by bit, by the definition of the order.
  Array pack(const std::vector<std::uint8_t>& codes, NumberType type) {
    const auto bits = static_cast<std::size_t>(type.bits);
    std::vector<std::uint8_t> bytes((codes.size() * bits + 7) / 8, 0);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      for (std::size_t bit = 0; bit < bits; ++bit) {
        if ((codes[i] >> bit & 1U) == 0) continue;
        const bool lowest = example_.order == BitOrder::lowest_first;
        const std::size_t at = lowest ? i * bits + bit : i * bits + bits - 1 - bit;
        bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | 1U << (lowest ? at % 8 : 7 - at % 8));
      }
    }
    Array array = keep(std::move(bytes), type, stored_.owner);
    array.count = codes.size();
    array.order = example_.order;
    return array;
  }

  void put_codes() {
    std::vector<std::uint8_t> kept;
    for (std::size_t i = 0; i < codes_.size(); ++i) {
      if (!example_.is_compact || mask_[i] != 0) kept.push_back(codes_[i]);
    }
    stored_.values = pack(kept, example_.is_signed ? signed_code(example_.bits) : code(example_.bits));
    if (example_.is_masked) stored_.mask = pack(mask_, code(1));
  }

  void put_table() {
    const std::size_t tables = example_.table_grid.empty() ? 1 : Places(example_.table_grid).count();
    const std::size_t count =
        tables * (std::size_t{1} << static_cast<unsigned>(example_.bits)) * static_cast<std::size_t>(example_.vector);
    stored_.table_grid = example_.table_grid;
    if (!example_.int8_entries) {
      table_ = some_floats(count);
      stored_.table = keep_floats(table_);
      return;
    }
    std::vector<std::uint8_t> entries(count);
    for (std::uint8_t& entry : entries) entry = static_cast<std::uint8_t>(random_());
    const float scale = some_float();
    for (const std::uint8_t entry : entries) {
      const float value = scale * static_cast<float>(static_cast<std::int8_t>(entry));
      table_.push_back(example_.type == float16 ? half(value) : value);
    }
    stored_.table = keep(std::move(entries), int8, stored_.owner);
    stored_.table_scaling.scale = keep_floats({scale});
  }

  void put_scaling(const Places&) {
    const std::size_t blocks = example_.scale_grid.empty() ? 1 : Places(example_.scale_grid).count();
    scale_ = some_floats(blocks);
    stored_.scaling.grid = example_.scale_grid;
    stored_.scaling.scale = keep_floats(scale_);
    stored_.scaling.rounds_once = example_.rounds_once;
    if (example_.has_offset) {
      offset_ = some_floats(blocks);
      if (example_.has_wide_offset) {
        for (float& offset : offset_) offset *= 1.01F;
      }
      stored_.scaling.offset = example_.has_wide_offset ? keep(offset_, stored_.owner) : keep_floats(offset_);
    }
    if (example_.has_bias) {
      bias_ = some_floats(blocks);
      stored_.scaling.bias = keep_floats(bias_);
    }
  }

  float number(std::size_t code, std::size_t component) const {
    if (is_table(example_.kind)) {
      const std::size_t table = Places(code_shape_).block(example_.table_grid, code);
      const std::size_t entry = (table << static_cast<unsigned>(example_.bits)) + codes_[code];
      return table_[entry * static_cast<std::size_t>(example_.vector) + component];
    }
    const int number = codes_[code];
    const bool is_negative = example_.is_signed && (number >> (example_.bits - 1)) != 0;
    return static_cast<float>(is_negative ? number - (1 << example_.bits) : number);
  }

  float scaled(float value, std::size_t block) const {
    if (scale_.empty()) return value;
    if (example_.has_bias) {
      return static_cast<float>(static_cast<double>(value) * static_cast<double>(scale_[block]) +
                                static_cast<double>(bias_[block]));
    }
    const bool each_step = example_.type == float16 && !example_.rounds_once;
    const auto step = [&](float result) { return each_step ? half(result) : result; };
    value = step(value);
    if (example_.has_offset) value = step(value - step(offset_[block]));
    value = step(value * scale_[block]);
    return example_.type == float16 ? half(value) : value;
  }

  Example example_;
  std::mt19937 random_;
  Shape code_shape_;
  std::vector<std::uint8_t> codes_, mask_;
  std::vector<float> table_, scale_, offset_, bias_;
  Stored stored_;
};

void expect_as_defined(const Example& example, const std::string& name) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const Made made(example, seed);
    const std::vector<float> expected = made.expected();
    EXPECT_EQ(decode(made.stored(), name), expected) << name;
    // In pieces that don't suit anything.
    std::vector<float> pieces(expected.size());
    Decoder decoder(made.stored());
    for (std::size_t at = 0; at < pieces.size(); at += 5) {
      decoder.next(std::span(pieces).subspan(at, std::min<std::size_t>(5, pieces.size() - at)));
    }
    EXPECT_EQ(pieces, expected) << name;
    EXPECT_EQ(decode(compact(made.stored()), name), expected) << name;
    EXPECT_EQ(decode(packed(made.stored(), BitOrder::highest_first), name), expected) << name;
  }
}

TEST(Decode, OneTableAtEveryWidthAndInBothOrdersOfBits) {
  for (int bits = 1; bits <= 8; ++bits) {
    for (const BitOrder order : {BitOrder::lowest_first, BitOrder::highest_first}) {
      expect_as_defined({.bits = bits, .shape = {5, 7}, .order = order}, fmt::format("{} bits", bits));
    }
  }
}

TEST(Decode, TablesOfGroupsAlongEveryAxis) {
  for (const Grid& grid : {Grid{2, 1, 1}, Grid{4, 1, 1}, Grid{1, 3, 1}, Grid{1, 1, 2}, Grid{2, 3, 1}, Grid{4, 6, 2}}) {
    for (const NumberType type : {float32, float16}) {
      expect_as_defined({.kind = Kind::group_table, .shape = {4, 6, 2}, .table_grid = grid, .type = type},
                        fmt::format("{} of {}", grid[0], to_text(type)));
    }
  }
}

TEST(Decode, VectorsAlongEveryAxisWithOneTableOrSeveral) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (const bool grouped : {false, true}) {
      Grid grid;
      if (grouped) grid = axis == 0 ? Grid{2, 1, 1} : Grid{2, 2, 1};
      expect_as_defined({.kind = Kind::vector_table,
                         .bits = 3,
                         .shape = {4, 4, 6},
                         .table_grid = axis == 2 ? Grid{} : grid,
                         .vector = 2,
                         .axis = axis},
                        fmt::format("axis {}, grouped {}", axis, grouped));
    }
  }
}

TEST(Decode, TablesOfInt8AndTablesThatAreScaled) {
  for (const NumberType type : {float32, float16}) {
    expect_as_defined({.kind = Kind::group_table, .table_grid = {2, 1}, .type = type, .int8_entries = true}, "int8");
    expect_as_defined({.scale_grid = {1, 6}, .type = type, .scaled_table = true}, "scaled");
    expect_as_defined({.kind = Kind::group_table,
                       .table_grid = {2, 1},
                       .scale_grid = {4, 1},
                       .type = type,
                       .int8_entries = true,
                       .scaled_table = true},
                      "both");
  }
}

TEST(Decode, LinearCodesInFloat64RoundedOnce) {
  for (const Grid& grid : {Grid{}, Grid{4, 1, 1}, Grid{1, 6, 1}}) {
    expect_as_defined({.kind = Kind::linear, .bits = 5, .shape = {4, 6, 3}, .scale_grid = grid, .has_bias = true},
                      "linear");
  }
}

TEST(Decode, ZeroPointsPerTensorChannelAndBlock) {
  for (const Grid& grid : {Grid{}, Grid{4, 1}, Grid{1, 6}, Grid{4, 2}, Grid{2, 3}}) {
    for (const NumberType type : {float32, float16}) {
      for (const bool has_offset : {false, true}) {
        for (const bool is_signed : {false, true}) {
          for (const bool rounds_once : {false, true}) {
            expect_as_defined({.kind = Kind::zero_point,
                               .scale_grid = grid,
                               .type = type,
                               .has_offset = has_offset,
                               .is_signed = is_signed,
                               .rounds_once = rounds_once},
                              fmt::format("{} {} {} {}", to_text(type), has_offset, is_signed, rounds_once));
          }
        }
      }
    }
  }
}

TEST(Decode, OffsetsOfFloat32BesideScalesOfFloat16) {
  for (const bool rounds_once : {false, true}) {
    expect_as_defined({.kind = Kind::zero_point,
                       .scale_grid = {4, 1},
                       .type = float16,
                       .has_offset = true,
                       .rounds_once = rounds_once,
                       .has_wide_offset = true},
                      "wide");
  }
}

TEST(Decode, MasksWithAnyOfThem) {
  for (const bool is_compact : {true, false}) {
    expect_as_defined({.kind = Kind::sparse_table, .table_grid = {2, 1}, .is_masked = true, .is_compact = is_compact},
                      "table");
    expect_as_defined({.kind = Kind::sparse_table,
                       .shape = {4, 4, 6},
                       .vector = 2,
                       .axis = 1,
                       .is_masked = true,
                       .is_compact = is_compact},
                      "vectors");
    expect_as_defined({.kind = Kind::sparse_linear,
                       .scale_grid = {4, 1},
                       .has_bias = true,
                       .is_masked = true,
                       .is_compact = is_compact},
                      "linear");
    expect_as_defined({.kind = Kind::sparse_zero_point,
                       .scale_grid = {4, 3},
                       .type = float16,
                       .has_offset = true,
                       .is_masked = true,
                       .is_compact = is_compact},
                      "zero point");
  }
}

TEST(Decode, LargeTensorsAsSmallOnes) {
  expect_as_defined({.bits = 3, .shape = {97, 211}}, "table");
  expect_as_defined(
      {.kind = Kind::sparse_table, .bits = 6, .shape = {96, 211}, .table_grid = {4, 1}, .is_masked = true}, "sparse");
  expect_as_defined({.kind = Kind::linear, .bits = 7, .shape = {97, 211}, .scale_grid = {97, 1}, .has_bias = true},
                    "linear");
}

TEST(Decode, FloatsAndSparseFloats) {
  const std::vector<float> values{1.5F, 0, -2, 0, 0, 65504};
  EXPECT_EQ(decode(float32_of({2, 3}, values), "t"), values);
  EXPECT_EQ(decode(float16_of({2, 3}, values, "t"), "t"), values);
  Stored sparse = float32_of({2, 3}, {1.5F, -2, 65504});
  sparse.encoding.kind = Kind::sparse_float32;
  sparse.mask = keep({1, 0, 1, 0, 0, 1}, uint8, sparse.owner);
  EXPECT_EQ(decode(sparse, "t"), values);
  EXPECT_EQ(decode(with_entries(sparse, float16, "t"), "t"), values);
  EXPECT_TRUE(decode(Stored{}, "t").empty());
}

TEST(Decode, AFloat32TensorIsViewedWithoutACopy) {
  const Stored stored = float32_of({2}, {1, 2});
  std::vector<float> buffer;
  const auto values = view(stored, "t", buffer);
  EXPECT_EQ(static_cast<const void*>(values.data()), static_cast<const void*>(stored.values.bytes.data()));
  EXPECT_TRUE(buffer.empty());
}

std::string fault(const Stored& stored) {
  try {
    check(stored, "here");
  } catch (const ModelError& error) {
    return error.what();
  }
  return "";
}

TEST(CheckStored, NamesWhatDoesNotFit) {
  EXPECT_EQ(fault(float32_of({2, 2}, {1, 2, 3})), "here: 3 values are stored, the shape [2, 2] needs 4");
  EXPECT_EQ(fault(float32_of({-1}, {})), "here: the shape [-1] is not possible");
  EXPECT_EQ(fault(table_of({2}, {0, 1}, 2, {1, 2})), "here: the table has 2 entries, 2 bits need 4");
  EXPECT_EQ(fault(table_of({2}, {0, 4}, 2, {1, 2, 3, 4})), "here: code 4 at position 1 does not fit into 2 bits");
  EXPECT_EQ(fault(table_of({2}, {0, 0}, 9, {1})), "here: codes of 9 bits; the width must be 1 to 8");
  EXPECT_EQ(fault(linear_of({2}, {0, 0}, 1, {}, {}, -1)), "here: no linear scale is stored");
  EXPECT_EQ(fault(linear_of({2}, {0, 0}, 1, {1}, {1, 2}, -1)), "here: 2 linear biases are stored for 1 scales");
  EXPECT_EQ(fault(linear_of({4, 1}, {0, 0, 0, 0}, 1, {1, 2, 3}, {}, 0)),
            "here: blocks of [3, 1] don't divide the shape [4, 1]");
  Stored cut = packed(table_of({9}, std::vector<std::uint8_t>(9, 1), 1, {1, 2}), BitOrder::lowest_first);
  cut.values.bytes = cut.values.bytes.first(1);
  EXPECT_EQ(fault(cut), "here: 9 codes of 1 bits need 2 bytes, 1 are stored");
  Stored masked = table_of({3}, {0, 1}, 1, {1, 2});
  masked.encoding.kind = Kind::sparse_table;
  EXPECT_EQ(fault(masked), "here: a mask of 0 is stored, the shape [3] needs 3");
  masked.mask = keep({1, 1, 1}, uint8, masked.owner);
  EXPECT_EQ(fault(masked), "here: 2 values are stored, the shape [3] needs 3");
  Stored vectors = table_of({3}, {0}, 1, {1, 2, 3, 4});
  vectors.encoding.kind = Kind::vector_table;
  vectors.encoding.vector = 2;
  EXPECT_EQ(fault(vectors), "here: vectors of 2 don't suit the shape [3]");
}

TEST(Float16, RefusesWhatBecomesInfiniteAndKeepsExactInfinities) {
  try {
    float16_of({2}, std::vector{1.0F, 65520.0F}, "here");
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_STREQ(error.what(), "here: the value 65520 at position 1 is too large for float16");
  }
  const std::vector<float> infinite{INFINITY, 1};
  ASSERT_TRUE(exact_float16({2}, infinite));
  EXPECT_EQ(decode(*exact_float16({2}, infinite), "t"), infinite);
  EXPECT_FALSE(exact_float16({1}, std::vector{0.1F}));
}

TEST(WithEntries, RoundsTablesAndScalesAndRefusesAnOverflow) {
  const Stored table = with_entries(table_of({2}, {0, 1}, 1, {0.1F, 3}), float16, "t");
  EXPECT_EQ(table.encoding.entry, float16);
  EXPECT_EQ(decode(table, "t"), (std::vector<float>{half(0.1F), 3}));
  EXPECT_THROW(with_entries(table_of({2}, {0, 1}, 1, {0, 1e6F}), float16, "t"), ModelError);
}

}  // namespace
}  // namespace goldilocks::weights
