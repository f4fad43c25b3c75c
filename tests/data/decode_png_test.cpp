#include <png.h>

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
using ::testing::ElementsAre;
using testing::png_file;

std::vector<std::uint8_t> pixels_of(const std::string& file) { return decode_image(as_bytes(file), "a.png").pixels; }

TEST(DecodePng, GivesColoursAsTheyAreStored) {
  const std::string file = png_file(2, 1, {255, 0, 1, 3, 255, 0});
  const Image image = decode_image(as_bytes(file), "a.png");
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.height, 1);
  EXPECT_EQ(image.channels, 3);
  EXPECT_THAT(image.pixels, ElementsAre(255, 0, 1, 3, 255, 0));
}

TEST(DecodePng, GrayOfAnyDepthIsSpreadToThreeChannels) {
  EXPECT_THAT(pixels_of(png_file(2, 1, {7, 250}, {.depth = 8, .color_type = PNG_COLOR_TYPE_GRAY})),
              ElementsAre(7, 7, 7, 250, 250, 250));
  EXPECT_THAT(pixels_of(png_file(2, 1, {0b01000000}, {.depth = 1, .color_type = PNG_COLOR_TYPE_GRAY})),
              ElementsAre(0, 0, 0, 255, 255, 255));
  EXPECT_THAT(pixels_of(png_file(2, 1, {0x5F}, {.depth = 4, .color_type = PNG_COLOR_TYPE_GRAY})),
              ElementsAre(85, 85, 85, 255, 255, 255));
}

TEST(DecodePng, SixteenBitsAreRoundedToEight) {
  // 0x1234 of 65,535 is 18.13 of 255; 0x80FF is 128.49; 0xFFFF is 255.
  EXPECT_THAT(pixels_of(png_file(1, 1, {0x12, 0x34, 0x80, 0xFF, 0xFF, 0xFF}, {.depth = 16})),
              ElementsAre(18, 128, 255));
}

TEST(DecodePng, PalettesAreLookedUp) {
  testing::PngOptions options{.depth = 2, .color_type = PNG_COLOR_TYPE_PALETTE, .palette = {1, 2, 3, 10, 20, 30}};
  EXPECT_THAT(pixels_of(png_file(2, 1, {0b01000000}, options)), ElementsAre(10, 20, 30, 1, 2, 3));
}

TEST(DecodePng, AlphaIsBlendedOverBlack) {
  EXPECT_THAT(pixels_of(png_file(2, 1, {200, 100, 0, 255, 200, 100, 51, 51}, {.color_type = PNG_COLOR_TYPE_RGBA})),
              ElementsAre(200, 100, 0, 40, 20, 10));
  EXPECT_THAT(pixels_of(png_file(1, 1, {200, 0}, {.color_type = PNG_COLOR_TYPE_GRAY_ALPHA})), ElementsAre(0, 0, 0));
  testing::PngOptions palette{
      .depth = 8, .color_type = PNG_COLOR_TYPE_PALETTE, .palette = {100, 200, 50}, .palette_alpha = {128}};
  EXPECT_THAT(pixels_of(png_file(1, 1, {0}, palette)), ElementsAre(50, 100, 25));
}

TEST(DecodePng, InterlacedIsTheSame) {
  std::vector<std::uint8_t> pixels;
  for (unsigned i = 0; i < 11 * 9 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 7));
  EXPECT_EQ(pixels_of(png_file(11, 9, pixels, {.interlaced = true})), pixels);
}

TEST(DecodePng, TruncatedAtAnyByteIsAnErrorWithTheName) {
  const std::string file = png_file(3, 2, {1, 2, 3, 40, 50, 60, 7, 8, 9, 9, 8, 7, 60, 50, 40, 3, 2, 1});
  for (std::size_t size = 1; size < file.size(); ++size) {
    try {
      decode_image(as_bytes(std::string_view(file).substr(0, size)), "photos/a.png");
      FAIL() << "no error after " << size << " of " << file.size() << " bytes";
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), ::testing::StartsWith("photos/a.png: ")) << size;
    }
  }
}

TEST(DecodePng, AChangedBitOfTheImageIsAnError) {
  const std::string whole = png_file(3, 1, {1, 2, 3, 40, 50, 60, 7, 8, 9});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string file = whole;
      file[i] = static_cast<char>(static_cast<unsigned char>(file[i]) ^ 1U << bit);
      EXPECT_THAT([&] { decode_image(as_bytes(file), "a"); },
                  ::testing::ThrowsMessage<DataError>(::testing::HasSubstr("a: ")))
          << "byte " << i << ", bit " << bit;
    }
  }
}

// The header with sides of its own and its checksum put right.
std::string with_sides(std::string file, unsigned width, unsigned height) {
  const std::size_t header = file.find("IHDR");
  for (unsigned i = 0; i < 4; ++i) {
    file[header + 4 + i] = static_cast<char>(width >> (24 - 8 * i) & 0xFFU);
    file[header + 8 + i] = static_cast<char>(height >> (24 - 8 * i) & 0xFFU);
  }
  unsigned crc = 0xFFFFFFFFU;
  for (std::size_t i = header; i < header + 17; ++i) {
    crc ^= static_cast<unsigned char>(file[i]);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1U ^ 0xEDB88320U : crc >> 1U;
  }
  crc = ~crc;
  for (unsigned i = 0; i < 4; ++i) file[header + 17 + i] = static_cast<char>(crc >> (24 - 8 * i) & 0xFFU);
  return file;
}

TEST(DecodePng, ZeroSizeIsAnError) {
  const std::string file = png_file(1, 1, {1, 2, 3});
  EXPECT_EQ(pixels_of(with_sides(file, 1, 1)).size(), 3U) << "the helper makes valid headers";
  EXPECT_THAT([&] { pixels_of(with_sides(file, 0, 1)); },
              ::testing::ThrowsMessage<DataError>(::testing::HasSubstr("can't decode the PNG: Invalid IHDR data")));
  EXPECT_THAT([&] { pixels_of(with_sides(file, 1, 0)); },
              ::testing::ThrowsMessage<DataError>(::testing::HasSubstr("can't decode the PNG: Invalid IHDR data")));
}

TEST(DecodePng, AHeaderThatPromisesMoreThanTheFileHoldsIsRefusedBeforeMemoryIsTaken) {
  try {
    pixels_of(with_sides(png_file(1, 1, {1, 2, 3}), 16000, 16000));
    FAIL() << "nothing was thrown";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), ::testing::EndsWith("can't hold 16000 x 16000 pixels"));
  }
}

}  // namespace
}  // namespace goldilocks::data
