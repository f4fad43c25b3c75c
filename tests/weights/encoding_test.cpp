#include "core/weights/encoding.hpp"

#include <gtest/gtest.h>

#include "core/weights/weight.hpp"

namespace goldilocks::weights {
namespace {

using Of = Granularity::Kind;

Granularity granularity(Of kind, std::int64_t size = 0) { return {.kind = kind, .size = size}; }

TEST(EncodingText, SaysKindWidthAndWhatIsUnusual) {
  EXPECT_EQ(to_text(Encoding{}), "empty");
  EXPECT_EQ(to_text(Encoding{.bits = -1}), "unknown");
  EXPECT_EQ(to_text(Encoding{.bits = 4}), "4 bit unknown");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::float32, .bits = 32}), "float32");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::float16, .bits = 16}), "float16");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::int8, .bits = 8}), "int8");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::table, .bits = 4}), "4 bit table");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::linear, .bits = 8, .granularity = granularity(Of::channel)}),
            "8 bit linear");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::group_table, .bits = 6, .granularity = granularity(Of::group, 16)}),
            "6 bit table, group:16");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::vector_table, .bits = 4, .entry = int8, .vector = 2}),
            "4 bit table, vectors of 2, int8 entries");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::zero_point, .bits = 4, .granularity = granularity(Of::block, 32)}),
            "uint4 linear, block:32");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::zero_point, .bits = 8, .is_signed = true}), "int8 linear");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::sparse_float32, .bits = 32, .entry = float16}), "sparse float16");
  EXPECT_EQ(to_text(Encoding{.kind = Kind::sparse_table, .bits = 4, .has_channel_scale = true}),
            "sparse 4 bit table, scaled per channel");
}

TEST(GranularityText, IsReadBackAsItWasWritten) {
  for (const char* text : {"tensor", "channel", "group:16", "block:32", "block:0,32", "block:1,0,0,3"}) {
    const auto read = granularity_from_text(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(to_text(*read), text);
  }
}

TEST(GranularityText, RefusesWhatIsNone) {
  for (const char* text : {"", "tensors", "group", "group:", "group:0", "group:-1", "group:1,2", "block:", "block:0",
                           "block:1,", "block:1,-2", "channel:1", "group:99999999999999999999", "group: 4"}) {
    EXPECT_FALSE(granularity_from_text(text)) << text;
  }
}

TEST(GridOf, CutsTheOutputAxisTheInputAxisOrAnyOfThem) {
  const std::vector<std::int64_t> shape{8, 6, 3};
  const Axes axes{.output = 0, .input = 1};
  EXPECT_EQ(grid_of(granularity(Of::tensor), shape, axes).grid, Grid{});
  EXPECT_EQ(grid_of(granularity(Of::channel), shape, axes).grid, (Grid{8, 1, 1}));
  EXPECT_EQ(grid_of(granularity(Of::group, 4), shape, axes).grid, (Grid{2, 1, 1}));
  EXPECT_EQ(grid_of(granularity(Of::block, 3), shape, axes).grid, (Grid{8, 2, 1}));
  EXPECT_EQ(grid_of({.kind = Of::blocks, .sizes = {4, 0, 1}}, shape, axes).grid, (Grid{2, 1, 3}));
  EXPECT_EQ(grid_of(granularity(Of::channel), shape, {}).grid, Grid{});
}

TEST(GridOf, SaysWhyThereIsNone) {
  const std::vector<std::int64_t> shape{8, 6, 3};
  const Axes axes{.output = 0, .input = 1};
  EXPECT_EQ(grid_of(granularity(Of::group, 3), shape, axes).reason, "3 doesn't divide the 8 of axis 0");
  EXPECT_EQ(grid_of(granularity(Of::block, 4), shape, axes).reason, "4 doesn't divide the 6 of axis 1");
  EXPECT_EQ(grid_of({.kind = Of::blocks, .sizes = {1, 2}}, shape, axes).reason, "2 block sizes don't suit its 3 axes");
  EXPECT_EQ(grid_of(granularity(Of::group, 2), shape, {}).reason, "it has no axis of channels");
  EXPECT_EQ(grid_of(granularity(Of::block, 2), shape, {.output = 0}).reason, "it has no input axis");
}

TEST(GranularityOf, IsTheShortestWayToSayAGrid) {
  const std::vector<std::int64_t> shape{8, 6, 3};
  const Axes axes{.output = 0, .input = 1};
  for (const char* text : {"tensor", "channel", "group:4", "block:3", "block:4,2,0", "block:0,2,0", "block:0,0,1"}) {
    const Grid grid = grid_of(granularity_from_text(text).value(), shape, axes).grid;
    EXPECT_EQ(to_text(granularity_of(grid, shape, axes)), text);
  }
}

TEST(Accepted, RefusesWithItsReasons) {
  Accepted accepted;
  accepted.kinds = {{.kind = Kind::float32},
                    {.kind = Kind::table, .widths = 1U << 4U},
                    {.kind = Kind::zero_point, .widths = 1U << 8U, .granularities = 0b11}};
  accepted.reasons = {{Kind::linear, "no, as it is Monday"}};
  const auto refusal = [&](Kind kind, int bits = 0, Granularity of = {}) {
    return accepted.refusal({.kind = kind, .bits = bits, .granularity = std::move(of)});
  };
  EXPECT_EQ(refusal(Kind::float32), "");
  EXPECT_EQ(refusal(Kind::float16), "the format takes only float32 here");
  EXPECT_EQ(refusal(Kind::int8), "the format takes no int8 here");
  EXPECT_EQ(refusal(Kind::group_table, 4), "the format takes no codes here");
  EXPECT_EQ(refusal(Kind::sparse_table, 4), "the format takes no sparse values here");
  EXPECT_EQ(refusal(Kind::linear, 8), "no, as it is Monday");
  EXPECT_EQ(refusal(Kind::table, 4), "");
  EXPECT_EQ(refusal(Kind::table, 3), "the format has no 3 bits here");
  EXPECT_EQ(refusal(Kind::zero_point, 8, granularity(Of::channel)), "");
  EXPECT_EQ(refusal(Kind::zero_point, 8, granularity(Of::block, 32)), "the format has no granularity block:32 here");
  EXPECT_EQ(accepted.refusal({.kind = Kind::table, .bits = 4, .entry = int8}), "the format has no tables of int8 here");
  EXPECT_EQ(accepted.refusal({.kind = Kind::table, .bits = 4, .has_channel_scale = true}),
            "the format has no scaled tables here");
  EXPECT_EQ(accepted.bits(), (1U << 5U) | (1U << 1U) | (1U << 6U));
}

}  // namespace
}  // namespace goldilocks::weights
