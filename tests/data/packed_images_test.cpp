#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zip_file.hpp"

namespace goldilocks::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PackedImages : public ::testing::Test {
 protected:
  void write_images(const std::vector<std::int64_t>& shape, const std::string& type = "|u1") {
    std::size_t size = 1;
    for (const auto side : shape) size *= static_cast<std::size_t>(side);
    std::string values;
    for (std::size_t i = 0; i < size * (type == "|u1" ? 1 : 4); ++i) values += static_cast<char>(i);
    write_file_atomically(images_, npy_header(type, shape) + values);
  }

  template <typename Integer>
  void write_labels(const std::string& type, const std::vector<Integer>& labels) {
    std::string values(labels.size() * sizeof(Integer), '\0');
    std::memcpy(values.data(), labels.data(), values.size());
    const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(labels.size())};
    write_file_atomically(labels_, npy_header(type, shape) + values);
  }

  std::string error() {
    try {
      open_packed_images(images_, labels_);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }

  template <typename Integer>
  void expect_negative_labels(const std::string& type) {
    write_labels<Integer>(type, {Integer{5}, static_cast<Integer>(-7), Integer{100}});
    EXPECT_THAT(open_packed_images(images_, labels_).classes, ElementsAre("-7", "5", "100")) << type;
  }

  template <typename Integer>
  void expect_positive_labels(const std::string& type) {
    write_labels<Integer>(type, {Integer{5}, Integer{0}, static_cast<Integer>(-1)});
    EXPECT_THAT(open_packed_images(images_, labels_).classes,
                ElementsAre("0", "5", std::to_string(static_cast<Integer>(-1))))
        << type;
  }

  const testing::TemporaryFolder folder_;
  const std::filesystem::path images_ = folder_ / "images.npy";
  const std::filesystem::path labels_ = folder_ / "labels.npy";
};

TEST_F(PackedImages, LabelsBecomeClassesInNumericalOrder) {
  write_images({4, 2, 3});
  write_labels<std::int64_t>("<i8", {10, 9, 10, 2});
  const Dataset dataset = open_packed_images(images_, labels_);
  EXPECT_THAT(dataset.classes, ElementsAre("2", "9", "10"));
  ASSERT_EQ(dataset.samples.size(), 4U);
  EXPECT_EQ(dataset.samples[0].label, 2U);
  EXPECT_EQ(dataset.samples[1].label, 1U);
  EXPECT_EQ(dataset.samples[3].label, 0U);
  EXPECT_EQ(dataset.samples[3].id, "3");
  EXPECT_TRUE(dataset.samples[3].file.empty());
  EXPECT_EQ(dataset.packed.height, 2);
  EXPECT_EQ(dataset.packed.width, 3);
  EXPECT_EQ(dataset.packed.channels, 1);
  EXPECT_THAT(dataset.packed.read(3).pixels, ElementsAre(18, 19, 20, 21, 22, 23));
}

TEST_F(PackedImages, LabelsMayStandInAnArchive) {
  write_images({3, 2, 3});
  const std::string labels = npy_header("|u1", std::vector<std::int64_t>{3}) + std::string("\7\1\7");
  for (const char* name : {"labels.npz", "LABELS.NPZ"}) {
    write_file_atomically(folder_ / name, testing::zip_of({{"ids.npy", labels}, {"labels.npy", labels}}, true));
    EXPECT_THAT(open_packed_images(images_, folder_ / name).classes, ElementsAre("1", "7")) << name;
  }
  write_file_atomically(folder_ / "x.npz", testing::zip_of({{"ids.npy", labels}}, true));
  try {
    open_packed_images(images_, folder_ / "x.npz");
    ADD_FAILURE() << "no error";
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), (folder_ / "x.npz").string() + ": has no array 'labels'; it has ids");
  }
}

TEST_F(PackedImages, LabelsMayBeOfAnyIntegerType) {
  write_images({3, 1, 1, 3});
  expect_negative_labels<std::int8_t>("|i1");
  expect_negative_labels<std::int16_t>("<i2");
  expect_negative_labels<std::int32_t>("<i4");
  expect_negative_labels<std::int64_t>("<i8");
  expect_positive_labels<std::uint8_t>("|u1");
  expect_positive_labels<std::uint16_t>("<u2");
  expect_positive_labels<std::uint32_t>("<u4");
  expect_positive_labels<std::uint64_t>("<u8");
}

TEST_F(PackedImages, WhatDoesNotFitIsAnErrorWithItsFile) {
  write_labels<std::int32_t>("<i4", {1, 2});
  write_images({2, 4});
  EXPECT_EQ(error(), images_.string() + ": images must be of the shape [N, H, W] or [N, H, W, 3]");
  write_images({2, 4, 4, 4});
  EXPECT_THAT(error(), HasSubstr("[N, H, W, 3]"));
  write_images({2, 4, 4}, "<f4");
  EXPECT_THAT(error(), HasSubstr("not of the type '<f4'"));
  write_images({0, 4, 4});
  EXPECT_THAT(error(), HasSubstr("holds no image"));
  write_images({2, 0, 4});
  EXPECT_THAT(error(), HasSubstr("zero size"));
  write_images({3, 4, 4});
  EXPECT_EQ(error(), labels_.string() + ": has 2 labels for the 3 images of " + images_.string());
  write_labels<float>("<f4", {1, 2, 3});
  EXPECT_EQ(error(), labels_.string() + ": labels must be integers, not of the type '<f4'");
  write_file_atomically(labels_, npy_header("|u1", std::vector<std::int64_t>{3, 1}) + "abc");
  EXPECT_EQ(error(), labels_.string() + ": labels must have one dimension");
  write_file_atomically(labels_, std::string_view("no array"));
  EXPECT_THAT(error(), HasSubstr(labels_.string() + ": not a readable .npy file"));
}

TEST_F(PackedImages, AMissingFileIsAnError) {
  EXPECT_THAT([&] { open_packed_images(images_, labels_); },
              ::testing::ThrowsMessage<FileError>(HasSubstr(": can't read: No such file or directory")));
}

}  // namespace
}  // namespace goldilocks::data
