// What all formats have in common: they are known by content, and seen the way up that their camera noted.
#include "core/data/image.hpp"

#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/exif.hpp"
#include "tests/data/image_files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::data {
namespace {

using testing::as_bytes;
using testing::enlarge;
using ::testing::HasSubstr;
using testing::image_of;

std::string error_of_image(std::string_view file) {
  try {
    decode_image(as_bytes(file), "a.jpg");
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(DecodeImage, KnowsAFormatByItsContent) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "png.jpg", testing::png_file(1, 1, {1, 2, 3}));
  EXPECT_EQ(load_image(folder / "png.jpg").pixels, (std::vector<std::uint8_t>{1, 2, 3}));
  write_file_atomically(folder / "jpeg.png", testing::jpeg_file(enlarge(image_of(1, 1, {50}), 8)));
  EXPECT_EQ(load_image(folder / "jpeg.png").width, 8);
}

TEST(DecodeImage, WhatIsNoImageIsSaidToBeNone) {
  EXPECT_EQ(error_of_image(""), "a.jpg: the file is empty");
  EXPECT_EQ(error_of_image("x"), "a.jpg: not an image: neither JPEG nor PNG");
  EXPECT_EQ(error_of_image("<html>"), "a.jpg: not an image: neither JPEG nor PNG");
}

TEST(DecodeImage, OtherFormatsAreNamed) {
  EXPECT_EQ(error_of_image("GIF89a..."), "a.jpg: this is a GIF image; JPEG and PNG can be read");
  EXPECT_THAT(error_of_image("RIFF....WEBPVP8 "), HasSubstr("a WebP"));
  EXPECT_THAT(error_of_image(std::string("\0\0\0\x18", 4) + "ftypheic"), HasSubstr("a HEIC"));
  EXPECT_THAT(error_of_image(std::string("II*\0", 4)), HasSubstr("a TIFF"));
  EXPECT_THAT(error_of_image("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
              HasSubstr("'git lfs pull'"));
  EXPECT_THAT(error_of_image(std::string("\0\x05\x16\x07\0\x02\0\0Mac OS X", 16)), HasSubstr("an AppleDouble file"));
}

TEST(DecodeImage, AMissingFileIsAnErrorWithItsPath) {
  EXPECT_THAT(
      [&] { load_image("/no/such/image.jpg"); },
      ::testing::ThrowsMessage<FileError>(HasSubstr("/no/such/image.jpg: can't read: No such file or directory")));
}

// The image to be seen is, as letters, AB / CD / EF. These are the stored ones for each orientation.
struct Stored {
  int orientation;
  int width;
  int height;
  const char* letters;
};

// By its number in the names of the tests.
void PrintTo(const Stored& stored, std::ostream* out) { *out << stored.orientation; }

class Orientation : public ::testing::TestWithParam<Stored> {
 protected:
  static std::uint8_t level(char letter) { return static_cast<std::uint8_t>(20 + 40 * (letter - 'A')); }

  static Image stored() {
    std::vector<std::uint8_t> values;
    for (const char* letter = GetParam().letters; *letter != 0; ++letter) values.push_back(level(*letter));
    return image_of(GetParam().width, GetParam().height, values);
  }

  // Each square of `factor` pixels must have the level of its letter.
  static void expect_seen(const Image& image, int factor, int tolerance) {
    ASSERT_EQ(image.width, 2 * factor);
    ASSERT_EQ(image.height, 3 * factor);
    for (int y = 0; y < image.height; ++y) {
      for (int x = 0; x < image.width; ++x) {
        const char letter = "ABCDEF"[y / factor * 2 + x / factor];
        const auto index = static_cast<std::size_t>((y * image.width + x) * 3);
        EXPECT_NEAR(image.pixels[index], level(letter), tolerance) << "at " << x << ", " << y;
      }
    }
  }
};

TEST_P(Orientation, OfAPngIsHonoured) {
  const Image image = stored();
  const std::string file = testing::png_file(image.width, image.height, image.pixels,
                                             {.color_type = 0, .orientation = GetParam().orientation});
  expect_seen(decode_image(as_bytes(file), "a.png"), 1, 0);
}

TEST_P(Orientation, OfAJpegIsHonoured) {
  const std::string file = testing::jpeg_file(enlarge(stored(), 8), {.orientation = GetParam().orientation});
  expect_seen(decode_image(as_bytes(file), "a.jpg"), 8, 2);
}

INSTANTIATE_TEST_SUITE_P(All, Orientation,
                         ::testing::Values(Stored{1, 2, 3, "ABCDEF"}, Stored{2, 2, 3, "BADCFE"},
                                           Stored{3, 2, 3, "FEDCBA"}, Stored{4, 2, 3, "EFCDAB"},
                                           Stored{5, 3, 2, "ACEBDF"}, Stored{6, 3, 2, "BDFACE"},
                                           Stored{7, 3, 2, "FDBECA"}, Stored{8, 3, 2, "ECAFDB"}));

TEST(ExifOrientation, IsReadInBothByteOrders) {
  EXPECT_EQ(exif_orientation(as_bytes(testing::exif_with_orientation(6, true))), 6);
  EXPECT_EQ(exif_orientation(as_bytes(testing::exif_with_orientation(6, false))), 6);
}

TEST(ExifOrientation, WhatCannotBeReadIsUpright) {
  EXPECT_EQ(exif_orientation({}), 1);
  EXPECT_EQ(exif_orientation(as_bytes(testing::exif_with_orientation(0))), 1);
  EXPECT_EQ(exif_orientation(as_bytes(testing::exif_with_orientation(9))), 1);
  const std::string whole = testing::exif_with_orientation(8);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const int orientation = exif_orientation(as_bytes(std::string_view(whole).substr(0, size)));
    EXPECT_TRUE(orientation == 1 || orientation == 8) << size;
  }
}

TEST(ExifOrientation, ADirectoryBeyondTheEndIsUpright) {
  std::string tiff = testing::exif_with_orientation(8);
  tiff.replace(4, 4, "\xFF\xFF\xFF\xFF");
  EXPECT_EQ(exif_orientation(as_bytes(tiff)), 1);
}

}  // namespace
}  // namespace goldilocks::data
