#include "core/store/run_lock.hpp"

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/os/files.hpp"
#include "core/base/os/process.hpp"

namespace goldilocks::store {
namespace {

constexpr const char* lock_name = ".lock";

// "process 4711 on builder": a process id alone says nothing where several machines share the folder.
std::string this_process() {
  const std::string host = os::host_name();
  const std::string process = "process " + std::to_string(os::process_id());
  return host.empty() ? process : process + " on " + host;
}

// The same in brackets, as the holder has written it, or "" if it has not come to that yet.
std::string holder(const std::filesystem::path& file) {
  try {
    const std::string text = read_file(file);
    const bool is_line =
        text.starts_with("process ") &&
        std::all_of(text.begin(), text.end(), [](unsigned char letter) { return std::isprint(letter) != 0; });
    return is_line ? " (" + text + ")" : "";
  } catch (const FileError&) {
    return "";
  }
}

[[noreturn]] void refuse(const std::filesystem::path& folder, const std::filesystem::path& file, const char* advice) {
  throw FileError(folder, "another run" + holder(file) + " is writing this folder; wait until it has ended" + advice);
}

LockedFile lock_folder(const std::filesystem::path& folder, const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw FileError(folder, "create the folder", error.value());
  auto locked = LockedFile::attempt(file);
  if (!locked) refuse(folder, file, ", or choose another with --output");
  return *std::move(locked);
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) : path_(folder / lock_name), file_(lock_folder(folder, path_)) {
  // Only a courtesy to whoever finds the lock taken: the lock holds without it.
  const std::string process = this_process();
  if (os::resize(file_.descriptor(), 0)) os::write_all(file_.descriptor(), std::as_bytes(std::span(process)));
}

RunLock::~RunLock() { os::remove(path_); }

void require_no_run(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / lock_name;
  if (LockedFile::is_held(file)) refuse(folder, file, "");
}

}  // namespace goldilocks::store
