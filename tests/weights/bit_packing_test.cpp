#include "core/weights/bit_packing.hpp"

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace goldilocks::weights {
namespace {

using Codes = std::vector<std::uint8_t>;

std::string bytes(std::initializer_list<unsigned> values) {
  std::string text;
  for (const unsigned value : values) text.push_back(static_cast<char>(value));
  return text;
}

// One bit at a time: the definition of the format.
std::string pack_plainly(const Codes& codes, int bits) {
  std::string packed;
  int used = 8;
  for (const std::uint8_t code : codes) {
    for (int bit = bits - 1; bit >= 0; --bit) {
      if (used == 8) {
        packed.push_back('\0');
        used = 0;
      }
      if (((code >> bit) & 1) != 0) packed.back() = static_cast<char>(packed.back() | (0x80 >> used));
      ++used;
    }
  }
  return packed;
}

Codes random_codes(std::size_t count, int bits, std::mt19937& random) {
  Codes codes(count);
  for (std::uint8_t& code : codes) code = static_cast<std::uint8_t>(random() & ((1U << bits) - 1));
  return codes;
}

TEST(PackCodes, ThreeBitCodesCrossByteBorders) {
  EXPECT_EQ(pack_codes(Codes{5, 2, 7}, 3), bytes({0b10101011, 0b10000000}));
}

TEST(PackCodes, TheFirstOfThreeBitCodesInTheLowestBits) {
  EXPECT_EQ(pack_codes(Codes{5, 2, 7, 1}, 3, BitOrder::lowest_first), bytes({0b11010101, 0b00000011}));
}

TEST(PackCodes, TheOtherOrderUnpacksAtEveryWidthAndLength) {
  std::mt19937 random(21);
  for (int bits = 1; bits <= 8; ++bits) {
    for (std::size_t count = 0; count < 200; ++count) {
      const Codes codes = random_codes(count, bits, random);
      const std::string packed = pack_codes(codes, bits, BitOrder::lowest_first);
      ASSERT_EQ(packed.size(), packed_size(count, bits));
      ASSERT_EQ(unpack_codes(packed, count, bits, BitOrder::lowest_first), codes) << bits << " bits, " << count;
    }
  }
}

TEST(PackCodes, OneBitCodesFillAByteFromItsTop) {
  EXPECT_EQ(pack_codes(Codes{1, 0, 0, 0, 0, 0, 1, 1, 1}, 1), bytes({0b10000011, 0b10000000}));
}

TEST(PackCodes, EightBitCodesAreBytes) { EXPECT_EQ(pack_codes(Codes{0, 255, 7}, 8), bytes({0, 255, 7})); }

TEST(PackCodes, NothingPacksToNothing) {
  for (int bits = 1; bits <= 8; ++bits) {
    EXPECT_EQ(pack_codes({}, bits), "");
    EXPECT_TRUE(unpack_codes("", 0, bits).empty());
  }
}

TEST(PackCodes, AgreesWithTheDefinitionAndUnpacksAtEveryWidthAndLength) {
  const unsigned seed = 20;
  std::mt19937 random(seed);
  for (int bits = 1; bits <= 8; ++bits) {
    for (std::size_t count = 0; count < 200; ++count) {
      const Codes codes = random_codes(count, bits, random);
      const std::string packed = pack_codes(codes, bits);
      ASSERT_EQ(packed, pack_plainly(codes, bits)) << bits << " bits, " << count << " codes, seed " << seed;
      ASSERT_EQ(packed.size(), packed_size(count, bits));
      ASSERT_EQ(unpack_codes(packed, count, bits), codes) << bits << " bits, " << count << " codes, seed " << seed;
    }
  }
}

TEST(PackCodes, UnpackingReadsNothingBeyondTheCodes) {
  // The bytes that follow are ones, so a code that took a bit of them would show.
  std::mt19937 random(21);
  for (int bits = 1; bits <= 8; ++bits) {
    const Codes codes = random_codes(37, bits, random);
    EXPECT_EQ(unpack_codes(pack_codes(codes, bits) + std::string(9, '\xFF'), codes.size(), bits), codes) << bits;
  }
}

TEST(PackCodes, BlocksFromTheMiddleAreThoseOfTheWhole) {
  std::mt19937 random(22);
  for (int bits = 1; bits <= 8; ++bits) {
    const Codes codes = random_codes(100, bits, random);
    const std::string packed = pack_codes(codes, bits);
    Codes part(43);
    unpack_codes(packed, 56, bits, part);
    EXPECT_EQ(part, Codes(codes.begin() + 56, codes.begin() + 99)) << bits;
  }
  Codes part(1);
  EXPECT_THAT([&] { unpack_codes("abcdef", 3, 4, part); },
              ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("unpacking from code 3: not a multiple of 8")));
}

TEST(PackCodes, RefusesCodesThatDoNotFitAndNamesThem) {
  try {
    pack_codes(Codes{0, 7, 8, 9}, 3);
    FAIL() << "nothing was thrown";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "code 8 at position 2 does not fit into 3 bits");
  }
  for (int bits = 1; bits < 8; ++bits) {
    for (std::size_t at = 0; at < 40; ++at) {
      Codes codes(40);
      codes[at] = static_cast<std::uint8_t>(1U << bits);
      EXPECT_THAT([&] { pack_codes(codes, bits); },
                  ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr(
                      fmt::format("code {} at position {} does not fit into {} bits", 1U << bits, at, bits))))
          << bits << " bits, position " << at;
    }
  }
}

TEST(PackCodes, RefusesOtherWidths) {
  for (const int bits : {-1, 0, 9, 64}) {
    EXPECT_THAT([&] { pack_codes(Codes{0}, bits); },
                ::testing::ThrowsMessage<UsageError>(
                    ::testing::HasSubstr(fmt::format("codes of {} bits: the width must be 1 to 8", bits))));
    EXPECT_THAT([&] { unpack_codes("aaaaaaaaaaaa", 1, bits); },
                ::testing::ThrowsMessage<UsageError>(
                    ::testing::HasSubstr(fmt::format("codes of {} bits: the width must be 1 to 8", bits))));
  }
}

TEST(PackCodes, MissingBytesAreAnErrorOfTheModel) {
  EXPECT_THAT(
      [&] { unpack_codes("a", 3, 3); },
      ::testing::ThrowsMessage<ModelError>(::testing::HasSubstr("3 codes of 3 bits need 2 bytes, 1 are stored")));
  EXPECT_THAT(
      [&] { unpack_codes("", 1, 8); },
      ::testing::ThrowsMessage<ModelError>(::testing::HasSubstr("1 codes of 8 bits need 1 bytes, 0 are stored")));
  EXPECT_THAT([&] { unpack_codes("abc", SIZE_MAX, 8); },
              ::testing::ThrowsMessage<ModelError>(
                  ::testing::HasSubstr("codes of 8 bits need 18446744073709551615 bytes, 3 are stored")));
}

}  // namespace
}  // namespace goldilocks::weights
