#include "core/base/suggest.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace goldilocks {
namespace {

const std::vector<std::string> names = {"linear", "linear_lut", "kmeans_lut"};

TEST(Suggest, FindsTheMisspeltWord) {
  EXPECT_EQ(closest_match("kmean_lut", names), "kmeans_lut");
  EXPECT_EQ(closest_match("lienar", names), "linear");
  EXPECT_EQ(did_you_mean("linaer_lut", names), "; did you mean 'linear_lut'?");
}

TEST(Suggest, SaysNothingWhenNothingIsClose) {
  EXPECT_EQ(closest_match("palettize", names), "");
  EXPECT_EQ(did_you_mean("xyz", names), "");
  EXPECT_EQ(did_you_mean("linear", {}), "");
}

}  // namespace
}  // namespace goldilocks
