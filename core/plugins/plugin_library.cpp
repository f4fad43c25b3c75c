#include "core/plugins/plugin_library.hpp"

#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/plugins/load_library.hpp"
#include "core/plugins/plugin_text.hpp"
#include "core/plugins/struct_copy.hpp"
#include "core/plugins/trusted_file.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) { throw PluginError(file.string(), reason); }

// Calls into a library that is not known to keep the rules yet.
template <class Function>
auto call_guarded(const fs::path& file, std::string_view what, Function&& function) {
  try {
    return function();
  } catch (const std::exception& exception) {
    refuse(file, fmt::format("{} threw an exception: {}", what, clean_text(exception.what())));
  } catch (...) {
    refuse(file, fmt::format("{} threw an exception", what));
  }
}

fs::path resolve(const fs::path& file) {
  std::error_code problem;
  fs::path resolved = fs::canonical(file, problem);
  if (problem) {
    const bool leads_nowhere = problem == std::errc::no_such_file_or_directory;
    std::error_code unknown;
    const bool is_link = fs::is_symlink(fs::symlink_status(file, unknown));
    refuse(file, is_link && leads_nowhere ? "a symbolic link that leads nowhere" : problem.message());
  }
  if (!is_plain_file(resolved)) refuse(file, "not a file");
  return resolved;
}

// "goldilocks.quantizer.v1" and "goldilocks.quantizer.draft.1" -> "goldilocks.quantizer."
std::string_view family_of(std::string_view interface_id) {
  return interface_id.substr(0, interface_id.find('.', interface_id.find('.') + 1) + 1);
}

}  // namespace

PluginLibrary open_plugin_library(const fs::path& file) {
  PluginLibrary opened;
  opened.file = resolve(file);
  if (const std::string reason = reason_to_distrust(file); !reason.empty()) {
    refuse(file, "refused, as " + reason);
  }
  const LoadedLibrary library = load_library(opened.file);
  opened.sha256 = library.sha256;
  if (library.entry == nullptr) refuse(file, "not a plugin: it has no function " GLK_ENTRY_POINT "()");
  const glk_plugin* given = call_guarded(file, GLK_ENTRY_POINT "()", [&] { return library.entry(); });
  if (given == nullptr) refuse(file, GLK_ENTRY_POINT "() returned null");

  const glk_plugin plugin = copy_struct(given);
  if (plugin.abi_version != GLK_ABI_VERSION) {
    refuse(file, fmt::format("made for version {} of the plugin interface; this program has version {}",
                             plugin.abi_version, GLK_ABI_VERSION));
  }
  if (plugin.get_factory == nullptr) refuse(file, "its glk_plugin has no get_factory()");
  opened.name = clean_text(plugin.name);
  opened.version = clean_text(plugin.version);
  opened.license = clean_text(plugin.license);
  opened.get_factory = plugin.get_factory;
  opened.get_extension = plugin.get_extension;
  return opened;
}

const void* get_factory(const PluginLibrary& library, const char* interface_id) {
  const auto ask = [&](const char* id) {
    return call_guarded(library.file, "get_factory()", [&] { return library.get_factory(id); });
  };
  if (const void* factory = ask(interface_id); factory != nullptr) return factory;

  const std::string family(family_of(interface_id));
  constexpr int highest = 9;
  for (const std::string_view state : {"v", "draft."}) {
    for (int number = 1; number <= highest; ++number) {
      const std::string other = fmt::format("{}{}{}", family, state, number);
      if (ask(other.c_str()) != nullptr) {
        refuse(library.file, fmt::format("made for the interface {}; this program has {}", other, interface_id));
      }
    }
  }
  refuse(library.file, fmt::format("does not offer the interface {}", interface_id));
}

const void* get_extension(const PluginLibrary& library, const char* id) {
  if (library.get_extension == nullptr) return nullptr;
  return call_guarded(library.file, "get_extension()", [&] { return library.get_extension(id); });
}

}  // namespace goldilocks::plugins
