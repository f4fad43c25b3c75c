// The hash is taken from one descriptor, but the library is loaded by its path: under the name of a descriptor
// neither $ORIGIN in the library nor a debugger would find anything. So the path is looked up again once the library is
// loaded. Every change of a file and of its name gives it a new status change time, which nobody can set back, and
// while the descriptor is open no other file gets its number: what is the same file then was so all the time.
#define BOOST_DLL_USE_STD_FS
#include "core/plugins/load_library.hpp"

#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>

#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/base/os/files.hpp"
#include "core/base/os/process.hpp"
#include "core/plugins/keep_forever.hpp"
#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) { throw PluginError(file.string(), reason); }

boost::dll::shared_library load(const fs::path& file) {
  std::error_code problem;
  boost::dll::shared_library library(file, problem,
                                     boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (!problem && library.is_loaded()) return library;
  // The loader's own words say what is wrong with the file; they begin with its path.
  std::string reason = clean_text(os::last_loader_error().c_str());
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
  const os::Descriptor opened = os::open(file, os::Opening::read_no_link);
  if (!opened.is_open()) refuse(file, "can't be read: " + std::system_category().message(errno));
  const auto before = os::status_of(opened.number());
  const std::string sha256 = sha256_of_file(os::folder_of_descriptors() / std::to_string(opened.number()));
  const auto& library = keep_forever(std::make_unique<boost::dll::shared_library>(load(file)));
  const auto [known, is_new] = hashes().try_emplace(library.native());
  if (is_new && before && os::status_of_name(file) == before) known->second = sha256;
  if (known->second.empty()) refuse(file, "was replaced while it was being loaded; run the program again");
  const bool has_entry = library.has(GLK_ENTRY_POINT);
  return {has_entry ? &library.get<const glk_plugin*()>(GLK_ENTRY_POINT) : nullptr, known->second};
}

}  // namespace goldilocks::plugins
