// A library's hash is that of the file that was loaded, whatever happens to its name.
#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/plugins/plugin_library.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;
using ::goldilocks::testing::TemporaryFolder;
using ::testing::EndsWith;

// By rename, as an installation does it.
void replace(const fs::path& file, const fs::path& by) { copy_file_atomically(by, file); }

TEST(LoadLibrary, OneThatWasReplacedSinceIsStillWhatWasLoaded) {
  const TemporaryFolder folder;
  const fs::path file = folder / "goldilocks-quantizer-short_lut.so";
  replace(file, quantizer_library("short_lut"));
  const PluginLibrary first = open_plugin_library(file);
  EXPECT_EQ(first.sha256, sha256_of_file(quantizer_library("short_lut")));
  replace(file, quantizer_library("well_behaved"));
  const PluginLibrary second = open_plugin_library(file);
  EXPECT_EQ(second.name, first.name);
  EXPECT_EQ(second.sha256, first.sha256);
}

TEST(LoadLibrary, ACopyUnderAnotherNameIsALibraryOfItsOwn) {
  const TemporaryFolder folder;
  replace(folder / "one.so", quantizer_library("short_lut"));
  replace(folder / "other.so", quantizer_library("well_behaved"));
  EXPECT_NE(open_plugin_library(folder / "one.so").sha256, open_plugin_library(folder / "other.so").sha256);
}

TEST(LoadLibrary, OneThatIsReplacedMeanwhileIsRefusedOrHasItsOwnHash) {
  const std::map<std::string, std::string> hashes = {
      {"short_lut", sha256_of_file(quantizer_library("short_lut"))},
      {"well_behaved", sha256_of_file(quantizer_library("well_behaved"))}};
  const TemporaryFolder folder;
  std::atomic<int> round = 0;
  const auto file = [&](int number) { return folder / (std::to_string(number) + ".so"); };
  replace(file(0), quantizer_library("short_lut"));
  constexpr int rounds = 40;
  std::thread installer([&] {
    for (int i = 0; round < rounds; ++i) {
      replace(file(round), quantizer_library(i % 2 == 0 ? "well_behaved" : "short_lut"));
    }
  });
  for (; round < rounds;) {
    try {
      const PluginLibrary library = open_plugin_library(file(round));
      EXPECT_EQ(library.sha256, hashes.at(library.name)) << round;
    } catch (const PluginError& error) {
      EXPECT_THAT(error.what(), EndsWith("was replaced while it was being loaded; run the program again")) << round;
    }
    replace(file(round + 1), quantizer_library("short_lut"));
    ++round;
  }
  installer.join();
}

}  // namespace
}  // namespace goldilocks::plugins
