#pragma once

#include <filesystem>

#include "core/base/locked_file.hpp"

namespace goldilocks::store {

// Keeps a run's folder to one writer, among the threads and processes of all machines that see it. The lock is a file
// ".lock" in the folder, which goes with the object; one that a killed process left behind is no obstacle.
class RunLock {
 public:
  // Creates the folder if needed. Throws FileError that names the folder, and the process with its machine if they are
  // known, if another run is writing there, or if the folder can't be written.
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  RunLock(RunLock&&) = delete;
  RunLock& operator=(RunLock&&) = delete;

 private:
  std::filesystem::path path_;
  LockedFile file_;
};

// For who reads a run's folder, or writes something else into it. Throws FileError, as RunLock does, if a run is
// writing there at the moment; takes no lock.
void require_no_run(const std::filesystem::path& folder);

}  // namespace goldilocks::store
