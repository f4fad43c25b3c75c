#include "core/base/open_file.hpp"

#include <string>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string text_of(const OpenFile& file) {
  std::string text(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

TEST(OpenFile, IsWrittenAtAnyPlace) {
  OpenFile file = OpenFile::in_memory("file");
  file.write(4, bytes_of("ef"));
  file.write(0, bytes_of("ab"));
  EXPECT_EQ(text_of(file), std::string("ab\0\0ef", 6));
  file.resize(2);
  EXPECT_EQ(text_of(file), "ab");
}

TEST(OpenFile, ReadingBeyondItsEndIsAnErrorWithItsName) {
  OpenFile file = OpenFile::in_memory("the file");
  file.write(0, bytes_of("abc"));
  std::string text(4, '\0');
  try {
    file.read(0, std::as_writable_bytes(std::span(text)));
    FAIL() << "nothing was thrown";
  } catch (const FileError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("the file: ")) << error.what();
  }
}

TEST(OpenFile, AMissingFileAndAFolderAreErrors) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(OpenFile(folder / "nothing"), FileError);
  EXPECT_THROW(OpenFile(folder.path()), FileError);
}

TEST(OpenFile, IsCopiedAndHashedPieceByPiece) {
  const testing::TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 700000; ++i) content += std::to_string(i % 77);
  write_file_atomically(folder / "file", content);
  const OpenFile file(folder / "file");
  EXPECT_EQ(sha256_of_file(file), sha256(bytes_of(content)));
  OpenFile copy = OpenFile::in_memory("copy");
  copy_content(file, copy);
  EXPECT_TRUE(text_of(copy) == content);
}

}  // namespace
}  // namespace goldilocks
