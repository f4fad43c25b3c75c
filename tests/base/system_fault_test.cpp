#include "core/base/system_fault.hpp"

#include <cerrno>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/base/file.hpp"
#include "core/base/open_file.hpp"

namespace goldilocks {
namespace {

TEST(SystemFault, IsWhatMayBeGoneTheNextTime) {
  for (const int number : {EAGAIN, EINTR, EIO, EMFILE, ENFILE, ENOMEM}) {
    EXPECT_THROW(throw_file_error("a.png", "read", number), SystemFault) << number;
  }
  for (const int number : {EACCES, EISDIR, ELOOP, ENOENT}) {
    try {
      throw_file_error("a.png", "read", number);
    } catch (const SystemFault&) {
      FAIL() << number << " is of the file";
    } catch (const FileError&) {
    }
  }
}

TEST(SystemFault, AFileThatCantBeOpenedForWantOfDescriptorsMeetsOne) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  rlimit none = limit;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_THROW(OpenFile(GOLDILOCKS_SOURCE_DIR "/README.md"), SystemFault);
  EXPECT_THROW(read_file(GOLDILOCKS_SOURCE_DIR "/README.md"), SystemFault);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

}  // namespace
}  // namespace goldilocks
