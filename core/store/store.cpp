// The folder:
//
//     records/3f/3f9a...json      one per key: the hash and size of its content, and the notes; its time is that of the
//                                 last use
//     contents/b1/b1c0...         one per content, a file or a folder, named by its hash
//     runs/07d1...json            one per run's folder: the keys that it used
//     partial/                    what is being written
//     lock                        held for the moments in which names change
//     users                       held, together with others, by everybody who uses the store
//
// A draft's content and its record are partial files, until commit() renames, under the lock, first the content and
// then the record. So at whatever moment a process dies, a record that can be read names a content that was whole when
// the record appeared. What has changed since is found by find(), which removes it; it looks again under the lock
// before it does, so that it can't remove what another process has just put in the place of what it saw.
#include "core/store/store.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/files_below.hpp"
#include "core/base/hash.hpp"
#include "core/base/locked_file.hpp"
#include "core/base/os/files.hpp"
#include "core/base/partial.hpp"
#include "core/base/paths.hpp"
#include "core/store/layout.hpp"
#include "core/store/partial_content.hpp"
#include "core/store/record.hpp"
#include "core/store/verified_content.hpp"

namespace goldilocks::store {
namespace {

namespace fs = std::filesystem;

// One key's place in the folder.
struct Entry {
  fs::path root;
  std::string key;

  fs::path record() const { return record_file(root, key); }
};

Entry entry_of(const fs::path& root, const std::string& key) {
  if (!is_hash(key)) throw std::invalid_argument("'" + key + "' is no key of a store: 64 hexadecimal digits");
  return {root, key};
}

// What is wrong with an entry, or nothing.
struct Inspection {
  std::optional<Artifact> artifact;
  fs::path altered;   // a file that is there but not what it should be
  fs::path orphaned;  // a record whose content is gone
  bool damaged() const { return !altered.empty() || !orphaned.empty(); }
};

Inspection inspect(const Entry& entry) {
  Record record;
  switch (load_record(entry.root, entry.key, record)) {
    case RecordState::missing:
      return {};
    case RecordState::altered:
      return {std::nullopt, entry.record(), {}};
    case RecordState::whole:
      break;
  }
  const fs::path content = content_path(entry.root, record.sha256);
  switch (check_content(content, {record.sha256, record.size})) {
    case ContentState::missing:
      return {std::nullopt, {}, entry.record()};
    case ContentState::altered:
      return {std::nullopt, content, entry.record()};
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
  if (!found.orphaned.empty()) fs::remove(found.orphaned, ignored);
  if (!found.altered.empty()) fs::remove_all(found.altered, ignored);
  return std::move(found.artifact);
}

// The lock of those who use a store; none where it can't be written, and so not be pruned by who sees it so.
std::optional<LockedFile> share_use(const fs::path& root) {
  try {
    return LockedFile::share(use_file(root));
  } catch (const FileError&) {
    return std::nullopt;
  }
}

}  // namespace

struct Draft::State {
  State(Store& into, const std::string& of_key, PartialContent::Kind kind)
      : store(into), key(of_key), content(partial_folder(into.root()), kind, into.root()) {}

  Store& store;
  std::string key;
  PartialContent content;
};

Draft::Draft(std::unique_ptr<State> state) : state_(std::move(state)) {}
Draft::~Draft() = default;
Draft::Draft(Draft&& other) noexcept = default;
Draft& Draft::operator=(Draft&& other) noexcept = default;

OpenFile& Draft::file() { return state_->content.file(); }
fs::path Draft::folder() const { return state_->content.path(); }
Artifact Draft::commit(std::string_view notes) { return state_->store.commit(*state_, notes); }

Store::Store(fs::path root) : root_(std::move(root)) {
  std::error_code error;
  fs::create_directories(root_, error);
  if (error) throw FileError(root_, "create the folder", error.value());
  use_ = share_use(root_);
  clear_abandoned_files();
}

void Store::clear_abandoned_files() const noexcept {
  remove_abandoned(partial_folder(root_));
  remove_abandoned(runs_folder(root_));
}

void Store::note_use(const std::string& key) {
  os::touch(record_file(root_, key));
  const std::scoped_lock lock(mutex_);
  used_.insert(key);
}

std::optional<Artifact> Store::find(const std::string& key) {
  const Entry entry = entry_of(root_, key);
  Inspection found = inspect(entry);
  if (found.damaged()) {
    try {
      const LockedFile lock = LockedFile::wait(lock_file(root_));
      found.artifact = repair(entry);
    } catch (const FileError& error) {  // a store that can't be written: left as it is, and not used
      spdlog::warn("{}: was altered since it was stored, and can't be removed ({})", entry.record().string(),
                   error.what());
      return std::nullopt;
    }
  }
  if (found.artifact) note_use(key);
  return std::move(found.artifact);
}

bool Store::contains(const std::string& key) const {
  const Entry entry = entry_of(root_, key);
  Record record;
  return load_record(root_, entry.key, record) == RecordState::whole &&
         has_size(content_path(root_, record.sha256), record.size);
}

Draft Store::create(const std::string& key) {
  return Draft(std::make_unique<Draft::State>(*this, entry_of(root_, key).key, PartialContent::Kind::file));
}

Draft Store::create_folder(const std::string& key) {
  return Draft(std::make_unique<Draft::State>(*this, entry_of(root_, key).key, PartialContent::Kind::folder));
}

Artifact Store::put(const std::string& key, std::string_view content, std::string_view notes) {
  if (auto there = find(key)) return *std::move(there);
  Draft draft = create(key);
  draft.file().write(0, std::as_bytes(std::span(content)));
  return draft.commit(notes);
}

Artifact Store::adopt(const std::string& key, const fs::path& source, std::string_view notes) {
  if (auto there = find(key)) return *std::move(there);
  if (is_folder(source)) {
    Draft draft = create_folder(key);
    for (const fs::path& file : files_below(source)) copy_file_atomically(source / file, draft.folder() / file);
    return draft.commit(notes);
  }
  Draft draft = create(key);
  copy_content(OpenFile(source), draft.file());
  return draft.commit(notes);
}

Artifact Store::commit(Draft::State& draft, std::string_view notes) {
  draft.content.finish();
  const ContentHash hash = hash_content(draft.content.path());
  const Record record{hash.sha256, hash.size, std::string(notes)};
  const Entry entry = entry_of(root_, draft.key);
  const fs::path content = content_path(root_, hash.sha256);
  const std::string text = write_record(draft.key, record);
  PartialContent new_record(partial_folder(root_), PartialContent::Kind::file, entry.record());
  new_record.file().write(0, std::as_bytes(std::span(text)));
  new_record.finish();

  const LockedFile lock = LockedFile::wait(lock_file(root_));
  if (auto there = repair(entry)) {  // another writer was faster
    note_use(draft.key);
    return *std::move(there);
  }
  const bool is_new = check_content(content, hash) != ContentState::whole;
  std::error_code ignored;
  if (is_new) {
    fs::remove_all(content, ignored);  // what was altered
    draft.content.publish(content);
    remember_content(content, hash.sha256);
  }
  try {
    new_record.publish(entry.record());
  } catch (...) {
    // Nobody may know a content that this call has made; one that was there before stays.
    if (is_new) fs::remove_all(content, ignored);
    throw;
  }
  note_use(draft.key);
  return {content, record.sha256, record.size, record.notes};
}

void Store::note_run(const fs::path& folder, const std::map<std::string, std::string>& tasks) {
  nlohmann::ordered_json keys = nlohmann::ordered_json::object();
  {
    const std::scoped_lock lock(mutex_);
    for (const std::string& key : used_) keys[key] = "";
  }
  for (const auto& [key, task] : tasks) keys[key] = task;
  const std::string name = absolute_path(folder).string();
  const std::string text = nlohmann::ordered_json{{"folder", name}, {"keys", keys}}.dump(
      1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  try {
    write_file_atomically(runs_folder(root_) / (sha256(name) + ".json"), text);
  } catch (const FileError& error) {
    spdlog::debug("the store can't note what this run uses: {}", error.what());
  }
}

}  // namespace goldilocks::store
