// A record goes before its content, so that a process which dies in between leaves nothing but a content that no record
// names, and the next call removes that.
#include "core/store/inventory.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/locked_file.hpp"
#include "core/base/os/files.hpp"
#include "core/store/layout.hpp"

namespace goldilocks::store {
namespace {

namespace fs = std::filesystem;

Time time_of(const fs::path& file) {
  const auto status = os::status_of(file);
  if (!status) return {};
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::nanoseconds(status->modified)));
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    paths.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) throw FileError(folder, "read", error.value());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// What stands in the folders that are named by the first digits.
std::vector<fs::path> leaves_of(const fs::path& folder) {
  std::vector<fs::path> leaves;
  for (const fs::path& digits : entries_of(folder)) {
    const auto below = entries_of(digits);
    leaves.insert(leaves.end(), below.begin(), below.end());
  }
  return leaves;
}

struct Run {
  fs::path file;
  std::string folder;
  Time time;
  std::map<std::string, std::string> keys;  // with what the run calls them
};

// The last one first. What is no such file is left out.
std::vector<Run> runs_of(const fs::path& root) {
  std::vector<Run> runs;
  for (const fs::path& file : entries_of(runs_folder(root))) {
    try {
      const auto document = nlohmann::json::parse(read_file(file));
      Run run{file, document.at("folder"), time_of(file), document.at("keys")};
      runs.push_back(std::move(run));
    } catch (const nlohmann::json::exception&) {
      continue;
    }
  }
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.time > b.time; });
  return runs;
}

void add_bytes(const std::vector<StoredArtifact>& artifacts, std::uint64_t& bytes) {
  std::set<std::string> counted;
  for (const StoredArtifact& artifact : artifacts) {
    if (counted.insert(artifact.sha256).second) bytes += artifact.size;
  }
}

// Which of the artifacts go, as indexes of the inventory.
std::vector<bool> choose(const Inventory& inventory, const std::vector<Run>& runs, const PruneRequest& request) {
  std::set<std::string> kept;
  for (std::size_t i = 0; i < std::min<std::size_t>(request.keep_runs.value_or(0), runs.size()); ++i) {
    for (const auto& [key, task] : runs[i].keys) kept.insert(key);
  }
  const std::vector<StoredArtifact>& artifacts = inventory.artifacts;
  std::vector<bool> goes(artifacts.size(), false);
  const Time now = std::chrono::system_clock::now();
  const bool all_others = request.keep_runs && !request.older_than && !request.max_bytes;
  std::map<std::string, std::size_t> keys_of_content;
  for (std::size_t i = 0; i < artifacts.size(); ++i) {
    const bool old = request.older_than && now - artifacts[i].last_use > *request.older_than;
    goes[i] = !kept.contains(artifacts[i].key) && (all_others || old);
    if (!goes[i]) keys_of_content[artifacts[i].sha256] += 1;
  }
  if (!request.max_bytes) return goes;
  std::uint64_t bytes = 0;
  std::set<std::string> counted;
  for (std::size_t i = 0; i < artifacts.size(); ++i) {
    if (!goes[i] && counted.insert(artifacts[i].sha256).second) bytes += artifacts[i].size;
  }
  for (std::size_t i = artifacts.size(); i-- > 0 && bytes > *request.max_bytes;) {
    if (goes[i] || kept.contains(artifacts[i].key)) continue;
    goes[i] = true;
    if (--keys_of_content[artifacts[i].sha256] == 0) bytes -= artifacts[i].size;
  }
  return goes;
}

void delete_path(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) throw FileError(path, "remove", error.value());
}

}  // namespace

Inventory list(const fs::path& root) {
  const std::vector<Run> runs = runs_of(root);
  Inventory inventory;
  for (const fs::path& file : leaves_of(records_folder(root))) {
    StoredArtifact artifact;
    artifact.key = file.stem().string();
    Record record;
    if (!is_hash(artifact.key) || load_record(root, artifact.key, record) != RecordState::whole) continue;
    artifact.sha256 = record.sha256;
    artifact.size = record.size;
    artifact.last_use = time_of(file);
    for (const Run& run : runs) {
      const auto used = run.keys.find(artifact.key);
      if (used == run.keys.end()) continue;
      artifact.task = used->second;
      artifact.run = run.folder;
      break;
    }
    inventory.artifacts.push_back(std::move(artifact));
  }
  std::stable_sort(inventory.artifacts.begin(), inventory.artifacts.end(),
                   [](const auto& a, const auto& b) { return a.last_use > b.last_use; });
  add_bytes(inventory.artifacts, inventory.bytes);
  return inventory;
}

Pruned prune(const fs::path& root, const PruneRequest& request) {
  const auto alone = LockedFile::attempt(use_file(root));
  if (!alone) throw FileError(root, "a run is using this store; wait until it has ended");
  const LockedFile lock = LockedFile::wait(lock_file(root));
  const Inventory inventory = list(root);
  const std::vector<Run> runs = runs_of(root);
  const std::vector<bool> goes = choose(inventory, runs, request);
  Pruned pruned;
  std::vector<StoredArtifact> left;
  for (std::size_t i = 0; i < goes.size(); ++i) {
    (goes[i] ? pruned.removed : left).push_back(inventory.artifacts[i]);
  }
  pruned.left = left.size();
  add_bytes(left, pruned.left_bytes);
  pruned.removed_bytes = inventory.bytes - pruned.left_bytes;
  if (request.dry_run) return pruned;

  for (const fs::path& leftover : entries_of(partial_folder(root))) delete_path(leftover);  // nobody is writing
  for (const StoredArtifact& artifact : pruned.removed) delete_path(record_file(root, artifact.key));
  std::set<std::string> contents;
  for (const StoredArtifact& artifact : left) contents.insert(artifact.sha256);
  for (const fs::path& content : leaves_of(contents_folder(root))) {
    if (!contents.contains(content.filename().string())) delete_path(content);
  }
  for (std::size_t i = request.keep_runs.value_or(runs.size()); i < runs.size(); ++i) delete_path(runs[i].file);
  return pruned;
}

}  // namespace goldilocks::store
