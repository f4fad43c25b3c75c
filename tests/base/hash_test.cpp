#include "core/base/hash.hpp"

#include <string_view>

#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

TEST(Hash, Sha256OfKnownText) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(sha256(std::as_bytes(std::span(std::string_view("abc")))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, FileHashIsThatOfItsContent) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "abc", std::string_view("abc"));
  EXPECT_EQ(sha256_of_file(folder / "abc"), sha256(std::as_bytes(std::span(std::string_view("abc")))));
}

TEST(Hash, BordersBetweenFieldsCount) {
  Hasher a;
  Hasher b;
  EXPECT_NE(a.add("ab").add("c").finish(), b.add("a").add("bc").finish());
}

}  // namespace
}  // namespace goldilocks
