#pragma once

#include <functional>
#include <string>

#include <goldilocks/abi.h>

namespace goldilocks::plugins {

// What the host offers to one plugin, as the C interface hands it over: its log lines reach spdlog with `label` in
// front, its progress the ProgressScope around the call, and it learns of a cancellation. Any thread. Must outlive the
// plugin's object, and doesn't move.
class HostServices {
 public:
  explicit HostServices(std::string label);
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  const glk_host* get() const { return &host_; }
  const std::string& label() const { return label_; }

 private:
  std::string label_;
  glk_host host_{};
};

// While it lives, progress that a plugin reports from this thread goes to `listener`, as a fraction in 0..1 that may
// come often. Scopes nest; without one, progress is dropped. Exceptions of the listener are, too.
class ProgressScope {
 public:
  explicit ProgressScope(std::function<void(double)> listener);
  ~ProgressScope();
  ProgressScope(const ProgressScope&) = delete;
  ProgressScope& operator=(const ProgressScope&) = delete;

 private:
  std::function<void(double)> listener_;
  const std::function<void(double)>* before_;
};

}  // namespace goldilocks::plugins
