// Whatever the bytes are: an image of the size that its pixels have, which can be fitted to an input; or an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/base/error.hpp"
#include "core/data/image.hpp"
#include "tests/fuzz/finding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace goldilocks;
  testing::attempt([&] {
    const data::Image image = data::decode_image(std::as_bytes(std::span(data, size)), "fuzzed");
    if (image.width < 1 || image.height < 1) testing::report_finding("an image without pixels");
    if (image.pixels.size() !=
        std::size_t{3} * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height)) {
      testing::report_finding("the pixels don't fill the image");
    }
    // What costs time is left out: a fuzzer takes slowness for a finding.
    if (image.pixels.size() > std::size_t{1} << 20U) return;
    for (const data::Fit fit : {data::Fit::center_crop, data::Fit::scale_fit, data::Fit::scale_fill}) {
      const data::Image fitted = data::fit_image(image, 5, 7, {.fit = fit, .filter = data::Filter::area});
      if (fitted.pixels.size() != 5 * 7 * 3) testing::report_finding("a fitted image of another size");
    }
  });
  return 0;
}
