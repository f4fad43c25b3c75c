#pragma once

#include <memory>
#include <string>

#include "core/plugins/backend.hpp"
#include "core/plugins/plugin_library.hpp"

namespace goldilocks::plugins {

// The library's backend under `name`. Throws PluginError "<file>: <reason>" for a factory that is missing or malformed.
std::unique_ptr<BackendPlugin> adapt_backend(const PluginLibrary& library, const std::string& name);

}  // namespace goldilocks::plugins
