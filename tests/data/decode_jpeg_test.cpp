#include <cstdlib>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/data/image.hpp"
#include "tests/data/image_files.hpp"

namespace goldilocks::data {
namespace {

using testing::as_bytes;
using testing::cmyk_jpeg_file;
using testing::enlarge;
using testing::image_of;
using testing::jpeg_file;

// Flat colours survive a JPEG of the best quality up to the rounding of its colour space.
void expect_close(const Image& image, const Image& expected) {
  ASSERT_EQ(image.width, expected.width);
  ASSERT_EQ(image.height, expected.height);
  ASSERT_EQ(image.channels, expected.channels);
  for (std::size_t i = 0; i < expected.pixels.size(); ++i) {
    ASSERT_NEAR(image.pixels[i], expected.pixels[i], 2) << "value " << i;
  }
}

TEST(DecodeJpeg, GivesRedGreenAndBlueInThisOrder) {
  const Image image = enlarge(image_of(3, 1, {255, 0, 0, 0, 255, 0, 0, 0, 255}), 8);
  expect_close(decode_image(as_bytes(jpeg_file(image)), "a.jpg"), image);
}

TEST(DecodeJpeg, GrayIsSpreadToThreeChannels) {
  const std::string file = jpeg_file(enlarge(image_of(2, 1, {10, 200}), 8));
  expect_close(decode_image(as_bytes(file), "a.jpg"), enlarge(image_of(2, 1, {10, 10, 10, 200, 200, 200}), 8));
}

TEST(DecodeJpeg, ProgressiveIsTheSameAsBaseline) {
  const Image image = enlarge(image_of(2, 2, {255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90}), 8);
  EXPECT_EQ(decode_image(as_bytes(jpeg_file(image, {.progressive = true})), "a").pixels,
            decode_image(as_bytes(jpeg_file(image)), "b").pixels);
}

TEST(DecodeJpeg, FourInksAsAdobeStoresThem) {
  // 255 is no ink. Cyan taken away fully leaves red to full magenta and yellow; black at half dims it.
  std::vector<std::uint8_t> inks;
  for (int i = 0; i < 64; ++i) inks.insert(inks.end(), {255, 0, 0, 255});
  expect_close(decode_image(as_bytes(cmyk_jpeg_file(8, 8, inks)), "a.jpg"), enlarge(image_of(1, 1, {255, 0, 0}), 8));
  inks.clear();
  for (int i = 0; i < 64; ++i) inks.insert(inks.end(), {255, 255, 255, 128});
  expect_close(decode_image(as_bytes(cmyk_jpeg_file(8, 8, inks)), "a.jpg"),
               enlarge(image_of(1, 1, {128, 128, 128}), 8));
}

TEST(DecodeJpeg, FourInksWithoutColourTransform) {
  // Neutral inks of 55 are stored as luma 200 and chroma 128 (of the inverted inks); read as inks: 200, 128, 128.
  std::vector<std::uint8_t> inks;
  for (int i = 0; i < 64; ++i) inks.insert(inks.end(), {55, 55, 55, 255});
  expect_close(decode_image(as_bytes(cmyk_jpeg_file(8, 8, inks, false)), "a.jpg"),
               enlarge(image_of(1, 1, {200, 128, 128}), 8));
}

TEST(DecodeJpeg, TruncatedAtAnyByteIsAnErrorWithTheName) {
  const std::string file = jpeg_file(enlarge(image_of(3, 2, {9, 80, 150, 220, 30, 255}), 8));
  for (std::size_t size = 1; size < file.size(); ++size) {
    try {
      decode_image(as_bytes(std::string_view(file).substr(0, size)), "photos/a.jpg");
      FAIL() << "no error after " << size << " of " << file.size() << " bytes";
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), ::testing::StartsWith("photos/a.jpg: ")) << size;
    }
  }
}

TEST(DecodeJpeg, TruncatedInTheMiddleOfTheLastScanIsAnErrorToo) {
  const std::string file = jpeg_file(enlarge(image_of(3, 2, {9, 80, 150, 220, 30, 255}), 16), {.progressive = true});
  EXPECT_THAT([&] { decode_image(as_bytes(std::string_view(file).substr(0, file.size() - 3)), "a"); },
              ::testing::ThrowsMessage<DataError>(::testing::HasSubstr("a: can't decode the JPEG: ")));
}

// One to four of the bytes that hold height and width.
void change_sides(std::string& file, std::mt19937& random) {
  const std::size_t sides = file.find("\xFF\xC2");
  if (sides == std::string::npos || sides + 9 > file.size()) return;
  for (unsigned i = 0; i <= random() % 4; ++i) file[sides + 5 + random() % 4] = static_cast<char>(random());
}

TEST(DecodeJpeg, WhateverIsChangedInAFileItIsDecodedOrRefused) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string whole =
      jpeg_file(enlarge(image_of(3, 2, {9, 80, 150, 220, 30, 255}), 8), {.progressive = true, .orientation = 6});
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string file = whole;
    for (unsigned i = 0; i <= random() % 4; ++i) file[2 + random() % (file.size() - 2)] = static_cast<char>(random());
    if (round % 2 == 0) change_sides(file, random);
    try {
      decode_image(as_bytes(file), "a");
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(DecodeJpeg, ZeroWidthIsAnError) {
  std::string file = jpeg_file(enlarge(image_of(1, 1, {9}), 8));
  const std::size_t sides = file.find("\xFF\xC0") + 5;
  file[sides + 2] = 0;
  file[sides + 3] = 0;
  EXPECT_THAT([&] { decode_image(as_bytes(file), "a"); },
              ::testing::ThrowsMessage<DataError>(::testing::HasSubstr("a: can't decode the JPEG: ")));
}

// The memory of a process that decodes the file: what no file of this size can hold is not even asked for.
TEST(DecodeJpeg, SidesThatTheFileCannotHoldAreRefusedBeforeMemoryIsTaken) {
  for (const bool progressive : {false, true}) {
    const std::string start = progressive ? "\xFF\xC2" : "\xFF\xC0";
    std::string file = jpeg_file(enlarge(image_of(1, 1, {9}), 8), {.progressive = progressive});
    const std::size_t sides = file.find(start) + 5;
    for (const std::string_view changed :
         {std::string_view("\x3F\xFF\x3F\xFF"), std::string_view("\x04\x00\x04\x00", 4)}) {
      file.replace(sides, 4, changed);
      try {
        decode_image(as_bytes(file), "a.jpg");
        FAIL() << "nothing was thrown";
      } catch (const DataError& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr(std::to_string(file.size()) + " bytes can't hold "));
      }
    }
  }
}

TEST(DecodeJpeg, AFlatPictureOfManyPixelsIsFarFromWhatIsRefused) {
  const std::string flat =
      jpeg_file({4096, 4096, 1, std::vector<std::uint8_t>(std::size_t{1} << 24, 77)}, {.progressive = true});
  ASSERT_LT(flat.size(), 200'000U) << "the smallest that the encoder makes";
  EXPECT_EQ(decode_image(as_bytes(flat), "flat.jpg").width, 4096);
}

TEST(DecodeJpeg, MorePixelsThanTheLimitAreRefusedBeforeTheyAreDecoded) {
  std::string file = jpeg_file(enlarge(image_of(1, 1, {9}), 8));
  const std::size_t sides = file.find("\xFF\xC0") + 5;
  file.replace(sides, 4, "\xFF\xDC\xFF\xDC");
  try {
    decode_image(as_bytes(file), "a.jpg");
    FAIL() << "nothing was thrown";
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "a.jpg: the image has 65500 x 65500 pixels; at most 2^28 can be read");
  }
}

}  // namespace
}  // namespace goldilocks::data
