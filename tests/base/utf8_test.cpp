#include "core/base/utf8.hpp"

#include <gtest/gtest.h>

namespace goldilocks {
namespace {

TEST(Utf8, IsWhatUnicodeDefines) {
  for (const char* text : {"", "plain", "é", "寿司", "🍟", "\xF4\x8F\xBF\xBF"}) EXPECT_FALSE(invalid_utf8(text)) << text;
  for (const char* text : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_EQ(invalid_utf8(text), 0U) << text;
  }
}

TEST(Utf8, FindsTheFirstByteThatIsNoneOfIt) {
  EXPECT_EQ(invalid_utf8("ab\xFF"), 2U);
  EXPECT_EQ(invalid_utf8("a\xC3z"), 1U);
  EXPECT_EQ(invalid_utf8("é\xE2\x82"), 2U) << "cut short";
}

}  // namespace
}  // namespace goldilocks
