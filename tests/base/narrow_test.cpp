#include "core/base/narrow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Narrow, KeepsWhatFitsAndRefusesToCut) {
  EXPECT_EQ(narrow(0, "a size in bytes"), 0U);
  EXPECT_EQ(narrow(std::uint64_t{4294967295U}, "a size in bytes"), 4294967295U);
  EXPECT_THAT([] { narrow(std::uint64_t{4294967296U}, "a size in bytes"); },
              ThrowsMessage<UsageError>(HasSubstr("4294967296 is beyond what the documents of a run hold as a size")));
  EXPECT_THAT([] { narrow(-1, "a size in bytes"); }, ThrowsMessage<UsageError>(HasSubstr("-1 is beyond")));
}

}  // namespace
}  // namespace goldilocks
