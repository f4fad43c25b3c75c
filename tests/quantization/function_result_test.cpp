#include "core/quantization/function_result.hpp"

#include <gtest/gtest.h>

#include "core/weights/codec.hpp"
#include "tests/quantization/made_up.hpp"

namespace goldilocks::quantization {
namespace {

using plugins::QuantizedTensor;
using weights::Kind;

QuantizedTensor zero_points(bool is_signed) {
  QuantizedTensor result;
  result.form = Kind::zero_point;
  result.bits = 4;
  result.codes = {0, 7, 8, 15};
  result.scale = {0.5F, 2};
  result.zero_point = {8, 1};
  result.signed_codes = is_signed;
  return result;
}

TEST(StoreResult, ZeroPointsAreTheSameSignedAndUnsigned) {
  const weights::Weight weight = made_up_weight({2, 2});
  for (const bool is_signed : {false, true}) {
    const FunctionResult stored = store_result(weight, {}, zero_points(is_signed));
    ASSERT_TRUE(stored.content) << stored.note;
    EXPECT_EQ(stored.content->encoding.is_signed, is_signed);
    EXPECT_EQ(stored.content->values.bytes.size(), 2U);
    EXPECT_EQ(weights::decode(*stored.content, "t"), (std::vector<float>{-4, -0.5F, 14, 28}));
  }
}

TEST(StoreResult, WithoutZeroPointsTheStoredNumberCounts) {
  const weights::Weight weight = made_up_weight({2, 2});
  QuantizedTensor result = zero_points(true);
  result.zero_point.clear();
  EXPECT_EQ(weights::decode(store_result(weight, {}, result).content.value(), "t"),
            (std::vector<float>{-4, -0.5F, 0, 14}));
}

TEST(StoreResult, MasksKeepSomeCodesAndFloats) {
  const weights::Weight weight = made_up_weight({2, 2});
  QuantizedTensor floats;
  floats.form = Kind::sparse_float32;
  floats.bits = 32;
  floats.float32 = {1, 2, 3, 4};
  floats.mask = {1, 0, 0, 1};
  const auto kept = store_result(weight, {}, floats).content.value();
  EXPECT_EQ(kept.values.count, 2U);
  EXPECT_EQ(weights::decode(kept, "t"), (std::vector<float>{1, 0, 0, 4}));
  QuantizedTensor table;
  table.form = Kind::sparse_table;
  table.bits = 1;
  table.table = {3, 5};
  table.codes = {0, 1, 1, 0};
  table.mask = {1, 1, 0, 1};
  EXPECT_EQ(weights::decode(store_result(weight, {}, table).content.value(), "t"), (std::vector<float>{3, 5, 0, 3}));
}

TEST(StoreResult, VectorsLieAlongTheAxisOfChannels) {
  QuantizedTensor result;
  result.form = Kind::vector_table;
  result.bits = 1;
  result.vector_length = 2;
  result.table = {1, 2, 3, 4};
  result.codes = {0, 1, 1};
  const auto stored = store_result(made_up_weight({2, 3}), {}, result).content.value();
  EXPECT_EQ(weights::decode(stored, "t"), (std::vector<float>{1, 3, 3, 2, 4, 4}));
}

TEST(StoreResult, TablesOfGroupsLieAlongTheAxisOfChannels) {
  QuantizedTensor result;
  result.form = Kind::group_table;
  result.bits = 1;
  result.groups = 2;
  result.table = {1, 2, 3, 4};
  result.codes = {0, 1, 0, 1};
  const auto stored = store_result(made_up_weight({4}), {}, result).content.value();
  EXPECT_EQ(weights::decode(stored, "t"), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(weights::to_text(stored.encoding), "1 bit table, group:2");
}

}  // namespace
}  // namespace goldilocks::quantization
