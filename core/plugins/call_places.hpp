#pragma once

#include <string_view>

namespace goldilocks::plugins {

// Where the plugin calls of this process are at work: "layer 'conv1', weights: quantizer 'linear'". A worker process
// turns the record on, so that it can still tell when a plugin has crashed or hangs; elsewhere it is off and costs
// nothing.

// Once, before the first call into a plugin.
void record_call_places() noexcept;

// A call into a plugin, while the object lives. One thread; calls may nest.
class CallPlace {
 public:
  CallPlace(std::string_view layer, std::string_view parameter, std::string_view quantizer) noexcept;
  ~CallPlace();
  CallPlace(const CallPlace&) = delete;
  CallPlace& operator=(const CallPlace&) = delete;
  CallPlace(CallPlace&&) = delete;
  CallPlace& operator=(CallPlace&&) = delete;

 private:
  int slot_;
  int outer_;
};

// For signal handlers: the place of the calling thread's innermost call, or that of any call at work. Null: none. The
// text stays readable, though it may change once its call ends.
const char* place_of_this_thread() noexcept;
const char* place_of_any_thread() noexcept;

}  // namespace goldilocks::plugins
