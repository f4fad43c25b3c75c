#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/input_files.hpp"

namespace goldilocks::pipeline {

// Brings a run's folder up to date: what belongs there is added, then committed as a whole. manifest.json lists the
// files with their hashes; it tells the next run what it may replace and remove. Not for several threads; two processes
// are kept apart by store::RunLock.
class RunFolder {
 public:
  // Reads the manifest of an earlier run, if there is one, and clears away what a killed run has left half written.
  explicit RunFolder(std::filesystem::path folder);

  // A file that belongs, by its name relative to the folder ("report/index.html"). `stable`: false for a file that
  // differs from run to run, whose hash is then not listed. Throws UsageError if the name was added before or leads out
  // of the folder.
  void add(const std::string& name, std::string content, bool stable = true);
  // A copy of a file whose hash and size are known.
  void add_copy(const std::string& name, const std::filesystem::path& source, const std::string& sha256,
                std::uint64_t size);
  bool has(const std::string& name) const { return files_.contains(name); }

  // What the run reads: commit() refuses to replace or remove any of it.
  void keep(InputFiles inputs) { inputs_ = std::move(inputs); }

  // Writes what differs from what is there, each file whole or not at all, and removes what an earlier run wrote, and
  // nobody has changed since, and no longer belongs. A file that is in the way and that no run wrote, one that is no
  // regular file any more, and one that is to be kept are a UsageError, before anything is touched.
  void commit();

  const std::filesystem::path& path() const { return folder_; }

 private:
  struct File {
    std::string content;
    std::filesystem::path source;  // set for a copy
    std::string sha256;
    std::uint64_t size = 0;
    bool stable = true;
  };
  struct Recorded {
    std::string sha256;  // empty for a file that differs from run to run
    std::uint64_t size = 0;
  };

  void add_file(const std::string& name, File file);
  void read_manifest();
  void remove_leftovers() const;
  bool is_stale(const std::string& name) const;
  bool is_current(const std::string& name, const File& file) const;
  void check_in_the_way() const;
  void check_inputs() const;
  void write(const std::string& name, const File& file) const;
  void write_manifest(bool with_earlier) const;
  void remove_stale() const;

  std::filesystem::path folder_;
  InputFiles inputs_;
  std::map<std::string, File> files_;
  std::map<std::string, Recorded> earlier_;
};

}  // namespace goldilocks::pipeline
