#include "core/pipeline/release/release_folder.hpp"

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

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

using ReleaseFiles = std::map<std::string, std::string>;  // content by name

void write_files(const fs::path& folder, const ReleaseFiles& files) {
  write_release(folder, [&](const fs::path& into) {
    for (const auto& [name, content] : files) write_file_atomically(into / name, content);
  });
}

// A release of one file.
ReleaseFiles release(const std::string& content, const std::string& name = "net.mlmodel") {
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
  write_files(folder, release("weights", "a b'\\c.mlmodel"));
  EXPECT_TRUE(faults(folder).empty());
  EXPECT_EQ(verify_release(folder).files.size(), 2U);
  EXPECT_EQ(std::system(("cd '" + folder.string() + "' && sha256sum --check --quiet SHA256SUMS").c_str()), 0);
}

TEST(ReleaseFolder, NamesWhatWasAlteredRemovedAndAdded) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  write_files(folder, release("weights"));
  write_file_atomically(folder / "net.mlmodel", "wieghts");
  write_file_atomically(folder / "notes/extra.txt", "x");
  fs::remove(folder / release_manifest);
  EXPECT_THAT(faults(folder),
              ::testing::ElementsAre("manifest.json is missing", "net.mlmodel was altered",
                                     "notes is not part of the release", "notes/extra.txt is not part of the release"));
}

TEST(ReleaseFolder, OfAPackageHasAllOfItsFiles) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  ReleaseFiles files = release("{}", "net.mlpackage/Manifest.json");
  files["net.mlpackage/Data/weights.bin"] = "1";
  write_files(folder, files);
  fs::create_directory(folder / "net.mlpackage/Data/empty");
  EXPECT_TRUE(faults(folder).empty());
  EXPECT_EQ(verify_release(folder).files.size(), 3U);
  write_file_atomically(folder / "net.mlpackage/Data/other.bin", "2");
  fs::remove(folder / "net.mlpackage/Manifest.json");
  fs::create_directory(folder / "other");
  EXPECT_THAT(faults(folder),
              ::testing::ElementsAre("net.mlpackage/Data/other.bin is not part of the release",
                                     "net.mlpackage/Manifest.json is missing", "other is not part of the release"));
}

TEST(ReleaseFolder, SumsThatWereWrittenAnewDontAgreeWithTheManifest) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  write_files(folder, {{"a", "1"}, {release_manifest, R"({"kind": "goldilocks release", "files": [
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
  write_files(folder / "", release("one", "old.mlmodel"));
  write_files(folder, release("two"));
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
  write_files(temporary.path() / "release", release("weights"));
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::is_directory(at_work.path()));
  EXPECT_TRUE(fs::is_directory(of_another.path()));
}

TEST(ReleaseFolder, WhatNobodyPublishedIsNeverReplaced) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "release";
  write_file_atomically(folder / "mine.txt", "mine");
  EXPECT_THAT([&] { write_files(folder, release("x")); },
              ::testing::ThrowsMessage<UsageError>(
                  ::testing::HasSubstr("is in the way of the release; move it or choose another folder: ")));
  EXPECT_EQ(read_file(folder / "mine.txt"), "mine");
  write_file_atomically(temporary.path() / "file", "mine");
  EXPECT_THAT([&] { write_files(temporary.path() / "file", release("x")); },
              ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("it is not a folder")));

  const fs::path published = temporary.path() / "published";
  write_files(published, release("x"));
  write_file_atomically(published / "net.mlmodel", "edited");
  EXPECT_THAT([&] { write_files(published, release("y")); },
              ::testing::ThrowsMessage<UsageError>(
                  ::testing::HasSubstr("is in the way of the release; move it or choose another folder: ")));
  EXPECT_EQ(read_file(published / "net.mlmodel"), "edited");
}

}  // namespace
}  // namespace goldilocks::pipeline
