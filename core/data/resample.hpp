#pragma once

#include "core/data/image.hpp"

namespace goldilocks::data {

// A rectangle of an image in continuous coordinates: pixel k reaches from k to k + 1, its centre is at k + 0.5.
struct Window {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
};

// The window scaled to width x height pixels; the window lies inside the image. Pixels around the window, but never
// beyond the image, take part where the filter reaches out: so this equals scaling the whole image and cutting out the
// window afterwards. A constant image stays that constant, and a window of the target's size on whole pixels is copied.
Image resample(const Image& image, const Window& window, int width, int height, Filter filter);

}  // namespace goldilocks::data
