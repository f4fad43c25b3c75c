#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "core/base/file.hpp"
#include "core/formats/ml_program/type.hpp"

namespace goldilocks::ml_program {

// A weight file (version 2), mapped read-only: nothing of it is read before it is asked for, however large it is.
//
//     0   count of blobs, version (uint32 each), then 0 up to 64
//     at the offsets that values name:
//     +0  0xDEADBEEF, type (uint32 each)
//     +8  bytes of data, offset of the data in the file, unused bits of its last byte (uint64 each)
//     +32 reserved up to 64
//
// All numbers are little-endian. Files from before iOS 18 may hold garbage in the unused bits' field, where the type
// has whole bytes, and in the reserved ones.
class WeightFile {
 public:
  // Maps the file. Throws FileError if that fails, and ModelError that begins with the path if it has no header of
  // version 2.
  explicit WeightFile(const std::filesystem::path& path);

  // The elements of the blob whose metadata stands at `offset`: views into the map, for as long as this object lives.
  // Throws ModelError, without a place, unless the metadata lies in the file and has the type's code, the data lies in
  // the file too, and it holds exactly the elements of the type, a tensor whose dimensions are all known.
  std::span<const std::byte> blob(std::uint64_t offset, const Type& type) const;

  std::uint64_t size() const { return file_.bytes().size(); }

 private:
  MappedFile file_;
};

}  // namespace goldilocks::ml_program
