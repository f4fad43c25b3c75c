#pragma once

#include "core/data/image.hpp"

namespace goldilocks::data {

// The image with 1 or 3 channels, whichever it has. To gray by the luma of Rec. 601, 0.299 R + 0.587 G + 0.114 B, in
// fixed point; a gray pixel spread to three channels and back stays what it was. To colour by repeating the gray.
Image with_channels(Image image, int channels);

}  // namespace goldilocks::data
