#include "core/plugins/plugin_text.hpp"

#include <gtest/gtest.h>

namespace goldilocks::plugins {
namespace {

TEST(CleanText, KeepsOneLineOfValidText) {
  EXPECT_EQ(clean_text(nullptr), "");
  EXPECT_EQ(clean_text("caf\u00e9 \u2264 \U0001F43B"), "caf\u00e9 \u2264 \U0001F43B");
  EXPECT_EQ(clean_text("two\nlines\r\n"), "two lines");
  EXPECT_EQ(clean_text("tab\there \x1b[31m\x7f"), "tab here  [31m");
}

TEST(CleanText, ReplacesInvalidBytes) {
  EXPECT_EQ(clean_text("a\x80z"), "a?z");
  EXPECT_EQ(clean_text("\xC0\xAF"), "??");            // overlong
  EXPECT_EQ(clean_text("\xED\xA0\x80"), "???");       // a surrogate
  EXPECT_EQ(clean_text("\xF4\x90\x80\x80"), "????");  // beyond U+10FFFF
  EXPECT_EQ(clean_text("\xE2\x82"), "??");            // cut off
}

TEST(CleanText, ReadsNoFurtherThanTheLimit) {
  const char text[] = {'a', 'b', 'c', 'd'};  // no end within
  EXPECT_EQ(clean_text(text, sizeof(text)), "abcd");
  EXPECT_EQ(clean_text("abcdef", 3), "abc");
}

TEST(ValidName, AllowsLowerCaseDigitsAndUnderscores) {
  EXPECT_TRUE(is_valid_name("kmeans_lut"));
  EXPECT_TRUE(is_valid_name("3"));
  for (const char* name : {"", "Linear", "a-b", "a.b", "../x", "a/b", "a b", "\u00e9"}) {
    EXPECT_FALSE(is_valid_name(name)) << name;
  }
}

}  // namespace
}  // namespace goldilocks::plugins
