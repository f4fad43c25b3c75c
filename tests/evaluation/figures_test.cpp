#include "core/evaluation/figures.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

TEST(Figures, SizesHaveTheUnitThatFits) {
  EXPECT_EQ(size_in_words(0), "0 bytes");
  EXPECT_EQ(size_in_words(1), "1 byte");
  EXPECT_EQ(size_in_words(999), "999 bytes");
  EXPECT_EQ(size_in_words(1000), "1 kB");
  EXPECT_EQ(size_in_words(618'348), "618 kB");
  EXPECT_EQ(size_in_words(999'499), "999 kB");
  EXPECT_EQ(size_in_words(999'999), "1.00 MB");
  EXPECT_EQ(size_in_words(3'723'258), "3.72 MB");
}

TEST(Figures, SizesAreComparedInPercentAndBelowOneInBytes) {
  EXPECT_EQ(size_against(300, 1000), "70 % less than");
  EXPECT_EQ(size_against(1100, 1000), "10 % more than");
  EXPECT_EQ(size_against(1001, 1000), "1 byte more than");
  EXPECT_EQ(size_against(995, 1000), "5 bytes less than");
  EXPECT_EQ(size_against(7, 7), "as large as");
  EXPECT_EQ(size_against(7, 0), "7 bytes more than");
}

TEST(Figures, ANumberNeverLooksEqualToALimitThatItIsNot) {
  EXPECT_EQ(figure_against(0.0104, 0.01), "0.0104");
  EXPECT_EQ(figure_against(0.010004, 0.01), "0.010004");
  EXPECT_EQ(figure_against(0.00996, 0.01), "0.00996");
  EXPECT_EQ(figure_against(0.01, 0.01), "0.010");
  EXPECT_EQ(figure_against(0.0334, 0.01), "0.033");
}

TEST(Figures, TwoFiguresHaveAsManyDecimalsAsTellThemApart) {
  EXPECT_EQ(figures_apart(0.5, 0.25), std::pair(std::string("0.500"), std::string("0.250")));
  EXPECT_EQ(figures_apart(0.60604, 0.606), std::pair(std::string("0.60604"), std::string("0.60600")));
}

TEST(Figures, PlainNumbersAreShort) {
  EXPECT_EQ(plain_number(0.01), "0.01");
  EXPECT_EQ(plain_number(0), "0");
}

}  // namespace
}  // namespace goldilocks::evaluation
