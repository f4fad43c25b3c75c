#pragma once

#include <string>

#include <goldilocks/abi.h>
#include <goldilocks/error.hpp>

namespace goldilocks {

// What the host offers to a plugin's object while that object lives. Any thread. A copy is cheap.
class Host {
 public:
  Host() = default;
  explicit Host(const glk_host* host) : host_(host) {}

  void debug(const std::string& message) const { log(GLK_LOG_DEBUG, message); }
  void info(const std::string& message) const { log(GLK_LOG_INFO, message); }
  void warning(const std::string& message) const { log(GLK_LOG_WARNING, message); }
  void error(const std::string& message) const { log(GLK_LOG_ERROR, message); }

  // An extension of the host by its id (GLK_PROGRAM_ID: glk_program, ...); null where this host doesn't have it.
  template <class Extension>
  const Extension* extension(const char* id) const {
    if (host_ == nullptr || !GLK_HAS(host_, glk_host, get_extension) || host_->get_extension == nullptr) return nullptr;
    return static_cast<const Extension*>(host_->get_extension(host_->context, id));
  }

  // How much of the call in progress is done, 0..1. From a thread of the plugin's own it counts only while this object
  // is in a single call; Result::progress() always counts.
  void progress(double fraction) const {
    if (host_ != nullptr && GLK_HAS(host_, glk_host, progress) && host_->progress != nullptr) {
      host_->progress(host_->context, fraction);
    }
  }

  bool cancelled() const {
    return host_ != nullptr && GLK_HAS(host_, glk_host, cancelled) && host_->cancelled != nullptr &&
           host_->cancelled(host_->context) != 0;
  }

  // Long loops call it now and then, so that Ctrl-C doesn't wait for them.
  void throw_if_cancelled() const {
    if (cancelled()) throw Cancelled();
  }

 private:
  void log(int level, const std::string& message) const {
    if (host_ != nullptr && GLK_HAS(host_, glk_host, log) && host_->log != nullptr) {
      host_->log(host_->context, level, message.c_str());
    }
  }

  const glk_host* host_ = nullptr;
};

}  // namespace goldilocks
