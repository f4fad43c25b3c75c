#include "core/pipeline/results/run_folder.hpp"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/base/partial.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

void commit(const fs::path& path, const std::vector<std::pair<std::string, std::string>>& files) {
  RunFolder folder(path);
  for (const auto& [name, content] : files) folder.add(name, content);
  folder.commit();
}

TEST(RunFolder, WritesItsFilesAndAManifestOfThem) {
  const TemporaryFolder folder;
  commit(folder / "run", {{"a.txt", "a"}, {"sub/b.txt", "b"}});
  EXPECT_EQ(read_file(folder / "run/a.txt"), "a");
  EXPECT_EQ(read_file(folder / "run/sub/b.txt"), "b");
  const std::string manifest = read_file(folder / "run/manifest.json");
  EXPECT_THAT(manifest, HasSubstr(R"("name": "sub/b.txt")"));
  EXPECT_THAT(manifest, HasSubstr(sha256(std::as_bytes(std::span("b", 1)))));
}

TEST(RunFolder, CopiesAndNeverLinks) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "artifact", "content");
  RunFolder run(folder / "run");
  run.add_copy("model.mlmodel", folder / "artifact", sha256_of_file(folder / "artifact"), 7);
  run.commit();
  EXPECT_EQ(read_file(folder / "run/model.mlmodel"), "content");
  EXPECT_EQ(fs::hard_link_count(folder / "artifact"), 1U);
  EXPECT_FALSE(fs::is_symlink(folder / "run/model.mlmodel"));
}

TEST(RunFolder, WhatIsThereAlreadyIsNotWrittenAgain) {
  const TemporaryFolder folder;
  commit(folder / "run", {{"a.txt", "a"}});
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(folder / "run/a.txt", old);
  commit(folder / "run", {{"a.txt", "a"}});
  EXPECT_EQ(fs::last_write_time(folder / "run/a.txt"), old);
  commit(folder / "run", {{"a.txt", "b"}});
  EXPECT_EQ(read_file(folder / "run/a.txt"), "b");
}

TEST(RunFolder, FilesOfAnEarlierRunThatNoLongerBelongAreRemoved) {
  const TemporaryFolder folder;
  commit(folder / "run", {{"a.txt", "a"}, {"sub/b.txt", "b"}});
  commit(folder / "run", {{"a.txt", "a"}});
  EXPECT_FALSE(fs::exists(folder / "run/sub"));
  EXPECT_TRUE(fs::exists(folder / "run/a.txt"));
}

TEST(RunFolder, FilesOfTheUserStayAndSoDoThoseThatTheUserChanged) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "run/mine.txt", "mine");
  commit(folder / "run", {{"a.txt", "a"}, {"b.txt", "b"}});
  write_file_atomically(folder / "run/b.txt", "edited");
  commit(folder / "run", {{"a.txt", "a"}});
  EXPECT_EQ(read_file(folder / "run/mine.txt"), "mine");
  EXPECT_EQ(read_file(folder / "run/b.txt"), "edited");
}

TEST(RunFolder, AFileThatNoRunWroteIsNotReplaced) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "run/b.txt", "mine");
  try {
    commit(folder / "run", {{"a.txt", "a"}, {"b.txt", "b"}});
    FAIL() << "nothing was thrown";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr((folder / "run/b.txt").string()));
  }
  EXPECT_EQ(read_file(folder / "run/b.txt"), "mine");
  EXPECT_FALSE(fs::exists(folder / "run/a.txt")) << "nothing was touched";
}

TEST(RunFolder, AFileWithTheSameContentIsNotInTheWay) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "run/a.txt", "a");
  commit(folder / "run", {{"a.txt", "a"}});
  commit(folder / "run", {{"a.txt", "b"}});
  EXPECT_EQ(read_file(folder / "run/a.txt"), "b");
}

TEST(RunFolder, NamesStayInsideAndAreUnique) {
  const TemporaryFolder folder;
  RunFolder run(folder / "run");
  run.add("a.txt", "a");
  EXPECT_THAT([&] { run.add("a.txt", "b"); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("two files of the run would be called 'a.txt'")));
  EXPECT_THAT([&] { run.add("../a.txt", "b"); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("'../a.txt' is not a name inside the run's folder")));
  EXPECT_THAT([&] { run.add("/tmp/a.txt", "b"); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("'/tmp/a.txt' is not a name inside the run's folder")));
  EXPECT_THAT([&] { run.add("manifest.json", "b"); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("two files of the run would be called 'manifest.json'")));
}

TEST(RunFolder, TheManifestOfAnotherProgramIsRefused) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "run/manifest.json", "[1, 2]");
  EXPECT_THAT([&] { RunFolder(folder / "run"); },
              ::testing::ThrowsMessage<UsageError>(
                  HasSubstr(": not the manifest of a run; is this another program's folder?")));
}

TEST(RunFolder, AManifestThatNamesFilesOutsideRemovesNothingThere) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "outside.txt", "x");
  write_file_atomically(folder / "run/manifest.json", R"({"files": [{"name": "../outside.txt"}]})");
  commit(folder / "run", {{"a.txt", "a"}});
  EXPECT_TRUE(fs::exists(folder / "outside.txt"));
}

// Who runs here holds the folder's lock, and a process id may be another's on another machine: the file's own lock
// tells.
TEST(RunFolder, LeftoversOfKilledRunsGoWhereverARunWrote) {
  const TemporaryFolder folder;
  commit(folder / "run", {{"a.txt", "a"}, {"deep/sub/b.txt", "b"}});
  for (const char* name : {"a.txt", "deep/sub/b.txt"}) {
    write_file_atomically(folder / "run" / (std::string(name) + ".partial.0123456789abcdef"), "half");
  }
  write_file_atomically(folder / "run/mine.partial.txt", "mine");
  commit(folder / "run", {{"a.txt", "a"}, {"deep/sub/b.txt", "b"}});
  EXPECT_FALSE(fs::exists(folder / "run/a.txt.partial.0123456789abcdef"));
  EXPECT_FALSE(fs::exists(folder / "run/deep/sub/b.txt.partial.0123456789abcdef"));
  EXPECT_TRUE(fs::exists(folder / "run/mine.partial.txt"));
}

TEST(RunFolder, AReportThatIsWrittenIntoItMeanwhileIsLeftAlone) {
  const TemporaryFolder folder;
  commit(folder / "run", {{"a.txt", "a"}});
  const PartialFolder report(folder / "run/.work");
  write_file_atomically(report.path() / "index.html", "html");
  commit(folder / "run", {{"a.txt", "a"}});
  EXPECT_EQ(read_file(report.path() / "index.html"), "html");
}

// Killed at any moment while it writes: the next commit ends as an undisturbed one does.
TEST(RunFolder, AKilledCommitIsNoObstacleForTheNext) {
  const TemporaryFolder folder;
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 20; ++i) files.emplace_back("file" + std::to_string(i) + ".txt", std::string(2000, 'x'));
  for (int round = 0; round < 12; ++round) {
    files[0].second = std::to_string(round);
    const pid_t child = ::fork();
    if (child == 0) {
      commit(folder / "run", files);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(round * 700));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    files[0].second += " again";
    commit(folder / "run", files);
    EXPECT_EQ(read_file(folder / "run/file0.txt"), files[0].second);
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder / "run")) count += entry.is_regular_file() ? 1 : 0;
    EXPECT_EQ(count, files.size() + 1) << "the files, and the manifest";
  }
}

}  // namespace
}  // namespace goldilocks::pipeline
