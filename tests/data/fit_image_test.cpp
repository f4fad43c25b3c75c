#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/image.hpp"
#include "tests/data/image_files.hpp"

namespace goldilocks::data {
namespace {

using ::testing::ElementsAre;
using testing::image_of;

constexpr Filter filters[] = {Filter::nearest, Filter::bilinear, Filter::area, Filter::bicubic, Filter::lanczos};
constexpr Fit fits[] = {Fit::center_crop, Fit::scale_fit, Fit::scale_fill};

Image random_image(std::mt19937& random, int width, int height, int channels) {
  Image image{width, height, channels, {}};
  image.pixels.resize(static_cast<std::size_t>(width * height * channels));
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random());
  return image;
}

std::vector<std::uint8_t> fill(const Image& image, int width, int height, Filter filter) {
  return fit_image(image, width, height, {Fit::scale_fill, filter}).pixels;
}

TEST(ScaleFill, BilinearTakesTheFourNearestPixels) {
  const Image row = image_of(4, 1, {0, 100, 200, 100});
  EXPECT_THAT(fill(row, 2, 1, Filter::bilinear), ElementsAre(50, 150));
  EXPECT_THAT(fill(image_of(2, 1, {0, 100}), 4, 1, Filter::bilinear), ElementsAre(0, 25, 75, 100));
  EXPECT_THAT(fill(image_of(2, 2, {0, 100, 40, 60}), 1, 1, Filter::bilinear), ElementsAre(50));
}

TEST(ScaleFill, BilinearDoesNotAverageAndAreaDoes) {
  // Eight to two: bilinear sees the two pixels around each centre, area a triangle over eight.
  const Image row = image_of(8, 1, {255, 0, 0, 0, 0, 0, 0, 255});
  EXPECT_THAT(fill(row, 2, 1, Filter::bilinear), ElementsAre(0, 0));
  EXPECT_GT(fill(row, 2, 1, Filter::area)[0], 20);
}

TEST(ScaleFill, NearestTakesThePixelAtTheCentre) {
  EXPECT_THAT(fill(image_of(3, 1, {1, 2, 3}), 1, 1, Filter::nearest), ElementsAre(2));
  EXPECT_THAT(fill(image_of(2, 1, {1, 2}), 4, 1, Filter::nearest), ElementsAre(1, 1, 2, 2));
}

TEST(CenterCrop, KeepsTheMiddle) {
  const Image wide = image_of(6, 2, {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16});
  EXPECT_THAT(fit_image(wide, 2, 2, {}).pixels, ElementsAre(3, 4, 13, 14));
  const Image tall = image_of(1, 5, {10, 20, 30, 40, 50});
  EXPECT_THAT(fit_image(tall, 1, 1, {}).pixels, ElementsAre(30));
}

TEST(CenterCrop, AnOddMarginLeavesTheWiderRestBehind) {
  // Five columns to two: one is cut off before them and two behind, so that no pixel is blurred.
  const Image image = image_of(5, 2, {0, 10, 20, 30, 40, 0, 10, 20, 30, 40});
  EXPECT_THAT(fit_image(image, 2, 2, {}).pixels, ElementsAre(10, 20, 10, 20));
}

TEST(CenterCrop, FitsTheTargetsShape) {
  // To a target twice as wide as high, of a square: the middle rows.
  const Image square = image_of(4, 4, {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4});
  EXPECT_THAT(fit_image(square, 4, 2, {}).pixels, ElementsAre(2, 2, 2, 2, 3, 3, 3, 3));
}

TEST(CenterCrop, IsScalingTheWholeAndCuttingOutTheMiddle) {
  std::mt19937 random(7);
  const Image image = random_image(random, 40, 30, 3);
  for (const Filter filter : filters) {
    const Image whole = fit_image(image, 16, 12, {Fit::scale_fill, filter});
    const Image middle = fit_image(image, 12, 12, {Fit::center_crop, filter});
    for (std::size_t y = 0; y < 12; ++y) {
      const auto from = whole.pixels.begin() + static_cast<std::ptrdiff_t>((y * 16 + 2) * 3);
      EXPECT_TRUE(std::equal(from, from + 36, middle.pixels.begin() + static_cast<std::ptrdiff_t>(y * 36)));
    }
  }
}

TEST(ScaleFit, PutsBlackBarsOnBothSides) {
  const Image wide = image_of(4, 2, {9, 9, 9, 9, 9, 9, 9, 9});
  EXPECT_THAT(fit_image(wide, 4, 4, {Fit::scale_fit, Filter::bilinear}).pixels,
              ElementsAre(0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0));
  const Image tall = image_of(1, 3, {9, 9, 9});
  EXPECT_THAT(fit_image(tall, 3, 3, {Fit::scale_fit, Filter::bilinear}).pixels, ElementsAre(0, 9, 0, 0, 9, 0, 0, 9, 0));
}

TEST(ScaleFit, AnExtremeShapeKeepsAtLeastOnePixel) {
  const Image line = image_of(1000, 1, std::vector<std::uint8_t>(1000, 200));
  EXPECT_THAT(fit_image(line, 3, 3, {Fit::scale_fit, Filter::area}).pixels,
              ElementsAre(0, 0, 0, 200, 200, 200, 0, 0, 0));
}

TEST(FitImage, AnImageOfTheTargetsSizeIsCopied) {
  std::mt19937 random(3);
  const Image image = random_image(random, 17, 11, 3);
  for (const Filter filter : filters) {
    for (const Fit fit : fits) EXPECT_EQ(fit_image(image, 17, 11, {fit, filter}).pixels, image.pixels);
  }
}

TEST(FitImage, AFlatImageStaysFlat) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    const int width = 1 + static_cast<int>(random() % 50);
    const int height = 1 + static_cast<int>(random() % 50);
    const auto level = static_cast<std::uint8_t>(random());
    const Image image =
        image_of(width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), level));
    for (const Filter filter : filters) {
      for (const std::uint8_t value : fit_image(image, 13, 9, {Fit::center_crop, filter}).pixels) {
        ASSERT_EQ(value, level) << width << " x " << height << ", filter " << static_cast<int>(filter);
      }
    }
  }
}

// What Pillow 9.4 makes of the same pixels by resize() with BILINEAR, BICUBIC and LANCZOS.
TEST(ScaleFill, FiltersThatAverageAreThoseOfPillowToTheByte) {
  Image image{11, 9, 3, {}};
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 11; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.pixels.push_back(static_cast<std::uint8_t>(x * x * 37 + y * 91 + c * 53 + x * y * 17));
      }
    }
  }
  // Smaller both ways; then the first row of one that is wider and lower.
  using Bytes = std::vector<std::uint8_t>;
  const auto first_row = [](Bytes bytes) {
    bytes.resize(39);
    return bytes;
  };
  EXPECT_EQ(fill(image, 4, 3, Filter::area),
            (Bytes{111, 127, 162, 143, 112, 144, 144, 118, 111, 127, 164, 124, 122, 125, 141, 119, 119, 145,
                   128, 132, 134, 140, 159, 185, 122, 135, 142, 112, 148, 119, 123, 138, 132, 122, 166, 161}));
  EXPECT_EQ(fill(image, 4, 3, Filter::bicubic),
            (Bytes{108, 128, 165, 148, 115, 150, 144, 118, 104, 122, 164, 125, 118, 127, 140, 117, 114, 144,
                   131, 132, 131, 144, 160, 190, 127, 135, 144, 108, 152, 115, 119, 135, 130, 122, 170, 163}));
  EXPECT_EQ(fill(image, 4, 3, Filter::lanczos),
            (Bytes{106, 125, 168, 153, 117, 154, 143, 119, 99,  120, 161, 125, 117, 128, 140, 117, 113, 146,
                   136, 132, 125, 144, 159, 194, 128, 135, 144, 106, 155, 113, 114, 132, 131, 123, 171, 163}));
  EXPECT_EQ(first_row(fill(image, 13, 5, Filter::area)),
            (Bytes{52, 105, 140, 88,  127, 176, 94,  140, 193, 114, 116, 169, 144, 87,  140, 149, 106, 139, 130, 164,
                   89, 142, 99,  117, 129, 73,  107, 82,  84,  129, 96,  149, 104, 161, 214, 70,  119, 172, 225}));
  EXPECT_EQ(first_row(fill(image, 13, 5, Filter::bicubic)),
            (Bytes{49, 102, 143, 85,  128, 179, 92, 148, 201, 112, 117, 170, 147, 78,  135, 155, 102, 140, 124, 165,
                   92, 143, 90,  118, 134, 55,  99, 67,  73,  138, 86,  155, 102, 173, 226, 48,  116, 169, 231}));
  EXPECT_EQ(first_row(fill(image, 13, 5, Filter::lanczos)),
            (Bytes{54, 108, 141, 88,  125, 173, 97, 154, 209, 106, 120, 170, 142, 73,  136, 159, 107, 143, 122, 159,
                   97, 144, 92,  113, 136, 49,  88, 52,  67,  147, 80,  164, 90,  179, 226, 43,  113, 166, 236}));
}

// The definition by itself: each target pixel is the sum over all source pixels, weighted by the filter in both axes.
double weight(Filter filter, double distance) {
  const double x = std::abs(distance);
  const auto sinc = [](double t) { return t == 0 ? 1.0 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t); };
  switch (filter) {
    case Filter::bicubic: {
      const double a = -0.5;
      if (x < 1) return (a + 2) * x * x * x - (a + 3) * x * x + 1;
      return x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0;
    }
    case Filter::lanczos:
      return x < 3 ? sinc(x) * sinc(x / 3) : 0;
    default:
      return std::max(0.0, 1 - x);
  }
}

struct Defined {
  double value;
  double tolerance;  // of what is computed in whole numbers
};

Defined by_definition(const Image& image, double x, double y, double scale_x, double scale_y, int channel,
                      Filter filter) {
  const double stretch_x = filter == Filter::bilinear ? 1.0 : std::max(1.0, scale_x);
  const double stretch_y = filter == Filter::bilinear ? 1.0 : std::max(1.0, scale_y);
  double sum = 0;
  double total = 0;
  double magnitudes = 0;
  for (int row = 0; row < image.height; ++row) {
    double row_sum = 0;
    double row_total = 0;
    for (int column = 0; column < image.width; ++column) {
      const double w = weight(filter, (column + 0.5 - x) / stretch_x);
      const auto index = static_cast<std::size_t>((row * image.width + column) * image.channels + channel);
      row_sum += w * image.pixels[index];
      row_total += w;
    }
    double value = row_sum / row_total;
    if (filter != Filter::bilinear) value = std::clamp(std::floor(value + 0.5), 0.0, 255.0);  // between the passes
    const double w = weight(filter, (row + 0.5 - y) / stretch_y);
    sum += w * value;
    total += w;
    magnitudes += std::abs(w);
  }
  // Between the passes, a value that lies at a half to within 2^-22 may go either way, and counts by its weight.
  return {std::clamp(sum / total, 0.0, 255.0), filter == Filter::bilinear ? 0.502 : 0.502 + magnitudes / total};
}

TEST(FitImage, FollowsTheDefinitionForRandomSizes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 40; ++round) {
    const auto side = [&](unsigned limit) { return 1 + static_cast<int>(random() % limit); };
    const Image image = random_image(random, side(30), side(30), random() % 2 == 0 ? 1 : 3);
    const int width = side(20);
    const int height = side(20);
    for (const Filter filter : {Filter::bilinear, Filter::area, Filter::bicubic, Filter::lanczos}) {
      const Image filled = fit_image(image, width, height, {Fit::scale_fill, filter});
      const Image cropped = fit_image(image, width, height, {Fit::center_crop, filter});
      const double crop =
          std::min(static_cast<double>(image.width) / width, static_cast<double>(image.height) / height);
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const int channel = image.channels - 1;
          const auto index = static_cast<std::size_t>((y * width + x) * image.channels + channel);
          const double scale_x = static_cast<double>(image.width) / width;
          const double scale_y = static_cast<double>(image.height) / height;
          const Defined whole =
              by_definition(image, (x + 0.5) * scale_x, (y + 0.5) * scale_y, scale_x, scale_y, channel, filter);
          ASSERT_NEAR(filled.pixels[index], whole.value, whole.tolerance);
          const double left = std::floor((image.width - width * crop) / 2 + 1e-6);
          const double top = std::floor((image.height - height * crop) / 2 + 1e-6);
          const Defined part =
              by_definition(image, left + (x + 0.5) * crop, top + (y + 0.5) * crop, crop, crop, channel, filter);
          ASSERT_NEAR(cropped.pixels[index], part.value, part.tolerance);
        }
      }
    }
  }
}

TEST(FitImage, SizesOfZeroAreRefused) {
  EXPECT_THROW(fit_image(image_of(1, 1, {1}), 0, 1, {}), std::invalid_argument);
  EXPECT_THROW(fit_image(Image{}, 1, 1, {}), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::data
