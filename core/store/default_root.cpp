#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/os/user.hpp"
#include "core/base/paths.hpp"
#include "core/store/store.hpp"

namespace goldilocks::store {
namespace {

std::filesystem::path from_environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing in the program sets variables
  return value == nullptr ? "" : value;
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
  if (!home.is_absolute()) home = os::home_folder();  // as for a service or a job of a cluster
  if (!home.is_absolute()) {
    throw UsageError("no home folder is known, so there is no place for the store: give one with --store");
  }
  return home / ".cache" / "goldilocks";
}

}  // namespace goldilocks::store
