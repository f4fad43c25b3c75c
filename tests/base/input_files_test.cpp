#include "core/base/input_files.hpp"

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

}  // namespace
}  // namespace goldilocks
