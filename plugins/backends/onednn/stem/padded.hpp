#pragma once

#include "stem.hpp"

// Included by code that is compiled for particular processors: no inline function that other code shares.
namespace goldilocks::onednn::stem {

// The input with its padding, as far as the convolution reaches. It is copied only where there is any.
struct Padded {
  Size size;
  bool copied;
  std::int64_t floats;  // of the copy, filled up to 16
};

Padded padded(const Shape& shape);

// The scratch memory has that copy, then the ring, then offsets; here is how many bytes lie before the last.
std::size_t scratch_bytes_before_offsets(const Shape& shape, std::int64_t lanes);

}  // namespace goldilocks::onednn::stem
