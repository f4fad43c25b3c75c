// A fuzz target without a fuzzer: every file of a corpus, then copies of it that are damaged in a few bytes, cut short
// or joined to others. A finding ends the program. Usage: PROGRAM FOLDER [COPIES=200]
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "core/base/file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::string damaged(std::string bytes, std::mt19937& random) {
  if (bytes.empty()) return bytes;
  for (unsigned change = 0; change <= random() % 4; ++change) {
    bytes[random() % bytes.size()] = static_cast<char>(random());
  }
  if (random() % 4 == 0) bytes.resize(random() % bytes.size());
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER [COPIES]\n";
    return 2;
  }
  const int copies = argc > 2 ? std::atoi(argv[2]) : 200;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(argv[1])) files.push_back(entry.path());
  std::ranges::sort(files);
  if (files.empty()) {
    std::cerr << "the corpus is empty\n";
    return 1;
  }
  std::mt19937 random(1);
  for (const fs::path& file : files) {
    const std::string whole = goldilocks::read_file(file);
    run(whole);
    for (int copy = 0; copy < copies; ++copy) run(damaged(whole, random));
  }
  std::cout << files.size() << " files, " << copies << " damaged copies of each\n";
  return 0;
}
