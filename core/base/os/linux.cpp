// What Linux has in its own way; macos.cpp is its counterpart.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): renameat2
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"
#include "core/base/os/process.hpp"

namespace goldilocks::os {

Descriptor open_nameless() { return Descriptor(::memfd_create("goldilocks", MFD_CLOEXEC)); }

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
bool share_content(int from, int to) { return ::ioctl(to, FICLONE, from) == 0; }

bool rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0;
}

bool exchange(const std::filesystem::path& one, const std::filesystem::path& other) {
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

const std::filesystem::path& folder_of_descriptors() {
  static const std::filesystem::path folder = "/proc/self/fd";
  return folder;
}

bool end_with_parent(std::int64_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  return ::getppid() == parent;
}

// What getrusage() says includes the process that started this one.
double own_peak_memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    constexpr std::string_view key = "VmHWM:";
    if (line.starts_with(key)) return std::stod(line.substr(key.size())) / 1024;
  }
  return 0;
}

// It leads to the program that runs, even if that file was replaced.
std::filesystem::path this_program() { return "/proc/self/exe"; }

std::filesystem::path place_of_this_program() {
  std::error_code problem;
  std::filesystem::path program = std::filesystem::read_symlink(this_program(), problem);
  if (problem) throw FileError(this_program(), "read", problem.value());
  return program;
}

std::filesystem::path library_of(const void* address) {
  Dl_info info{};
  void* entry = nullptr;
  if (dladdr1(address, &info, &entry, RTLD_DL_LINKMAP) == 0 || entry == nullptr) return {};
  return static_cast<const link_map*>(entry)->l_name;
}

std::string last_loader_error() {
  const char* error = ::dlerror();
  return error == nullptr ? "" : error;
}

std::string description_of_signal(int signal) {
  const char* description = ::sigdescr_np(signal);
  return "signal " + std::to_string(signal) + (description == nullptr ? "" : " (" + std::string(description) + ")");
}

bool open_pipe(Descriptor& reading, Descriptor& writing) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  reading = Descriptor(ends[0]);
  writing = Descriptor(ends[1]);
  return true;
}

}  // namespace goldilocks::os
