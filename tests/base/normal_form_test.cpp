#include "core/base/normal_form.hpp"

#include <gtest/gtest.h>

namespace goldilocks {
namespace {

TEST(NormalForm, ComposesLettersAndTheirAccents) {
  EXPECT_EQ(normal_form("cafe\u0301"), "caf\u00e9");
  EXPECT_EQ(normal_form("caf\u00e9"), "caf\u00e9");
  EXPECT_EQ(normal_form("\u1112\u1161\u11ab"), "\ud55c");  // a Hangul syllable
  EXPECT_EQ(normal_form("\u212b"), "\u00c5");              // the sign for angstrom is the letter
}

TEST(NormalForm, LeavesWhatIsNoUtf8AndWhatIsOnlyAlike) {
  EXPECT_EQ(normal_form("caf\xe9"), "caf\xe9");
  EXPECT_EQ(normal_form("\ufb01"), "\ufb01");  // the ligature of f and i is another character
  EXPECT_EQ(normal_form("Plain_Text 1"), "Plain_Text 1");
  EXPECT_EQ(normal_form(""), "");
}

}  // namespace
}  // namespace goldilocks
