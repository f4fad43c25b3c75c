#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/store/store.hpp"

namespace goldilocks::store {
namespace {

std::filesystem::path from_environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing in the program sets variables
  return value == nullptr ? "" : value;
}

// The user's home folder as the system knows it, for a process that has no $HOME (a service, a cluster job).
std::filesystem::path home_of_user() {
  struct passwd entry {};
  struct passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return entry.pw_dir;
}

}  // namespace

std::filesystem::path default_store_root(const std::optional<std::filesystem::path>& given) {
  if (given && given->empty()) throw UsageError("--store names no folder");
  if (given) return absolute_path(*given);
  if (const auto store = from_environment("GOLDILOCKS_STORE"); !store.empty()) {
    return absolute_path(store);
  }
  if (const auto cache = from_environment("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "goldilocks";
  auto home = from_environment("HOME");
  if (!home.is_absolute()) home = home_of_user();
  if (!home.is_absolute()) {
    throw UsageError("no home folder is known, so there is no place for the store: give one with --store");
  }
  return home / ".cache" / "goldilocks";
}

}  // namespace goldilocks::store
