#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <goldilocks/abi.h>

namespace goldilocks::plugins {

// What the host offers to one object of a plugin, as the C interface hands it over: its log lines reach spdlog with
// `label` in front, its progress the ProgressScope around the call, and it learns of a cancellation. Any thread. Must
// outlive the plugin's object, and doesn't move.
class HostServices {
 public:
  explicit HostServices(std::string label);
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  const glk_host* get() const { return &host_; }
  const std::string& label() const { return label_; }

  // A call into the object, while this lives, by the thread that made it; calls may nest. What the plugin reports as
  // its progress goes to the ProgressScope around it: from this thread always, from another one if the object is in no
  // other call at the moment, as nothing tells then which one is meant.
  class Call {
   public:
    explicit Call(const HostServices& services);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    Call(Call&&) = delete;
    Call& operator=(Call&&) = delete;

    // Progress of this call. Any thread while the call lasts; the listener hears one at a time.
    void report(double fraction) noexcept;

   private:
    friend class HostServices;
    const HostServices& services_;
    const std::function<void(double)>* listener_;
    std::mutex listening_;
    Call* outer_;
  };

 private:
  void report(double fraction) const noexcept;
  static void progress(void* context, double fraction) noexcept;

  std::string label_;
  glk_host host_{};
  mutable std::mutex mutex_;
  mutable std::vector<Call*> calls_;  // in progress
};

// While it lives, the progress of plugin calls that this thread makes goes to `listener`, as a fraction in 0..1 that
// may come often and from any thread, but one at a time for each call. The listener calls no plugin. Scopes nest;
// without one, progress is dropped. Exceptions of the listener are, too.
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
