#include "core/plugins/plugin_call.hpp"

#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {
namespace {

std::string_view meaning(glk_status status) {
  switch (status) {
    case GLK_ERROR_INVALID_ARGUMENT:
      return "invalid argument";
    case GLK_ERROR_UNSUPPORTED:
      return "not supported";
    case GLK_ERROR_DATA:
      return "unusable data";
    case GLK_ERROR_OUT_OF_MEMORY:
      return "out of memory";
    case GLK_ERROR_INTERNAL:
      return "internal error";
    default:
      return {};
  }
}

}  // namespace

void throw_plugin_failure(const std::string& place, glk_status status, const glk_error& error) {
  if (status == GLK_ERROR_CANCELLED) {
    if (cancellation_requested()) throw Interrupted();
    throw PluginError(place, "it stopped, though nobody asked it to");
  }
  const std::string message = clean_text(error.message, sizeof(error.message));
  const std::string_view known = meaning(status);
  if (known.empty()) {
    throw PluginError(
        place, fmt::format("failed with the unknown status {}{}{}", status, message.empty() ? "" : ": ", message));
  }
  if (message.empty()) throw PluginError(place, fmt::format("failed without a message ({})", known));
  throw PluginError(place, message);
}

void throw_crossed_exception(const std::string& place, const char* what) {
  throw PluginError(place, fmt::format("the plugin let an exception cross its interface{}{}",
                                       what == nullptr ? "" : ": ", clean_text(what)));
}

void log_crossed_exception(const std::string& place) noexcept {
  spdlog::error("{}: the plugin let an exception cross its interface while it released an object", place);
}

}  // namespace goldilocks::plugins
