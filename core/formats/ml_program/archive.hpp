#pragma once

#include <filesystem>

namespace goldilocks::ml_program {

// True for a regular file that begins as zip archives do.
bool is_zip_archive(const std::filesystem::path& path);

// A zip archive unpacked into a temporary folder, which goes with the object.
class UnpackedArchive {
 public:
  // Throws ModelError that begins with the path if the archive is broken, encrypted, holds links, names outside of
  // itself or the same name twice, claims to unpack to more than its bytes can hold, or holds no package; FileError if
  // the temporary folder can't be written or is too small. What macOS adds to archives (__MACOSX) is left out.
  explicit UnpackedArchive(const std::filesystem::path& path);
  ~UnpackedArchive();
  UnpackedArchive(const UnpackedArchive&) = delete;
  UnpackedArchive& operator=(const UnpackedArchive&) = delete;
  UnpackedArchive(UnpackedArchive&&) = delete;
  UnpackedArchive& operator=(UnpackedArchive&&) = delete;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace goldilocks::ml_program
