#pragma once

#include <string>

#include "core/data/image.hpp"

namespace goldilocks::data {

// The image as a PNG file's content if neither side is above `side` pixels; otherwise scaled down, with its aspect
// ratio, so that the longer one is `side`, as a JPEG file's content. The same bytes for the same image and libraries.
// Throws std::invalid_argument for pixels that don't fit the size, or a side below 1.
std::string thumbnail(const Image& image, int side);

}  // namespace goldilocks::data
