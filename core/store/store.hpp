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
// content first, then a record that names its hash, each by rename. Safe from any thread and any process.
class Store {
 public:
  // Creates the folder if needed. Throws FileError.
  explicit Store(std::filesystem::path root);

  // The artifact under this key (64 hexadecimal digits), or nothing. The content is checked against its hash the first
  // time it is found in this process; what was altered or is incomplete is removed and reads as missing.
  std::optional<Artifact> find(const std::string& key);

  // True if a record is there, without checking the content: for `plan`.
  bool contains(const std::string& key) const;

  // Adds an artifact; if the key is there already, with that content or another writer's, that one is returned.
  Artifact put(const std::string& key, std::string_view content, std::string_view notes);

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

// --store, $GOLDILOCKS_STORE, $XDG_CACHE_HOME/goldilocks, or ~/.cache/goldilocks, in this order.
std::filesystem::path default_store_root(const std::optional<std::filesystem::path>& given);

}  // namespace goldilocks::store
