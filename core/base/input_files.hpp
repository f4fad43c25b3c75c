#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <utility>

namespace goldilocks {

// The files that a command reads, so that none of them is lost under an output: a full-precision model is not to be had
// again. Files are told by what they are, not by their names: another path, a hard link and a symbolic link to an input
// are that input.
class InputFiles {
 public:
  // What is not there is left out. A folder stands for itself, not for what is in it.
  void add(const std::filesystem::path& input);

  // "-" is standard output, which may be a file: `quantize model.mlmodel ... -o - >> model.mlmodel`.
  bool contains(const std::filesystem::path& file) const;

  // Throws UsageError if writing `output` would replace an input.
  void require_other(const std::filesystem::path& output) const;

 private:
  std::set<std::pair<std::uint64_t, std::uint64_t>> files_;  // device and inode
};

}  // namespace goldilocks
