#include "core/store/verified_content.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

#include "core/base/error.hpp"
#include "core/base/files_below.hpp"
#include "core/base/hash.hpp"
#include "core/base/os/files.hpp"
#include "core/base/paths.hpp"

namespace goldilocks::store {
namespace {

// A change of content changes at least one of these: the status change time can't be set back by a user.
using Identity = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;

std::optional<Identity> identity_of(const std::filesystem::path& file) {
  const auto status = os::status_of(file);
  if (!status || status->kind != os::FileKind::file) return std::nullopt;
  return Identity{status->device, status->number, status->size, status->modified, status->changed};
}

std::uint64_t size_of(const Identity& identity) { return std::get<2>(identity); }

// The hashes of files that were read.
class Memory {
 public:
  std::optional<std::string> find(const Identity& identity) {
    const std::lock_guard lock(mutex_);
    const auto found = hashes_.find(identity);
    return found == hashes_.end() ? std::nullopt : std::optional(found->second);
  }

  void learn(const Identity& identity, const std::string& sha256) {
    const std::lock_guard lock(mutex_);
    hashes_[identity] = sha256;
  }

 private:
  std::mutex mutex_;
  std::map<Identity, std::string> hashes_;
};

Memory& memory() {
  static Memory instance;
  return instance;
}

ContentHash hash_file(const std::filesystem::path& file) {
  const auto identity = identity_of(file);
  if (!identity) throw FileError(file, "it is neither a file nor a folder of files");
  auto known = memory().find(*identity);
  if (!known) {
    known = sha256_of_file(file);
    // Remembered as it was before it was read: a change in between is then noticed the next time.
    memory().learn(*identity, *known);
  }
  return {*known, size_of(*identity)};
}

std::uint64_t size_of_content(const std::filesystem::path& content) {
  if (const auto identity = identity_of(content)) return size_of(*identity);
  std::uint64_t size = 0;
  for (const auto& file : files_below(content)) {
    const auto identity = identity_of(content / file);
    size += identity ? size_of(*identity) : 0;
  }
  return size;
}

}  // namespace

ContentHash hash_content(const std::filesystem::path& content) {
  if (!is_folder(content)) return hash_file(content);
  Hasher hasher;
  hasher.add("goldilocks folder 1");
  ContentHash whole;
  for (const auto& file : files_below(content)) {
    const ContentHash one = hash_file(content / file);
    hasher.add(file.generic_string()).add(static_cast<std::int64_t>(one.size)).add(one.sha256);
    whole.size += one.size;
  }
  whole.sha256 = hasher.finish();
  return whole;
}

ContentState check_content(const std::filesystem::path& content, const ContentHash& known) {
  if (!is_there(content)) return ContentState::missing;
  try {
    const bool whole = size_of_content(content) == known.size && hash_content(content) == known;
    return whole ? ContentState::whole : ContentState::altered;
  } catch (const FileError&) {
    return is_there(content) ? ContentState::altered : ContentState::missing;
  }
}

void remember_content(const std::filesystem::path& content, const std::string& sha256) {
  if (const auto identity = identity_of(content)) memory().learn(*identity, sha256);
}

bool has_size(const std::filesystem::path& content, std::uint64_t size) {
  if (!is_there(content)) return false;
  try {
    return size_of_content(content) == size;
  } catch (const FileError&) {
    return false;
  }
}

}  // namespace goldilocks::store
