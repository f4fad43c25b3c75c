// A small image is kept exactly: it is mostly a drawing or a digit, to which JPEG would add dirt for no bytes saved. A
// photograph that was scaled down is a sixth as large as JPEG.
#include "core/data/thumbnail.hpp"

#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>

#include "core/base/error.hpp"

namespace goldilocks::data {
namespace {

constexpr int quality = 85;

struct Close {
  void operator()(void* handle) const { tjDestroy(handle); }
};

std::string encode_jpeg(const Image& image) {
  const std::unique_ptr<void, Close> compressor(tjInitCompress());
  if (!compressor) throw std::bad_alloc();
  const bool gray = image.channels == 1;
  const int sampling = gray ? TJSAMP_GRAY : TJSAMP_420;
  unsigned long size = tjBufSize(image.width, image.height, sampling);
  std::string content(size, '\0');
  auto* buffer = reinterpret_cast<unsigned char*>(content.data());
  if (tjCompress2(compressor.get(), image.pixels.data(), image.width, 0, image.height, gray ? TJPF_GRAY : TJPF_RGB,
                  &buffer, &size, sampling, quality, TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC) != 0) {
    throw DataError(std::string("can't encode an image as JPEG: ") + tjGetErrorStr2(compressor.get()));
  }
  content.resize(size);
  return content;
}

int scaled(int length, int longest, int side) {
  return std::max(1, static_cast<int>((static_cast<long long>(length) * side + longest / 2) / longest));
}

}  // namespace

std::string thumbnail(const Image& image, int side) {
  if (side < 1) throw std::invalid_argument("a thumbnail has at least one pixel");
  if (image.width < 1 || image.height < 1 ||
      image.pixels.size() != static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                                 static_cast<std::size_t>(image.channels)) {
    throw std::invalid_argument("an image whose pixels don't fit its size");
  }
  const int longest = std::max(image.width, image.height);
  if (longest <= side) return encode_png(image);
  return encode_jpeg(fit_image(image, scaled(image.width, longest, side), scaled(image.height, longest, side),
                               {Fit::scale_fill, Filter::area}));
}

}  // namespace goldilocks::data
