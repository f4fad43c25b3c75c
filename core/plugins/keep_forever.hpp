#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace goldilocks::plugins {

// Keeps an object until the process ends, past the destruction of all statics: for what plugins' objects, threads and
// exit handlers may still refer to then. Any thread.
template <class Object>
Object& keep_forever(std::unique_ptr<Object> object) {
  struct Kept {
    std::mutex mutex;
    std::vector<std::unique_ptr<Object>> objects;
  };
  static auto* const kept = new Kept;
  const std::lock_guard lock(kept->mutex);
  return *kept->objects.emplace_back(std::move(object));
}

}  // namespace goldilocks::plugins
