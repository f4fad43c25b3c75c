#include "core/store/run_lock.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace goldilocks::store {
namespace {

constexpr const char* lock_name = ".lock";

// " (process 4711)", as the holder has written it, or "" if it has not come to that yet.
std::string holder(const std::filesystem::path& file) {
  try {
    const std::string text = read_file(file);
    const bool is_number = !text.empty() && std::all_of(text.begin(), text.end(),
                                                        [](unsigned char letter) { return std::isdigit(letter); });
    return is_number ? " (process " + text + ")" : "";
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
  const std::string process = std::to_string(::getpid());
  if (::ftruncate(file_.descriptor(), 0) != 0 || ::write(file_.descriptor(), process.data(), process.size()) < 0)
    return;
}

RunLock::~RunLock() { ::unlink(path_.c_str()); }

void require_no_run(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / lock_name;
  if (LockedFile::is_held(file)) refuse(folder, file, "");
}

}  // namespace goldilocks::store
