#pragma once

#include <memory>
#include <string>

#include "core/plugins/plugin_library.hpp"
#include "core/plugins/report.hpp"

namespace goldilocks::plugins {

// The library's report under `name`. Throws PluginError "<file>: <reason>" for a factory that is missing or malformed.
std::unique_ptr<ReportPlugin> adapt_report(const PluginLibrary& library, const std::string& name);

}  // namespace goldilocks::plugins
