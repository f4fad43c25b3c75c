#pragma once

#include <filesystem>

#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"

namespace goldilocks::data {

// Fills the pixels of a packed dataset and their shape from a .npy file of uint8 [N, H, W] or [N, H, W, 3]. Throws
// DataError and FileError that begin with the file.
void read_packed_pixels(Dataset& dataset, const std::filesystem::path& images);
// The same from an array that `images` holds.
void set_pixels(Dataset& dataset, const NpyView& array, const std::filesystem::path& images);

// Gives the samples of a dataset the classes of an array of integers, [samples], which `labels` holds. Throws DataError
// that begins with that file.
void set_labels(Dataset& dataset, const NpyView& array, const std::filesystem::path& labels);

}  // namespace goldilocks::data
