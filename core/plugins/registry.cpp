// Plugins by name, opened when first asked for and kept until the process ends. plugin_search.cpp finds their files,
// plugin_library.cpp opens them, and the adapters make C++ objects of their factories.
#include "core/plugins/registry.hpp"

#include "core/base/error.hpp"
#include "core/plugins/backend_adapter.hpp"
#include "core/plugins/keep_forever.hpp"
#include "core/plugins/plugin_library.hpp"
#include "core/plugins/plugin_search.hpp"
#include "core/plugins/quantizer_adapter.hpp"
#include "core/plugins/report_adapter.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

template <class Plugin>
PluginInfo info_of(Kind kind, const Plugin& plugin) {
  return {kind, plugin.name, plugin.summary, plugin.version, plugin.license, plugin.file, plugin.options, ""};
}

// The file is a field of its own beside the error.
std::string without_file(const Error& error, const fs::path& file) {
  std::error_code ignored;
  const std::string real = fs::weakly_canonical(file, ignored).string();
  const bool is_real = !error.places().empty() && error.places().front() == real;
  return error.text_within(is_real ? real : file.string());
}

}  // namespace

// What was opened, by the path it was found under: a place that is put in front later hides a name, and takes nothing
// away from those who hold what the name meant before.
struct Registry::Loaded {
  template <class Plugin, class Adapt>
  const Plugin& open(const std::vector<fs::path>& places, Kind kind, const std::string& name,
                     std::map<fs::path, const Plugin*>& opened, const Adapt& adapt) {
    const std::lock_guard lock(mutex);
    const fs::path file = find_plugin(places, kind, name);
    const Plugin*& plugin = opened[file];
    if (plugin == nullptr) plugin = &keep_forever(adapt(open_plugin_library(file), name));
    return *plugin;
  }

  std::mutex mutex;  // of the search path too
  std::map<fs::path, const QuantizerPlugin*> quantizers;
  std::map<fs::path, const BackendPlugin*> backends;
  std::map<fs::path, const ReportPlugin*> reports;
};

Registry::Registry(const std::vector<fs::path>& search_path)
    : search_path_(checked_places(search_path)), loaded_(std::make_shared<Loaded>()) {}

void Registry::prepend(const std::vector<fs::path>& places) {
  const std::vector<fs::path> checked = checked_places(places);
  const std::lock_guard lock(loaded_->mutex);
  search_path_.insert(search_path_.begin(), checked.begin(), checked.end());
}

void Registry::add(std::shared_ptr<const QuantizerPlugin> quantizer) { added_[quantizer->name] = std::move(quantizer); }

const QuantizerPlugin& Registry::quantizer(const std::string& name) {
  if (const auto added = added_.find(name); added != added_.end()) return *added->second;
  return loaded_->open(search_path_, Kind::quantizer, name, loaded_->quantizers, adapt_quantizer);
}

const BackendPlugin& Registry::backend(const std::string& name) {
  return loaded_->open(search_path_, Kind::backend, name, loaded_->backends, adapt_backend);
}

const ReportPlugin& Registry::report(const std::string& name) {
  return loaded_->open(search_path_, Kind::report, name, loaded_->reports, adapt_report);
}

std::vector<std::string> Registry::names(Kind kind) const {
  const std::lock_guard lock(loaded_->mutex);
  return plugin_names(search_path_, kind);
}

std::vector<PluginInfo> Registry::list() {
  std::vector<PluginInfo> infos;
  for (const Kind kind : {Kind::quantizer, Kind::backend, Kind::report}) {
    for (const std::string& name : names(kind)) infos.push_back(describe(kind, name));
  }
  return infos;
}

PluginInfo Registry::describe(Kind kind, const std::string& name) {
  PluginInfo refused;
  refused.kind = kind;
  refused.name = name;
  {
    const std::lock_guard lock(loaded_->mutex);
    refused.file = find_plugin(search_path_, kind, name);
  }
  try {
    switch (kind) {
      case Kind::quantizer:
        return info_of(kind, quantizer(name));
      case Kind::backend:
        return info_of(kind, backend(name));
      case Kind::report:
        return info_of(kind, report(name));
    }
  } catch (const PluginError& error) {
    refused.error = without_file(error, refused.file);
  }
  return refused;
}

}  // namespace goldilocks::plugins
