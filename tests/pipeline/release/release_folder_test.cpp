#include "core/pipeline/release/release_folder.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/partial.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

// A release of one file.
std::map<std::string, std::string> release(const std::string& content, const std::string& name = "net.mlmodel") {
  return {{name, content}, {release_manifest, R"({"kind": "goldilocks release", "files": []})"}};
}

std::vector<std::string> faults(const fs::path& folder) {
  std::vector<std::string> texts;
  for (const ReleaseFault& fault : verify_release(folder).faults) texts.push_back(fault.file + " " + fault.problem);
  return texts;
}

TEST(ReleaseFolder, WhatWasWrittenIsWhole) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  write_release(folder, release("weights", "a b'\\c.mlmodel"));
  EXPECT_TRUE(faults(folder).empty());
  EXPECT_EQ(verify_release(folder).files.size(), 2U);
  EXPECT_EQ(std::system(("cd '" + folder.string() + "' && sha256sum --check --quiet SHA256SUMS").c_str()), 0);
}

TEST(ReleaseFolder, NamesWhatWasAlteredRemovedAndAdded) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  write_release(folder, release("weights"));
  write_file_atomically(folder / "net.mlmodel", "wieghts");
  write_file_atomically(folder / "notes/extra.txt", "x");
  fs::remove(folder / release_manifest);
  EXPECT_THAT(faults(folder),
              ::testing::ElementsAre("manifest.json is missing", "net.mlmodel was altered",
                                     "notes is not part of the release", "notes/extra.txt is not part of the release"));
}

TEST(ReleaseFolder, SumsThatWereWrittenAnewDontAgreeWithTheManifest) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  write_release(folder, {{"a", "1"}, {release_manifest, R"({"kind": "goldilocks release", "files": [
                             {"name": "a", "sha256": "00"}, {"name": "b", "sha256": "00"}]})"}});
  EXPECT_THAT(faults(folder), ::testing::ElementsAre("a has another hash in the manifest than in SHA256SUMS",
                                                     "b is in the manifest, but not in SHA256SUMS"));
  fs::remove(folder / release_sums);
  EXPECT_THAT(faults(folder), ::testing::ElementsAre("SHA256SUMS is missing"));
}

TEST(ReleaseFolder, AFolderThatIsNoReleaseIsAnError) {
  const TemporaryFolder temporary;
  EXPECT_THAT([&] { verify_release(temporary.path()); },
              ::testing::ThrowsMessage<DataError>(::testing::HasSubstr(": not a folder that 'publish' has written")));
  write_file_atomically(temporary.path() / release_manifest, R"({"files": []})");
  EXPECT_THAT([&] { verify_release(temporary.path()); },
              ::testing::ThrowsMessage<DataError>(::testing::HasSubstr(": not a folder that 'publish' has written")));
}

TEST(ReleaseFolder, ALaterReleaseTakesThePlaceOfTheEarlier) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  write_release(folder / "", release("one", "old.mlmodel"));
  write_release(folder, release("two"));
  EXPECT_EQ(read_file(folder / "net.mlmodel"), "two");
  EXPECT_FALSE(fs::exists(folder / "old.mlmodel"));
  EXPECT_EQ(std::distance(fs::directory_iterator(temporary.path()), {}), 1);  // nothing is left aside
}

TEST(ReleaseFolder, WhatADeadPublisherLeftIsClearedAwayAndNothingOfOneAtWork) {
  const TemporaryFolder temporary;
  const fs::path dead = temporary.path() / ".release.partial.0123456789abcdef";
  write_file_atomically(dead / "net.mlmodel", "half");
  write_file_atomically(dead.string() + ".lock", "");
  const PartialFolder at_work(temporary.path() / ".release");
  const PartialFolder of_another(temporary.path() / ".other");
  write_release(temporary.path() / "release", release("weights"));
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::is_directory(at_work.path()));
  EXPECT_TRUE(fs::is_directory(of_another.path()));
}

TEST(ReleaseFolder, WhatNobodyPublishedIsNeverReplaced) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  write_file_atomically(folder / "mine.txt", "mine");
  EXPECT_THAT([&] { write_release(folder, release("x")); },
              ::testing::ThrowsMessage<UsageError>(
                  ::testing::HasSubstr("is in the way of the release; move it or choose another folder: ")));
  EXPECT_EQ(read_file(folder / "mine.txt"), "mine");
  write_file_atomically(temporary.path() / "file", "mine");
  EXPECT_THAT([&] { write_release(temporary.path() / "file", release("x")); },
              ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("it is not a folder")));

  const fs::path published = temporary.path() / "published";
  write_release(published, release("x"));
  write_file_atomically(published / "net.mlmodel", "edited");
  EXPECT_THAT([&] { write_release(published, release("y")); },
              ::testing::ThrowsMessage<UsageError>(
                  ::testing::HasSubstr("is in the way of the release; move it or choose another folder: ")));
  EXPECT_EQ(read_file(published / "net.mlmodel"), "edited");
}

}  // namespace
}  // namespace goldilocks::pipeline
