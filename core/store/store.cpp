// The folder:
//
//     records/3f/3f9a...json      one per key: the hash and size of its content, and the notes
//     contents/b1/b1c0...         one per content, named by its SHA-256
//     partial/                    files being written
//     lock                        held for the moments in which names change
//
// put() writes the content and the record as partial files, and then, under the lock, renames first
// the content and then the record. So at whatever moment a process dies, a record that can be read names a content that
// was whole when the record appeared. What has changed since is found by find(), which removes it; it looks again under
// the lock before it does, so that it can't remove what another process has just put in the place of what it saw.
#include "core/store/store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/base/locked_file.hpp"
#include "core/store/partial_file.hpp"
#include "core/store/record.hpp"
#include "core/store/verified_content.hpp"

namespace goldilocks::store {
namespace {

// One key's place in the folder.
struct Entry {
  std::filesystem::path root;
  std::string key;

  std::filesystem::path record_file() const { return root / "records" / key.substr(0, 2) / (key + ".json"); }
  std::filesystem::path content_file(const std::string& sha256) const {
    return root / "contents" / sha256.substr(0, 2) / sha256;
  }
};

bool is_hash(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
         });
}

Entry entry_of(const std::filesystem::path& root, const std::string& key) {
  if (!is_hash(key)) throw std::invalid_argument("'" + key + "' is no key of a store: 64 hexadecimal digits");
  return {root, key};
}

enum class RecordState { whole, missing, altered };

RecordState load_record(const Entry& entry, Record& record) {
  const std::filesystem::path file = entry.record_file();
  std::string text;
  try {
    text = read_file(file);
  } catch (const FileError&) {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::symlink_status(file, error)) ? RecordState::altered
                                                                                 : RecordState::missing;
  }
  auto loaded = read_record(entry.key, text);
  if (!loaded || !is_hash(loaded->sha256)) return RecordState::altered;
  record = *std::move(loaded);
  return RecordState::whole;
}

// What is wrong with an entry, or nothing.
struct Inspection {
  std::optional<Artifact> artifact;
  std::filesystem::path altered;   // a file that is there but not what it should be
  std::filesystem::path orphaned;  // a record whose content is gone
  bool damaged() const { return !altered.empty() || !orphaned.empty(); }
};

Inspection inspect(const Entry& entry) {
  Record record;
  switch (load_record(entry, record)) {
    case RecordState::missing:
      return {};
    case RecordState::altered:
      return {std::nullopt, entry.record_file(), {}};
    case RecordState::whole:
      break;
  }
  const std::filesystem::path content = entry.content_file(record.sha256);
  switch (check_content(content, record.sha256, record.size)) {
    case ContentState::missing:
      return {std::nullopt, {}, entry.record_file()};
    case ContentState::altered:
      return {std::nullopt, content, entry.record_file()};
    case ContentState::whole:
      break;
  }
  return {Artifact{content, record.sha256, record.size, record.notes}, {}, {}};
}

// Removes what is damaged, unless it has been made whole by others meanwhile, which is then the answer. The caller
// holds the lock.
std::optional<Artifact> repair(const Entry& entry) {
  Inspection found = inspect(entry);
  if (!found.altered.empty()) {
    spdlog::warn("{}: was altered since it was stored; removed, to be made again", found.altered.string());
  } else if (!found.orphaned.empty()) {
    spdlog::warn("{}: its content is missing; removed, to be made again", found.orphaned.string());
  }
  std::error_code ignored;
  if (!found.orphaned.empty()) std::filesystem::remove(found.orphaned, ignored);
  if (!found.altered.empty()) std::filesystem::remove_all(found.altered, ignored);
  return std::move(found.artifact);
}

}  // namespace

Store::Store(std::filesystem::path root) : root_(std::move(root)) {
  std::error_code error;
  std::filesystem::create_directories(root_, error);
  if (error) throw FileError(root_, "create the folder", error.value());
  clear_abandoned_files();
}

void Store::clear_abandoned_files() const noexcept { remove_abandoned_files(root_ / "partial"); }

std::optional<Artifact> Store::find(const std::string& key) {
  const Entry entry = entry_of(root_, key);
  Inspection found = inspect(entry);
  if (!found.damaged()) return std::move(found.artifact);
  try {
    const LockedFile lock = LockedFile::wait(root_ / "lock");
    return repair(entry);
  } catch (const FileError& error) {  // a store that can't be written: left as it is, and not used
    spdlog::warn("{}: was altered since it was stored, and can't be removed ({})", entry.record_file().string(),
                 error.what());
    return std::nullopt;
  }
}

bool Store::contains(const std::string& key) const {
  const Entry entry = entry_of(root_, key);
  Record record;
  return load_record(entry, record) == RecordState::whole && has_size(entry.content_file(record.sha256), record.size);
}

Artifact Store::put(const std::string& key, std::string_view content, std::string_view notes) {
  const Entry entry = entry_of(root_, key);
  if (auto there = find(key)) return *std::move(there);

  const Record record{sha256(std::as_bytes(std::span(content))), content.size(), std::string(notes)};
  const std::filesystem::path content_file = entry.content_file(record.sha256);
  const std::filesystem::path partial = root_ / "partial";
  PartialFile new_record(partial, entry.record_file(), write_record(key, record));
  std::optional<PartialFile> new_content;
  if (check_content(content_file, record.sha256, record.size) != ContentState::whole) {
    new_content.emplace(partial, content_file, content);
  }

  const LockedFile lock = LockedFile::wait(root_ / "lock");
  if (auto there = repair(entry)) return *std::move(there);  // another writer was faster
  if (!new_content && check_content(content_file, record.sha256, record.size) != ContentState::whole) {
    new_content.emplace(partial, content_file, content);  // altered since, which is rare enough to write under the lock
  }
  if (new_content) {
    new_content->publish();
    remember_content(content_file, record.sha256);
  }
  try {
    new_record.publish();
  } catch (...) {
    // Nobody may know a content that this call has made; one that was there before stays.
    if (new_content) ::unlink(content_file.c_str());
    throw;
  }
  return {content_file, record.sha256, record.size, record.notes};
}

}  // namespace goldilocks::store
