#include "core/base/input_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;

TEST(InputFiles, AnInputIsKnownByEveryPathAndLink) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "models" / "a", std::string_view("a"));
  write_file_atomically(folder / "models" / "b", std::string_view("a"));
  fs::create_hard_link(folder / "models" / "a", folder / "hard");
  fs::create_symlink("models/a", folder / "soft");
  fs::create_directory_symlink("models", folder / "linked");
  InputFiles inputs;
  inputs.add(folder / "models" / "a");
  inputs.add(folder / "missing");
  for (const char* name : {"models/a", "models/../models/a", "hard", "soft", "linked/a"}) {
    EXPECT_THAT([&] { inputs.require_other(folder / name); },
                ::testing::ThrowsMessage<UsageError>(
                    (folder / name).string() +
                    ": is an input of this command, and would be lost; write to another file, or give --force"));
  }
  for (const char* name : {"models/b", "missing", "models", "new/a"}) {
    EXPECT_NO_THROW(inputs.require_other(folder / name)) << name;
  }
}

TEST(InputFiles, StandardOutputMayBeOne) {
  const testing::TemporaryFolder folder;
  const int input = ::open((folder / "a").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  InputFiles inputs;
  inputs.add(folder / "a");
  EXPECT_FALSE(inputs.contains("-"));
  const int kept = ::dup(STDOUT_FILENO);
  ::dup2(input, STDOUT_FILENO);
  const bool is_input = inputs.contains("-") && inputs.contains("/dev/stdout");
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  ::close(input);
  EXPECT_TRUE(is_input);
}

}  // namespace
}  // namespace goldilocks
