#include "core/data/thumbnail.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/image_files.hpp"

namespace goldilocks::data {
namespace {

using testing::as_bytes;
using ::testing::StartsWith;

Image ramp(int width, int height, int channels) {
  Image image{width, height, channels, {}};
  for (int i = 0; i < width * height * channels; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 7));
  return image;
}

TEST(Thumbnail, OfASmallImageIsThatImage) {
  for (const int channels : {1, 3}) {
    const Image image = ramp(28, 96, channels);
    const std::string file = thumbnail(image, 96);
    EXPECT_THAT(file, StartsWith("\x89PNG"));
    const Image read = decode_image(as_bytes(file), "thumbnail");
    EXPECT_EQ(read.width, 28);
    EXPECT_EQ(read.height, 96);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      ASSERT_EQ(read.pixels[channels == 1 ? 3 * i : i], image.pixels[i]);
    }
  }
}

TEST(Thumbnail, OfALargeImageIsASmallJpegOfItsShape) {
  for (const int channels : {1, 3}) {
    const std::string file = thumbnail(ramp(400, 200, channels), 96);
    EXPECT_THAT(file, StartsWith("\xFF\xD8"));
    EXPECT_LT(file.size(), 16'000U);
    const Image read = decode_image(as_bytes(file), "thumbnail");
    EXPECT_EQ(read.width, 96);
    EXPECT_EQ(read.height, 48);
  }
  const Image narrow = decode_image(as_bytes(thumbnail(ramp(1, 1000, 3), 96)), "thumbnail");
  EXPECT_EQ(narrow.width, 1) << "never less than a pixel";
  EXPECT_EQ(narrow.height, 96);
}

TEST(Thumbnail, KeepsColours) {
  Image red{300, 300, 3, std::vector<std::uint8_t>(300 * 300 * 3)};
  for (std::size_t i = 0; i < red.pixels.size(); i += 3) red.pixels[i] = 200;
  const Image read = decode_image(as_bytes(thumbnail(red, 96)), "thumbnail");
  for (std::size_t i = 0; i < read.pixels.size(); i += 3) {
    ASSERT_NEAR(read.pixels[i], 200, 4);
    ASSERT_LT(read.pixels[i + 1], 8);
    ASSERT_LT(read.pixels[i + 2], 8);
  }
}

TEST(Thumbnail, IsTheSameBytesEachTime) {
  EXPECT_EQ(thumbnail(ramp(227, 311, 3), 96), thumbnail(ramp(227, 311, 3), 96));
}

TEST(Thumbnail, RefusesWhatIsNoImage) {
  EXPECT_THROW(thumbnail({10, 10, 3, {1, 2, 3}}, 96), std::invalid_argument);
  EXPECT_THROW(thumbnail({200, 200, 3, {1, 2, 3}}, 96), std::invalid_argument);
  EXPECT_THROW(thumbnail(ramp(10, 10, 3), 0), std::invalid_argument);
}

}  // namespace
}  // namespace goldilocks::data
