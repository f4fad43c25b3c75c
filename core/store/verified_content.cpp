#include "core/store/verified_content.hpp"

#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace goldilocks::store {
namespace {

// A change of content changes at least one of these: the status change time can't be set back by a user.
using Identity = std::tuple<dev_t, ino_t, off_t, time_t, long, time_t, long>;

std::optional<Identity> identity_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return Identity{status.st_dev,          status.st_ino,         status.st_size,        status.st_mtim.tv_sec,
                  status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

off_t size_of(const Identity& identity) { return std::get<2>(identity); }

class Memory {
 public:
  bool knows(const std::string& sha256, const Identity& identity) {
    const std::lock_guard lock(mutex_);
    const auto found = whole_.find(identity);
    return found != whole_.end() && found->second == sha256;
  }

  void learn(const std::string& sha256, const Identity& identity) {
    const std::lock_guard lock(mutex_);
    whole_[identity] = sha256;
  }

 private:
  std::mutex mutex_;
  std::map<Identity, std::string> whole_;
};

Memory& memory() {
  static Memory instance;
  return instance;
}

}  // namespace

ContentState check_content(const std::filesystem::path& file, const std::string& sha256, std::uint64_t size) {
  const auto identity = identity_of(file);
  if (!identity) return ContentState::missing;
  if (static_cast<std::uint64_t>(size_of(*identity)) != size) return ContentState::altered;
  if (memory().knows(sha256, *identity)) return ContentState::whole;
  try {
    if (sha256_of_file(file) != sha256) return ContentState::altered;
  } catch (const FileError&) {
    return identity_of(file) ? ContentState::altered : ContentState::missing;
  }
  // Remembered as it was before it was read: a change in between is then noticed the next time.
  memory().learn(sha256, *identity);
  return ContentState::whole;
}

void remember_content(const std::filesystem::path& file, const std::string& sha256) {
  const auto identity = identity_of(file);
  if (identity) memory().learn(sha256, *identity);
}

bool has_size(const std::filesystem::path& file, std::uint64_t size) {
  const auto identity = identity_of(file);
  return identity && static_cast<std::uint64_t>(size_of(*identity)) == size;
}

}  // namespace goldilocks::store
