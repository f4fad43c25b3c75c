#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace goldilocks::store {

using Time = std::chrono::system_clock::time_point;

// One artifact in a list of a store.
struct StoredArtifact {
  std::string key;
  std::string sha256;  // of its content, which other keys may have in common with it
  std::uint64_t size = 0;
  Time last_use;
  std::string task;  // of the last run that used it: "predict food"; "" where no run says so
  std::string run;   // that run's folder
};

// What is in a store. Runs and other users may go on meanwhile. Throws FileError.
struct Inventory {
  std::vector<StoredArtifact> artifacts;  // those that were used last first
  std::uint64_t bytes = 0;                // of their contents, each counted once
};
Inventory list(const std::filesystem::path& root);

// What may go. With none of the three nothing does but contents that no key has.
struct PruneRequest {
  std::optional<std::chrono::seconds> older_than{};  // what was not used for so long
  std::optional<std::uint64_t> keep_runs{};  // what none of this many last runs used; protects what they did use
  std::optional<std::uint64_t> max_bytes{};  // then what was used longest ago, until no more than this is left
  bool dry_run = false;                      // finds out, and removes nothing
};

struct Pruned {
  std::vector<StoredArtifact> removed;
  std::uint64_t removed_bytes = 0;
  std::size_t left = 0;
  std::uint64_t left_bytes = 0;
};

// Removes artifacts from a store that nobody uses at the moment. Throws FileError, also if somebody does.
Pruned prune(const std::filesystem::path& root, const PruneRequest& request);

}  // namespace goldilocks::store
