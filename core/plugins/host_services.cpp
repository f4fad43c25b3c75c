#include "core/plugins/host_services.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/cancellation.hpp"
#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {
namespace {

thread_local const std::function<void(double)>* progress_listener = nullptr;
thread_local HostServices::Call* innermost_call = nullptr;

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

const void* host_extension(void* /*context*/, const char* id) noexcept {
  static constexpr glk_program program = {sizeof(glk_program), 0, "goldilocks", GOLDILOCKS_VERSION};
  return id != nullptr && std::string_view(id) == GLK_PROGRAM_ID ? &program : nullptr;
}

std::int32_t cancelled(void* /*context*/) noexcept { return cancellation_requested() ? 1 : 0; }

}  // namespace

HostServices::HostServices(std::string label) : label_(std::move(label)) {
  host_.struct_size = sizeof(glk_host);
  host_.context = this;
  host_.log = &log;
  host_.progress = &progress;
  host_.cancelled = &cancelled;
  host_.get_extension = &host_extension;
}

void HostServices::progress(void* context, double fraction) noexcept {
  static_cast<const HostServices*>(context)->report(fraction);
}

void HostServices::report(double fraction) const noexcept {
  for (Call* call = innermost_call; call != nullptr; call = call->outer_) {
    if (&call->services_ == this) return call->report(fraction);
  }
  // A thread of the plugin's own. The call can't end before the lock is free again.
  const std::lock_guard lock(mutex_);
  if (calls_.size() == 1) calls_.front()->report(fraction);
}

HostServices::Call::Call(const HostServices& services)
    : services_(services), listener_(progress_listener), outer_(std::exchange(innermost_call, this)) {
  const std::lock_guard lock(services_.mutex_);
  services_.calls_.push_back(this);
}

HostServices::Call::~Call() {
  innermost_call = outer_;
  const std::lock_guard lock(services_.mutex_);
  std::erase(services_.calls_, this);
}

void HostServices::Call::report(double fraction) noexcept {
  if (listener_ == nullptr || std::isnan(fraction)) return;
  try {
    const std::lock_guard lock(listening_);
    (*listener_)(std::clamp(fraction, 0.0, 1.0));
  } catch (...) {
    return;
  }
}

ProgressScope::ProgressScope(std::function<void(double)> listener)
    : listener_(std::move(listener)), before_(std::exchange(progress_listener, &listener_)) {}

ProgressScope::~ProgressScope() { progress_listener = before_; }

}  // namespace goldilocks::plugins
