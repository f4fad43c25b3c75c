// The fuzzer's corpus, and damaged copies of it, without a fuzzer. A finding ends the program.
#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "tests/fuzz/fuzz_model.hpp"

namespace goldilocks {
namespace {

std::vector<std::filesystem::path> corpus() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(GOLDILOCKS_SOURCE_DIR "/tests/fuzz/corpus")) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void run(const std::string& bytes) {
  EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
}

TEST(FuzzCorpus, EveryFileEndsWithAResultOrAnError) {
  EXPECT_GT(corpus().size(), 20U);
  for (const std::filesystem::path& file : corpus()) run(read_file(file));
}

TEST(FuzzCorpus, SoDoDamagedCopies) {
  std::mt19937 random(4);
  for (const std::filesystem::path& file : corpus()) {
    const std::string whole = read_file(file);
    for (int copy = 0; copy < 10 && !whole.empty(); ++copy) {
      std::string bytes = whole;
      for (unsigned change = 0; change <= random() % 3; ++change) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      run(bytes);
    }
  }
}

}  // namespace
}  // namespace goldilocks
