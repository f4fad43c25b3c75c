#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/plugins/backend.hpp"
#include "core/plugins/options.hpp"
#include "core/plugins/quantizer.hpp"
#include "core/plugins/report.hpp"

namespace goldilocks::plugins {

enum class Kind { quantizer, backend, report };
std::string to_text(Kind kind);  // "quantizer", ...

// What `plugins list` shows of one library that was found.
struct PluginInfo {
  Kind kind = Kind::quantizer;
  std::string name;  // by which a pipeline names it
  std::string summary, version, license;
  std::filesystem::path file;  // symbolic links followed; of a refused one, as it was found
  std::vector<OptionSpec> options;
  std::string error;  // why it can't be used; then the fields above but kind, name and file are empty
};

// Finds libraries goldilocks-<kind>-<name>.so in the search path, opens them on demand, checks and caches them for the
// life of the process. Names match [a-z0-9_]+. Safe from any thread.
class Registry {
 public:
  // `search_path` in order of preference; folders, or single library files. What doesn't exist is skipped, and named
  // when a plugin is found nowhere. Throws PluginError for a file that is not called as plugins are.
  explicit Registry(const std::vector<std::filesystem::path>& search_path);

  // Adds places in front of the present ones (a pipeline's `plugins:` list). Throws as the constructor does.
  void prepend(const std::vector<std::filesystem::path>& places);

  // Adds a function that no library holds: a program's own, as the Python package's callables. It hides a library of
  // the same name, and lives as long as this registry and its copies. Not while another thread uses the registry.
  void add(std::shared_ptr<const QuantizerPlugin> quantizer);

  // Each throws PluginError: unknown name (with a suggestion), a library that is refused (owner, permissions, interface
  // version, missing symbol, malformed factory) with file and reason. The object lives as long as the process, unless
  // it was added.
  const QuantizerPlugin& quantizer(const std::string& name);
  const BackendPlugin& backend(const std::string& name);
  const ReportPlugin& report(const std::string& name);

  // Names found for a kind, without opening anything; sorted.
  std::vector<std::string> names(Kind kind) const;

  // Everything found, opened; a library that is refused is listed with its error.
  std::vector<PluginInfo> list();
  // One of them. Throws PluginError for an unknown name only.
  PluginInfo describe(Kind kind, const std::string& name);

  // Not while another thread prepends.
  const std::vector<std::filesystem::path>& search_path() const { return search_path_; }

 private:
  struct Loaded;
  std::vector<std::filesystem::path> search_path_;
  std::shared_ptr<Loaded> loaded_;
  std::map<std::string, std::shared_ptr<const QuantizerPlugin>> added_;
};

// The default search path: `explicit_places` (--plugin-path), $GOLDILOCKS_PLUGIN_PATH (separated by ':'), then the
// installed folder, found from the program's own location (<prefix>/bin/goldilocks -> <prefix>/lib/goldilocks/plugins;
// in a build tree <build>/bin/goldilocks -> <build>/lib/goldilocks/plugins). Never the current folder.
std::vector<std::filesystem::path> default_search_path(const std::vector<std::filesystem::path>& explicit_places);

}  // namespace goldilocks::plugins
