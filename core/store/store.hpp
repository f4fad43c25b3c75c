#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/locked_file.hpp"
#include "core/base/open_file.hpp"

namespace goldilocks::store {

// One artifact that is whole: a file, or a folder of files.
struct Artifact {
  std::filesystem::path file;  // read-only; map, read or copy it, never link or change it
  std::string sha256;          // of its content; of a folder: of the names and contents of its files
  std::uint64_t size = 0;      // of all files
  std::string notes;           // what the producing task recorded beside the content (JSON), "" if nothing
};

class Store;

// An artifact that is being made, and goes with the object unless it is committed. Its owner may be another thread than
// its maker's, but one at a time; OpenFile says who may write.
class Draft {
 public:
  ~Draft();
  Draft(Draft&& other) noexcept;
  Draft& operator=(Draft&& other) noexcept;
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  // The file, to be written at any place and in any order. Precondition: create().
  OpenFile& file();
  // The folder, to be filled with files and folders. Precondition: create_folder().
  std::filesystem::path folder() const;

  // Adds the artifact to the store; if the key is there already, with that content or another writer's, that one is
  // returned. `notes` must be UTF-8 (std::invalid_argument otherwise). Once only. Throws FileError (full disk, a folder
  // with anything but files and folders in it).
  Artifact commit(std::string_view notes);

 private:
  friend class Store;
  struct State;
  explicit Draft(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A content-addressed folder of artifacts, shared by runs and processes. An artifact appears whole or not at all:
// content first, then a record that names its hash, each by rename. Equal contents under several keys are one.
// Safe from any thread and any process, also one that is killed at any moment.
class Store {
 public:
  // Creates the folder if needed, and clears away what processes that died while writing have left in it. A store that
  // can be read but not written still finds. Throws FileError if the folder is not there and can't be made.
  explicit Store(std::filesystem::path root);

  // The artifact under this key (64 lower-case hexadecimal digits), or nothing. The content is checked against its hash
  // the first time it is found in this process, and again when its size or times have changed; what was altered or is
  // incomplete is removed with a warning in the log and reads as missing. Counts as a use (inventory.hpp).
  std::optional<Artifact> find(const std::string& key);

  // True if a record and a content of its size are there, without reading the content: for `plan`.
  bool contains(const std::string& key) const;

  // A new artifact for this key, which must outlive neither the store nor its folder. Throws FileError (full disk,
  // read-only folder).
  Draft create(const std::string& key);
  Draft create_folder(const std::string& key);

  // Adds an artifact with this content, or returns the one that is there already, as Draft::commit() does.
  Artifact put(const std::string& key, std::string_view content, std::string_view notes);

  // Adds a copy of a file or folder from elsewhere, in the same way. Links are followed.
  Artifact adopt(const std::string& key, const std::filesystem::path& source, std::string_view notes);

  // Remembers what a run has used so far: every artifact that this object has found or added, and these tasks' keys
  // with what a list of the store calls them. `folder` identifies the run: what it used before is forgotten. Does
  // nothing in a store that can't be written.
  void note_run(const std::filesystem::path& folder, const std::map<std::string, std::string>& tasks);

  // Clears away what processes that died while writing have left, as the constructor does.
  void clear_abandoned_files() const noexcept;

  const std::filesystem::path& root() const { return root_; }

 private:
  friend class Draft;
  Artifact commit(Draft::State& draft, std::string_view notes);
  void note_use(const std::string& key);

  std::filesystem::path root_;
  std::optional<LockedFile> use_;  // shared with all who use the store, so that it isn't pruned meanwhile
  std::mutex mutex_;
  std::set<std::string> used_;  // keys; guarded by mutex_
};

// --store, $GOLDILOCKS_STORE, $XDG_CACHE_HOME/goldilocks, or ~/.cache/goldilocks, in this order, as an absolute path.
// Empty variables count as not set; $XDG_CACHE_HOME must be absolute to count. Throws UsageError if no home folder is
// known.
std::filesystem::path default_store_root(const std::optional<std::filesystem::path>& given);

}  // namespace goldilocks::store
