#include "core/plugins/host_services.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/cancellation.hpp"
#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {
namespace {

thread_local const std::function<void(double)>* progress_listener = nullptr;

spdlog::level::level_enum level_of(std::int32_t level) {
  switch (level) {
    case GLK_LOG_DEBUG:
      return spdlog::level::debug;
    case GLK_LOG_INFO:
      return spdlog::level::info;
    case GLK_LOG_WARNING:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

// Plugins call these: nothing may leave them.
void log(void* context, std::int32_t level, const char* message) noexcept {
  try {
    spdlog::log(level_of(level), "{}: {}", static_cast<const HostServices*>(context)->label(), clean_text(message));
  } catch (...) {
    // A message that can't be written is no reason to end a plugin's work.
    return;
  }
}

void progress(void* /*context*/, double fraction) noexcept {
  if (progress_listener == nullptr || std::isnan(fraction)) return;
  try {
    (*progress_listener)(std::clamp(fraction, 0.0, 1.0));
  } catch (...) {
    return;
  }
}

std::int32_t cancelled(void* /*context*/) noexcept { return cancellation_requested() ? 1 : 0; }

}  // namespace

HostServices::HostServices(std::string label) : label_(std::move(label)) {
  host_.struct_size = sizeof(glk_host);
  host_.context = this;
  host_.log = &log;
  host_.progress = &progress;
  host_.cancelled = &cancelled;
}

ProgressScope::ProgressScope(std::function<void(double)> listener)
    : listener_(std::move(listener)), before_(std::exchange(progress_listener, &listener_)) {}

ProgressScope::~ProgressScope() { progress_listener = before_; }

}  // namespace goldilocks::plugins
