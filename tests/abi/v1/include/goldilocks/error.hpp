#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include <goldilocks/abi.h>

namespace goldilocks {

// What a plugin throws when it can't do what it was asked. The message is one line, names what is wrong and leaves out
// the plugin's name, layer and file: the host knows them and puts them in front. Every other exception derived from
// std::exception reaches the user too, as a defect of the plugin.
class Failure : public std::runtime_error {
 public:
  Failure(glk_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  glk_status status() const { return status_; }

 private:
  glk_status status_;
};

// An option or an argument is out of its domain.
class InvalidArgument : public Failure {
 public:
  explicit InvalidArgument(const std::string& message) : Failure(GLK_ERROR_INVALID_ARGUMENT, message) {}
};

// Valid, but beyond what this plugin does: an operation, a width, a shape.
class Unsupported : public Failure {
 public:
  explicit Unsupported(const std::string& message) : Failure(GLK_ERROR_UNSUPPORTED, message) {}
};

// A tensor or a file holds what the plugin can't use.
class BadData : public Failure {
 public:
  explicit BadData(const std::string& message) : Failure(GLK_ERROR_DATA, message) {}
};

// The user asked to stop; thrown by Host::throw_if_cancelled().
class Cancelled : public Failure {
 public:
  Cancelled() : Failure(GLK_ERROR_CANCELLED, "cancelled") {}
};

namespace detail {

// Copies as much of the message as fits, and never half of a UTF-8 character.
inline glk_status fill_error(glk_error* error, glk_status status, std::string_view message) noexcept {
  if (error == nullptr || !GLK_HAS(error, glk_error, message)) return status;
  error->code = status;
  std::size_t length = std::min(message.size(), sizeof(error->message) - 1);
  if (length < message.size()) {
    while (length > 0 && (static_cast<unsigned char>(message[length]) & 0xC0U) == 0x80U) --length;
  }
  std::memcpy(error->message, message.data(), length);
  error->message[length] = '\0';
  return status;
}

// The border: runs the body, and turns whatever it throws into a status and a message.
template <class Body>
glk_status guarded(glk_error* error, Body&& body) noexcept {
  try {
    body();
    return GLK_OK;
  } catch (const Failure& failure) {
    // A status of "fine" in a failure would hide it.
    return fill_error(error, failure.status() == GLK_OK ? GLK_ERROR_INTERNAL : failure.status(), failure.what());
  } catch (const std::bad_alloc&) {
    return fill_error(error, GLK_ERROR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& exception) {
    return fill_error(error, GLK_ERROR_INTERNAL, exception.what());
  } catch (...) {
    return fill_error(error, GLK_ERROR_INTERNAL, "an exception that is not a std::exception");
  }
}

}  // namespace detail
}  // namespace goldilocks
