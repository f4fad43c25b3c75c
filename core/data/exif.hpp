#pragma once

#include <cstddef>
#include <span>

#include "core/data/image.hpp"

namespace goldilocks::data {

// How a camera was held, as EXIF numbers it: where the stored image's first row and first column belong in the image as
// it is to be seen.
//
//     1 top, left      3 bottom, right   5 left, top       7 right, bottom
//     2 top, right     4 bottom, left    6 right, top      8 left, bottom
//
// Reads the orientation from EXIF data (a TIFF structure, as in a PNG's eXIf chunk). What is not there, broken, or
// outside 1..8 reads as 1, as viewers do: metadata that nobody can read is no reason to refuse a picture.
int exif_orientation(std::span<const std::byte> tiff);

// The same from a JPEG's APP1 segments.
int jpeg_orientation(std::span<const std::byte> jpeg);

// The image as it is to be seen. Orientations 5 to 8 swap width and height.
Image apply_orientation(Image image, int orientation);

}  // namespace goldilocks::data
