#include "core/plugins/new_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;
using ::goldilocks::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

// Every file below a folder.
std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  return files;
}

TEST(NewPlugin, TheTemplateLiesBesideTheProgram) {
  EXPECT_TRUE(fs::exists(installed_template_folder() / "plugin_name.cpp"));
  EXPECT_EQ(installation_prefix(), fs::canonical(GOLDILOCKS_BINARY_DIR));
}

TEST(NewPlugin, WritesAProjectOfThatName) {
  const TemporaryFolder parent;
  create_plugin_project("my_lut", parent.path(), installed_template_folder());
  EXPECT_TRUE(fs::exists(parent / "my_lut" / "my_lut.cpp"));
  EXPECT_THAT(read_file(parent / "my_lut" / "CMakeLists.txt"),
              HasSubstr("goldilocks_add_plugin(my_lut KIND quantizer SOURCES my_lut.cpp"));
  EXPECT_THAT(read_file(parent / "my_lut" / "pipeline.yaml"), HasSubstr("my_lut"));
  EXPECT_EQ(files_of(parent / "my_lut").size(), files_of(installed_template_folder()).size());
  for (const fs::path& file : files_of(parent / "my_lut")) {
    EXPECT_THAT(file.filename().string(), Not(HasSubstr("plugin_name")));
    EXPECT_THAT(read_file(file), Not(HasSubstr("plugin_name"))) << file;
  }
}

TEST(NewPlugin, ANameMayHoldThePlaceholder) {
  const TemporaryFolder parent;
  create_plugin_project("my_plugin_name", parent.path(), installed_template_folder());
  EXPECT_TRUE(fs::exists(parent / "my_plugin_name" / "my_plugin_name.cpp"));
}

TEST(NewPlugin, RefusesBadNames) {
  const TemporaryFolder parent;
  for (const std::string name : {"", "My_lut", "my-lut", "../up", "a/b", "."}) {
    EXPECT_THAT([&] { create_plugin_project(name, parent.path(), installed_template_folder()); },
                ::testing::ThrowsMessage<UsageError>(HasSubstr("names are made of a-z, 0-9 and _")))
        << name;
  }
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

TEST(NewPlugin, LeavesWhatIsThereAlone) {
  const TemporaryFolder parent;
  write_file_atomically(parent / "my_lut", std::string_view("mine"));
  EXPECT_THAT([&] { create_plugin_project("my_lut", parent.path(), installed_template_folder()); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr(": is there already")));
  EXPECT_EQ(read_file(parent / "my_lut"), "mine");
}

TEST(NewPlugin, GoesIntoAFolderThatIsThereByForceAlone) {
  const TemporaryFolder parent;
  const fs::path project = parent / "my_lut";
  write_file_atomically(project / "notes.txt", std::string_view("mine"));
  write_file_atomically(project / "my_lut.cpp", std::string_view("mine, too"));
  EXPECT_THAT(
      [&] { create_plugin_project("my_lut", parent.path(), installed_template_folder()); },
      ::testing::ThrowsMessage<UsageError>(HasSubstr(": is there already; --force writes the project into it")));
  EXPECT_EQ(read_file(project / "my_lut.cpp"), "mine, too");
  create_plugin_project("my_lut", parent.path(), installed_template_folder(), true);
  EXPECT_EQ(read_file(project / "notes.txt"), "mine");
  EXPECT_THAT(read_file(project / "my_lut.cpp"), HasSubstr("#include <goldilocks/plugin.hpp>"));
  EXPECT_EQ(files_of(project).size(), files_of(installed_template_folder()).size() + 1);
}

TEST(NewPlugin, ReplacesNothingButFilesEvenByForce) {
  const TemporaryFolder parent;
  write_file_atomically(parent / "a_file", std::string_view("mine"));
  EXPECT_THAT([&] { create_plugin_project("a_file", parent.path(), installed_template_folder(), true); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr(": is there already, and is no folder")));
  EXPECT_EQ(read_file(parent / "a_file"), "mine");
  const fs::path project = parent / "my_lut";
  write_file_atomically(project / "README.md", std::string_view("mine"));
  fs::create_directory(project / "pipeline.yaml");
  EXPECT_THAT([&] { create_plugin_project("my_lut", parent.path(), installed_template_folder(), true); },
              ::testing::ThrowsMessage<FileError>(HasSubstr("pipeline.yaml")));
  EXPECT_EQ(files_of(project).size(), 1);
  EXPECT_EQ(read_file(project / "README.md"), "mine");
}

TEST(NewPlugin, LeavesNothingHalfWritten) {
  const TemporaryFolder parent;
  const TemporaryFolder folder;
  write_file_atomically(folder / "a", std::string_view("text"));
  fs::create_symlink("nowhere", folder / "b");
  EXPECT_THAT([&] { create_plugin_project("my_lut", parent.path(), folder.path()); },
              ::testing::ThrowsMessage<FileError>(HasSubstr(folder.path().string())));
  EXPECT_TRUE(fs::is_empty(parent.path()));
  EXPECT_THAT([&] { create_plugin_project("my_lut", parent.path(), folder / "missing"); },
              ::testing::ThrowsMessage<FileError>(HasSubstr(": the plugin template is missing")));
  EXPECT_THAT([&] { create_plugin_project("my_lut", parent / "missing", installed_template_folder()); },
              ::testing::ThrowsMessage<FileError>(HasSubstr(": there is no such folder")));
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

}  // namespace
}  // namespace goldilocks::plugins
