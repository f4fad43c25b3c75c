#include "core/formats/ml_program/weight_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::ml_program {
namespace {

using goldilocks::testing::TemporaryFolder;
using testing::BlobBytes;
using ::testing::HasSubstr;
using testing::write_text;

class WeightFileTest : public ::testing::Test {
 protected:
  // What reading a value of the type at the offset gives, as text: the bytes, or what is wrong.
  std::string read(const BlobBytes& blobs, std::uint64_t offset, const Type& type) {
    write_text(folder_ / "weight.bin", blobs.bytes());
    try {
      std::string text;
      const WeightFile file(folder_ / "weight.bin");
      for (const std::byte byte : file.blob(offset, type)) {
        text += fmt::format("{:02x}", static_cast<unsigned>(byte));
      }
      return text;
    } catch (const Error& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
};

const Type halves = tensor(ElementType::float16, {4});
const Type codes = tensor(ElementType::uint3, {5});

TEST_F(WeightFileTest, HoldsTheBlobsOfTheWorkedExample) {
  BlobBytes blobs;
  EXPECT_EQ(blobs.add(1, {0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0xff, 0x7b}), 64U);
  EXPECT_EQ(blobs.add(12, {0xd1, 0x58}, 1), 192U);
  EXPECT_EQ(blobs.bytes().size(), 258U);
  EXPECT_EQ(read(blobs, 64, halves), "003c00c00038ff7b");
  EXPECT_EQ(read(blobs, 192, codes), "d158");
}

TEST_F(WeightFileTest, IsCheckedAgainstTheTypeOfTheValue) {
  BlobBytes blobs;
  blobs.add(1, std::vector<std::uint8_t>(8));
  EXPECT_THAT(read(blobs, 64, tensor(ElementType::bfloat16, {4})), HasSubstr("has the type code 1; bf16 has 5"));
  EXPECT_THAT(read(blobs, 64, tensor(ElementType::float16, {3})), HasSubstr("has 8 bytes; fp16[3] takes 6"));
  EXPECT_THAT(read(blobs, 64, tensor(ElementType::float16, {5})), HasSubstr("has 8 bytes; fp16[5] takes 10"));
  EXPECT_THAT(read(blobs, 64, tensor(ElementType::boolean, {8})), HasSubstr("values of type bool can't lie"));
  EXPECT_THAT(read(blobs, 64, tensor(ElementType::float16, {0})), HasSubstr("takes 0"));
}

TEST_F(WeightFileTest, RefusesWhateverDoesntLieInIt) {
  BlobBytes blobs;
  blobs.add(1, std::vector<std::uint8_t>(8));
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{63}, std::uint64_t{128}, UINT64_MAX - 63, UINT64_MAX}) {
    EXPECT_THAT(read(blobs, offset, halves), HasSubstr("no blob fits at offset")) << offset;
  }
  for (const std::uint64_t size : {std::uint64_t{9}, UINT64_MAX, UINT64_MAX - 127}) {
    blobs.put<std::uint64_t>(64 + 8, size);
    EXPECT_THAT(read(blobs, 64, halves), HasSubstr("beyond the weight file's 136")) << size;
  }
  blobs.put<std::uint64_t>(64 + 8, 8);
  blobs.put<std::uint64_t>(64 + 16, 100);
  EXPECT_THAT(read(blobs, 64, halves), HasSubstr("overlaps its own metadata"));
  blobs.put<std::uint64_t>(64 + 16, 0);
  EXPECT_THAT(read(blobs, 64, halves), HasSubstr("beyond the weight file's 136"));
  blobs.put<std::uint64_t>(64 + 16, 128);
  blobs.put<std::uint32_t>(64, 0xDEADBEEE);
  EXPECT_THAT(read(blobs, 64, halves), HasSubstr("no blob begins at offset 64"));
}

TEST_F(WeightFileTest, LooksAtUnusedBitsOfSmallTypesAlone) {
  BlobBytes blobs;
  const std::uint64_t whole = blobs.add(1, std::vector<std::uint8_t>(8), 0x1234567);
  const std::uint64_t too_few = blobs.add(12, {0xd1, 0x58}, 0);
  const std::uint64_t dirty = blobs.add(12, {0xd1, 0xd8}, 1);
  EXPECT_EQ(read(blobs, whole, halves), "0000000000000000");
  EXPECT_THAT(read(blobs, too_few, codes), HasSubstr("states 0 unused bits; 5 uint3 elements leave 1"));
  EXPECT_THAT(read(blobs, dirty, codes), HasSubstr("unused bits are not 0"));
}

TEST_F(WeightFileTest, NeedsAHeaderOfVersionTwo) {
  BlobBytes blobs;
  blobs.put<std::uint32_t>(4, 1);
  EXPECT_THAT(read(blobs, 64, halves), HasSubstr("weight files of version 1 can't be read"));
  write_text(folder_ / "short.bin", "too short");
  EXPECT_THAT([&] { WeightFile(folder_ / "short.bin"); },
              ::testing::ThrowsMessage<ModelError>(HasSubstr("short.bin: ")));
}

}  // namespace
}  // namespace goldilocks::ml_program
