#include "core/quantization/slices.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace goldilocks::quantization {
namespace {

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

TEST(Slices, AreCutByGroupsOfRows) {
  const Slices slices({4, 3}, {2, 1});
  ASSERT_EQ(slices.count(), 2U);
  EXPECT_EQ(slices.shape(), (std::vector<std::int64_t>{2, 3}));
  std::vector<float> slice(slices.size());
  slices.cut<float>(counted(12), 1, slice);
  EXPECT_EQ(slice, (std::vector<float>{6, 7, 8, 9, 10, 11}));
}

TEST(Slices, AreCutAcrossRows) {
  const Slices slices({2, 4}, {1, 2});
  std::vector<float> slice(slices.size());
  slices.cut<float>(counted(8), 1, slice);
  EXPECT_EQ(slice, (std::vector<float>{2, 3, 6, 7}));
}

TEST(Slices, HoldEachValueOnceInEveryGridAndGoBackWhereTheyWere) {
  const std::vector<std::int64_t> shape{4, 6, 2, 3};
  const std::vector<float> values = counted(144);
  for (const weights::Grid& grid :
       {weights::Grid{}, weights::Grid{1, 1, 1, 1}, weights::Grid{4, 1, 1, 1}, weights::Grid{2, 3, 1, 1},
        weights::Grid{1, 1, 1, 3}, weights::Grid{4, 6, 2, 3}, weights::Grid{1, 2, 2, 1}, weights::Grid{2, 1, 2, 3}}) {
    const Slices slices(shape, grid);
    std::vector<float> back(values.size(), -1);
    std::vector<float> slice(slices.size());
    for (std::size_t i = 0; i < slices.count(); ++i) {
      slices.cut<float>(values, i, slice);
      slices.put<float>(slice, i, back);
    }
    EXPECT_EQ(back, values);
    EXPECT_EQ(slices.count() * slices.size(), values.size());
  }
}

}  // namespace
}  // namespace goldilocks::quantization
