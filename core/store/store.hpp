#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace goldilocks::store {

// One artifact that is whole.
struct Artifact {
  std::filesystem::path file;  // read-only; map or copy it, never link or change it
  std::string sha256;          // of its content
  std::uint64_t size = 0;
  std::string notes;  // what the producing task recorded beside the content (JSON), "" if nothing
};

// A content-addressed folder of artifacts, shared by runs and processes. An artifact appears whole or not at all:
// content first, then a record that names its hash, each by rename. Equal contents under several keys are one file.
// Safe from any thread and any process, also one that is killed at any moment.
class Store {
 public:
  // Creates the folder if needed, and clears away what processes that died while writing have left in it. A store that
  // can be read but not written still finds. Throws FileError if the folder is not there and can't be made.
  explicit Store(std::filesystem::path root);

  // The artifact under this key (64 lower-case hexadecimal digits), or nothing. The content is checked against its hash
  // the first time it is found in this process, and again when its size or times have changed; what was altered or is
  // incomplete is removed with a warning in the log and reads as missing.
  std::optional<Artifact> find(const std::string& key);

  // True if a record and a content of its size are there, without reading the content: for `plan`.
  bool contains(const std::string& key) const;

  // Adds an artifact; if the key is there already, with that content or another writer's, that one is returned.
  // `notes` must be UTF-8 (std::invalid_argument otherwise). Throws FileError (full disk, read-only folder) and leaves
  // nothing behind.
  Artifact put(const std::string& key, std::string_view content, std::string_view notes);

  // Clears away what processes that died while writing have left, as the constructor does.
  void clear_abandoned_files() const noexcept;

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

// --store, $GOLDILOCKS_STORE, $XDG_CACHE_HOME/goldilocks, or ~/.cache/goldilocks, in this order, as an absolute path.
// Empty variables count as not set; $XDG_CACHE_HOME must be absolute to count. Throws UsageError if no home folder is
// known.
std::filesystem::path default_store_root(const std::optional<std::filesystem::path>& given);

}  // namespace goldilocks::store
