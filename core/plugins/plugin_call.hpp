#pragma once

#include <exception>
#include <string>

#include <goldilocks/abi.h>

namespace goldilocks::plugins {

// Throws what a status other than GLK_OK means: PluginError "<place>: <the plugin's message>", or Interrupted if the
// plugin stopped because the user asked to. `error` is what the plugin filled.
[[noreturn]] void throw_plugin_failure(const std::string& place, glk_status status, const glk_error& error);

// The same for an exception that crossed the interface, which is forbidden.
[[noreturn]] void throw_crossed_exception(const std::string& place, const char* what);

// An error struct as the interface wants it: empty, with its size. Its message is not cleared beyond the first byte, as
// this stands in front of every call.
inline void reset_error(glk_error& error) {
  error.struct_size = sizeof(glk_error);
  error.code = GLK_OK;
  error.message[0] = '\0';
}

// Calls into a plugin: `call` gets a glk_error* and returns a glk_status; `place` returns the text that messages begin
// with, and is called only when something failed. Whatever goes wrong comes out as above.
template <class Call, class Place>
void call_plugin(const Place& place, const Call& call) {
  glk_error error;
  reset_error(error);
  glk_status status = GLK_OK;
  try {
    status = call(&error);
  } catch (const std::exception& exception) {
    throw_crossed_exception(place(), exception.what());
  } catch (...) {
    throw_crossed_exception(place(), nullptr);
  }
  if (status != GLK_OK) throw_plugin_failure(place(), status, error);
}

// Calls a plugin's function that releases an object. It has no way to report an error; what it throws is logged.
void log_crossed_exception(const std::string& place) noexcept;

template <class Release, class Place>
void release_plugin_object(const Place& place, const Release& release) noexcept {
  try {
    release();
  } catch (...) {
    log_crossed_exception(place());
  }
}

}  // namespace goldilocks::plugins
