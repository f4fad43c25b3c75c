#include "core/data/npz.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/npy.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zip_file.hpp"

namespace goldilocks::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::TemporaryFolder;
using testing::zip_of;

// numpy.savez_compressed of x = [[1, 2], [3, 4]] in float32, and labels = [0, 1] in int64.
constexpr std::string_view made_by_numpy =
    "504b0304140000000800000021004efb2075530000009000000005001400782e6e707901001000900000000000000053000000000000"
    "009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416"
    "a402f91a463a0a469a3a0ab50a64032e0686067b060606072002e2060700504b0304140000000800000021007e6afbc9490000009000"
    "00000a0014006c6162656c732e6e707901001000900000000000000049000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca4"
    "6ea5a06e9369a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a14002e06286084d2"
    "00504b01021403140000000800000021004efb20755300000090000000050000000000000000000000800100000000782e6e7079504b"
    "01021403140000000800000021007e6afbc949000000900000000a000000000000000000000080018a0000006c6162656c732e6e7079"
    "504b050600000000020002006b0000000f0100000000";

std::string from_hexadecimal(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

class Npz : public ::testing::Test {
 protected:
  std::map<std::string, std::string> read(const std::string& content) const {
    write_file_atomically(folder_ / "a.npz", content);
    return read_npz(folder_ / "a.npz");
  }
  std::string error_of(const std::string& content) const {
    try {
      read(content);
    } catch (const DataError& error) {
      const std::string message = error.what();
      return message.substr(message.find("a.npz"));
    }
    return "no error";
  }

  TemporaryFolder folder_;
};

TEST_F(Npz, ReadsWhatNumpyWrites) {
  const auto arrays = read(from_hexadecimal(made_by_numpy));
  ASSERT_EQ(arrays.size(), 2U);
  const NpyView x = parse_npy(std::as_bytes(std::span(arrays.at("x"))), "x");
  EXPECT_EQ(x.type, "<f4");
  EXPECT_THAT(x.shape, ElementsAre(2, 2));
  EXPECT_EQ(x.values.size(), 16U);
  EXPECT_THAT(parse_npy(std::as_bytes(std::span(arrays.at("labels"))), "labels").shape, ElementsAre(2));
}

TEST_F(Npz, ReadsStoredAndDeflatedMembersOfAnyName) {
  for (const bool deflated : {false, true}) {
    const std::string archive = zip_of(
        {{"b c, \"d\".npy", "one"}, {"\u00fc.npy", std::string(100'000, 'z')}, {"notes.txt", "no array"}}, deflated);
    EXPECT_THAT(read(archive), ElementsAre(Pair("b c, \"d\"", "one"), Pair("\u00fc", std::string(100'000, 'z'))));
  }
}

TEST_F(Npz, AFaultIsSaidInOneLine) {
  const std::string archive = zip_of({{"x.npy", std::string(1000, 'x')}}, true);
  EXPECT_EQ(error_of(""), "a.npz: not a .npz file");
  EXPECT_EQ(error_of(std::string(100, 'x')), "a.npz: not a .npz file, or cut short");
  EXPECT_EQ(error_of(archive.substr(0, archive.size() - 30)), "a.npz: not a .npz file, or cut short");
  EXPECT_THAT(error_of(archive.substr(20)), HasSubstr("damaged"));
  EXPECT_EQ(error_of(zip_of({{"x.txt", "x"}}, true)), "a.npz: holds no array");
  EXPECT_EQ(error_of(zip_of({{"x.npy", "1"}, {"x.npy", "2"}}, true)), "a.npz: has two arrays of the name 'x'");
}

// A zip archive may say more of its members, and of itself, than is of use here.
TEST_F(Npz, CommentsAndExtraFieldsAreLeft) {
  std::string archive = zip_of({{"x.npy", "one"}, {"y.npy", "two"}}, true);
  const std::size_t entry = archive.find("PK\x01\x02");
  archive[entry + 30] = 4;
  archive[entry + 32] = 3;
  archive.insert(entry + 46 + std::string_view("x.npy").size(), std::string("\x01\x00\x00\x00", 4) + "and");
  archive[archive.find("PK\x05\x06") + 20] = 9;
  EXPECT_THAT(read(archive + "a comment"), ElementsAre(Pair("x", "one"), Pair("y", "two")));
}

TEST_F(Npz, SaysWhatItDoesNotRead) {
  const std::string archive = zip_of({{"x.npy", std::string(1000, 'x')}}, true);
  const auto with = [&](std::size_t place, const std::string& bytes) {
    return error_of(std::string(archive).replace(place, bytes.size(), bytes));
  };
  const std::size_t entry = archive.find("PK\x01\x02");
  EXPECT_EQ(with(entry + 8, "\x01"), "a.npz: 'x.npy' is encrypted");
  EXPECT_EQ(with(entry + 10, "\x0c"), "a.npz: 'x.npy' is compressed in another way than numpy does");
  EXPECT_EQ(with(entry + 10, std::string(1, '\0')), "a.npz: 'x.npy' is compressed in another way than numpy does")
      << "stored, and of two sizes";
  std::string stored = zip_of({{"x.npy", "1"}}, false);
  stored[stored.find("PK\x01\x02") + 10] = 12;
  EXPECT_EQ(error_of(stored), "a.npz: 'x.npy' is compressed in another way than numpy does");
  for (const std::size_t number : {20U, 24U, 42U}) {
    EXPECT_EQ(with(entry + number, "\xff\xff\xff\xff"),
              "a.npz: 'x.npy' is of 4 GiB or more; .npy files can be as large");
  }
  EXPECT_EQ(with(archive.find("PK\x05\x06") + 16, "\xff\xff\xff\xff"),
            "a.npz: archives of 4 GiB and more can't be read; .npy files can be as large");
  for (const char* size : {"\xe7\x03", "\xe9\x03", "\xff\xff\xff\xfe"}) {
    EXPECT_EQ(with(entry + 24, size), "a.npz: 'x.npy' is damaged");
  }
  EXPECT_EQ(with(entry, "pk"), "a.npz: the zip archive is damaged");
  EXPECT_EQ(with(0, "pk"), "a.npz: the zip archive is damaged");
}

// A small archive would unpack to any size.
TEST_F(Npz, EntriesOfTheSameBytesAreRefused) {
  const std::string archive = zip_of({{"0.npy", std::string(100'000, 'z')}}, true);
  const std::size_t directory = archive.find("PK\x01\x02");
  const std::size_t end = archive.find("PK\x05\x06");
  std::string entries;
  for (const char name : std::string_view("0123456789")) {
    entries += archive.substr(directory, end - directory);
    entries[entries.size() - std::string_view("0.npy").size()] = name;
  }
  std::string last = archive.substr(end);
  last[10] = 10;
  EXPECT_EQ(error_of(archive.substr(0, directory) + entries + last), "a.npz: the zip archive is damaged");
}

TEST_F(Npz, NoDamageGoesUnnoticed) {
  for (const bool deflated : {false, true}) {
    const std::string archive = zip_of({{"x.npy", "0123456789abcdef"}}, deflated);
    const auto whole = read(archive);
    for (std::size_t i = 0; i < archive.size(); ++i) {
      for (const unsigned bit : {1U, 64U}) {
        std::string damaged = archive;
        damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ bit);
        try {
          // What is read then is another name, or what was written.
          for (const auto& [name, content] : read(damaged)) EXPECT_EQ(content, whole.at("x")) << i;
        } catch (const DataError&) {
        }
      }
    }
  }
}

}  // namespace
}  // namespace goldilocks::data
