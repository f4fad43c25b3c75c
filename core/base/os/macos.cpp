// What macOS has in its own way, by its documentation: NOT TESTED, and never compiled on a Mac.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): renamex_np
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>

#include <mach-o/dyld.h>
#include <sys/event.h>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"
#include "core/base/os/process.hpp"

namespace goldilocks::os {

// There is no file without a name: one loses it at once.
Descriptor open_nameless() {
  std::string pattern = "/tmp/goldilocks-XXXXXX";
  const int descriptor = ::mkstemp(pattern.data());
  if (descriptor < 0) return Descriptor();
  ::unlink(pattern.c_str());
  keep_from_children(descriptor);
  return Descriptor(descriptor);
}

// By descriptor the system copies: the caller does that as well.
bool share_content(int /*from*/, int /*to*/) {
  errno = ENOTSUP;
  return false;
}

bool rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  const bool done = ::renamex_np(from.c_str(), to.c_str(), RENAME_EXCL) == 0;
  if (!done && errno == ENOTSUP) errno = ENOSYS;
  return done;
}

bool exchange(const std::filesystem::path& one, const std::filesystem::path& other) {
  const bool done = ::renamex_np(one.c_str(), other.c_str(), RENAME_SWAP) == 0;
  if (!done && errno == ENOTSUP) errno = ENOSYS;
  return done;
}

const std::filesystem::path& folder_of_descriptors() {
  static const std::filesystem::path folder = "/dev/fd";
  return folder;
}

bool end_with_parent(std::int64_t parent) {
  const int queue = ::kqueue();
  struct kevent change {};
  EV_SET(&change, static_cast<uintptr_t>(parent), EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  if (queue < 0 || ::kevent(queue, &change, 1, nullptr, 0, nullptr) != 0) return false;
  std::thread([queue] {
    struct kevent ended {};
    if (::kevent(queue, nullptr, 0, &ended, 1, nullptr) == 1) ::kill(::getpid(), SIGKILL);
  }).detach();
  return ::getppid() == parent;
}

double own_peak_memory_mib() { return peak_memory_mib(); }

std::filesystem::path this_program() {
  std::array<char, 4096> name{};
  auto size = static_cast<std::uint32_t>(name.size());
  if (::_NSGetExecutablePath(name.data(), &size) != 0) return {};
  return name.data();
}

std::filesystem::path place_of_this_program() {
  std::error_code problem;
  std::filesystem::path program = std::filesystem::canonical(this_program(), problem);
  if (problem) throw FileError(this_program(), "read", problem.value());
  return program;
}

std::filesystem::path library_of(const void* address) {
  Dl_info info{};
  if (::dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code problem;
  const bool is_program = std::filesystem::equivalent(info.dli_fname, this_program(), problem);
  return is_program ? std::filesystem::path() : std::filesystem::path(info.dli_fname);
}

std::string last_loader_error() {
  const char* error = ::dlerror();
  return error == nullptr ? "" : error;
}

std::string description_of_signal(int signal) {
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

bool open_pipe(Descriptor& reading, Descriptor& writing) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return false;
  for (const int end : ends) keep_from_children(end);
  reading = Descriptor(ends[0]);
  writing = Descriptor(ends[1]);
  return true;
}

}  // namespace goldilocks::os
