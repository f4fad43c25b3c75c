#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "core/base/open_file.hpp"
#include "core/data/image.hpp"
#include "core/data/npy.hpp"

namespace goldilocks::data {

struct Dataset;

// Images of one size that stand one behind the other in a file, of which each is read when it is wanted. Any thread.
struct PackedPixels {
  std::shared_ptr<const OpenFile> file{};  // null: there are none
  std::uint64_t begin = 0;                 // the place of the first image
  int height = 0, width = 0, channels = 0;
  std::vector<std::size_t> rows{};  // by sample: where its image stands among the others

  std::size_t image_size() const;  // in bytes
  // Throws FileError.
  Image read(std::size_t sample) const;
};

// Arrays of uint8 [N, H, W] or [N, H, W, 3] as images, from a .npy file or from values that are kept in memory, as
// those of a file in Fortran order are. Throw DataError and FileError that begin with `images`.
PackedPixels open_packed_pixels(const std::filesystem::path& images);
PackedPixels keep_packed_pixels(const NpyView& array, const std::filesystem::path& images);

// Gives the samples of a dataset the classes of an array of integers, [samples], which `labels` holds. Throws DataError
// that begins with that file.
void set_labels(Dataset& dataset, const NpyView& array, const std::filesystem::path& labels);

}  // namespace goldilocks::data
