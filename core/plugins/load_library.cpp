// The hash is taken from one descriptor, but the library is loaded by its path: under a name like /proc/self/fd/7
// neither $ORIGIN in the library nor a debugger would find anything. So the path is looked up again once the library is
// loaded. Every change of a file and of its name gives it a new status change time, which nobody can set back, and
// while the descriptor is open no other file gets its number: what is the same file then was so all the time.
#define BOOST_DLL_USE_STD_FS
#include "core/plugins/load_library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <tuple>

#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/plugins/keep_forever.hpp"
#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) {
  throw PluginError(fmt::format("{}: {}", file.string(), reason));
}

using Identity = std::tuple<dev_t, ino_t, off_t, time_t, long>;

Identity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

// A file that is read through one descriptor.
class OpenedFile {
 public:
  explicit OpenedFile(const fs::path& file)
      : file_(file), descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {  // NOLINT
    if (descriptor_ < 0) refuse(file, "can't be read: " + std::system_category().message(errno));
  }
  ~OpenedFile() { ::close(descriptor_); }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;
  OpenedFile(OpenedFile&&) = delete;
  OpenedFile& operator=(OpenedFile&&) = delete;

  std::string sha256() const { return sha256_of_file(fmt::format("/proc/self/fd/{}", descriptor_)); }

  std::optional<Identity> identity() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? std::optional(identity_of(status)) : std::nullopt;
  }

  std::optional<Identity> identity_of_path() const {
    struct stat status {};
    return ::lstat(file_.c_str(), &status) == 0 ? std::optional(identity_of(status)) : std::nullopt;
  }

 private:
  const fs::path& file_;
  int descriptor_;
};

boost::dll::shared_library load(const fs::path& file) {
  std::error_code problem;
  boost::dll::shared_library library(file, problem,
                                     boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (!problem && library.is_loaded()) return library;
  // The loader's own words say what is wrong with the file; they begin with its path.
  std::string reason = clean_text(::dlerror());
  if (const std::string prefix = file.string() + ": "; reason.starts_with(prefix)) reason.erase(0, prefix.size());
  refuse(file, "can't be loaded: " + (reason.empty() ? problem.message() : reason));
}

// The hash of each library that was loaded, by its handle; "" where it is not known, as the file was replaced then.
std::map<const void*, std::string>& hashes() {
  static auto* const known = new std::map<const void*, std::string>;
  return *known;
}

}  // namespace

LoadedLibrary load_library(const fs::path& file) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const OpenedFile opened(file);
  const auto before = opened.identity();
  const std::string sha256 = opened.sha256();
  const auto& library = keep_forever(std::make_unique<boost::dll::shared_library>(load(file)));
  const auto [known, is_new] = hashes().try_emplace(library.native());
  if (is_new && before && opened.identity_of_path() == before) known->second = sha256;
  if (known->second.empty()) refuse(file, "was replaced while it was being loaded; run the program again");
  const bool has_entry = library.has(GLK_ENTRY_POINT);
  return {has_entry ? &library.get<const glk_plugin*()>(GLK_ENTRY_POINT) : nullptr, known->second};
}

}  // namespace goldilocks::plugins
