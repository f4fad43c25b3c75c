#include "core/base/file_ending.hpp"

#include <gtest/gtest.h>

namespace goldilocks {
namespace {

TEST(FileEnding, IsInSmallLettersHoweverTheNameIsWritten) {
  EXPECT_EQ(file_ending("DATA/IMAGES.NPY"), ".npy");
  EXPECT_EQ(file_ending("list.Csv"), ".csv");
  EXPECT_EQ(file_ending("a.tar.gz"), ".gz");
  EXPECT_EQ(file_ending("a.DÉJÀ"), ".dÉjÀ");
}

TEST(FileEnding, NamesWithoutOneHaveNone) {
  EXPECT_EQ(file_ending("folder.npy/images"), "");
  EXPECT_EQ(file_ending(".npy"), "");
  EXPECT_EQ(file_ending(""), "");
}

TEST(FileEnding, IsOneOfSeveral) {
  EXPECT_TRUE(has_ending("A.JSON", {".csv", ".json"}));
  EXPECT_FALSE(has_ending("a.jsonl", {".csv", ".json"}));
  EXPECT_FALSE(has_ending("json", {".csv", ".json"}));
}

}  // namespace
}  // namespace goldilocks
