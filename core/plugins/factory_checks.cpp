#include "core/plugins/factory_checks.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/plugins/declared_options.hpp"
#include "core/plugins/plugin_file_name.hpp"

namespace goldilocks::plugins {
namespace {

// More than any plugin lists; a larger count is a pointer or garbage.
constexpr std::uint64_t text_limit = 10000;

[[noreturn]] void refuse(const PluginLibrary& library, const std::string& reason) {
  throw PluginError(library.file.string(), reason);
}

}  // namespace

void check_factory_name(const PluginLibrary& library, std::string_view kind, const char* declared) {
  const std::string name = clean_text(declared);
  if (!is_valid_name(name)) {
    refuse(library, fmt::format("declares the {} '{}', whose name is not made of a-z, 0-9 and _", kind, name));
  }
  const auto file = parse_plugin_file_name(library.file.filename().string());
  if (file && file->name != name) {
    refuse(library,
           fmt::format("declares the {} '{}'; to give it another name, make a symbolic link to its file", kind, name));
  }
}

void check_member(const PluginLibrary& library, bool present, std::string_view member) {
  if (!present) refuse(library, fmt::format("its factory has no {}()", member));
}

std::vector<std::string> read_strings(const PluginLibrary& library, std::string_view what, const char* const* strings,
                                      std::uint64_t count) {
  if (count > text_limit || (count > 0 && strings == nullptr)) {
    refuse(library, fmt::format("declares no readable list of {}", what));
  }
  std::vector<std::string> copies;
  copies.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    copies.push_back(clean_text(strings[i]));
    if (copies.back().empty()) refuse(library, fmt::format("has an empty entry in its list of {}", what));
  }
  return copies;
}

std::vector<OptionSpec> read_factory_options(const PluginLibrary& library, const glk_option* const* options,
                                             std::uint64_t count) {
  try {
    return read_declared_options(options, count);
  } catch (const PluginError& error) {
    refuse(library, error.what());
  }
}

}  // namespace goldilocks::plugins
