#pragma once

#include <filesystem>

#include "core/data/dataset.hpp"

namespace goldilocks::data {

// Fills the pixels of a packed dataset and their shape from a .npy file of uint8 [N, H, W] or [N, H, W, 3]. Throws
// DataError and FileError that begin with the file.
void read_packed_pixels(Dataset& dataset, const std::filesystem::path& images);

}  // namespace goldilocks::data
