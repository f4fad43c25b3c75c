#include "core/base/zip_size.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/file.hpp"

namespace goldilocks {
namespace {

std::uint64_t size_of_archive(std::span<const std::byte> content, std::string_view name) {
  return zip_archive_size(std::vector<ZipMember>{{std::string(name), deflated_size(content)}});
}

// The figures are those of Python's zipfile with zlib 1.2.13; compressed sizes are only compared with that version.
TEST(ZipSize, IsThatOfAnArchiveOfOneMember) {
  EXPECT_EQ(size_of_archive({}, "e") - deflated_size({}), 100U);
  EXPECT_EQ(size_of_archive(std::vector<std::byte>(3, std::byte{7}), "e"), 103U);  // deflated it would be larger
  if (deflate_version() != "1.2.13") GTEST_SKIP() << "zlib " << deflate_version();
  EXPECT_EQ(size_of_archive(std::vector<std::byte>(100'000), "a.mlmodel"), 230U);
  std::vector<std::byte> squares;
  for (std::uint64_t i = 0; i < 70'000; ++i) squares.push_back(std::byte(i * i % 251));
  EXPECT_EQ(size_of_archive(squares, "net.mlmodel"), 707U);
  const std::filesystem::path source = GOLDILOCKS_SOURCE_DIR;
  const MappedFile digits(source / "examples" / "digits" / "digits.mlmodel");
  EXPECT_EQ(size_of_archive(digits.bytes(), "digits.mlmodel"), 135'598U);
}

TEST(ZipSize, IsThatOfAnArchiveOfSeveralMembers) {
  EXPECT_EQ(zip_archive_size({}), 22U);
  const std::vector<ZipMember> members = {{"a/model", 10}, {"a/weights.bin", 1000}};
  EXPECT_EQ(zip_archive_size(members), 22U + 2 * (30 + 46) + 2 * (7 + 13) + 1010);
}

}  // namespace
}  // namespace goldilocks
