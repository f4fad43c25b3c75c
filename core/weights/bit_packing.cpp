// n-bit codes as one stream of bits. With the first code in the highest bits of the first byte, and n = 3:
//
//     code     0   1   2     3   4   5     6   7
//     bits    aaa bbb cc|c ddd eee f|ff ggg hhh
//     byte         0           1          2
//
// Eight codes fill n bytes exactly, so the work goes in groups of eight: the eight bytes of codes, as one 64-bit word
// with the first code on top, are squeezed in three steps that each join neighbours (bytes into pairs, pairs into
// fours, fours into eight), and the 8n bits that remain are stored as n bytes. With the first code in the lowest bits
// everything is the same but that the word has the first code at its low end. Unpacking does the same backwards. Width
// and order are template arguments, so every mask and shift is a constant.
#include "core/weights/bit_packing.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace goldilocks::weights {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read and written in little-endian order");

constexpr std::size_t group = 8;

// The first byte on top, or at the low end.
template <BitOrder Order>
std::uint64_t load_word(const void* from, std::size_t bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, bytes);
  return Order == BitOrder::highest_first ? __builtin_bswap64(word) : word;
}

template <BitOrder Order>
void store_word(void* to, std::uint64_t word, std::size_t bytes) {
  if (Order == BitOrder::highest_first) word = __builtin_bswap64(word);
  std::memcpy(to, &word, bytes);
}

// A mask of `width` ones at the low end of every lane of `lane` bits.
constexpr std::uint64_t lanes(int lane, int width) {
  std::uint64_t mask = 0;
  for (int at = 0; at < 64; at += lane) mask |= (width == 64 ? ~0ULL : (1ULL << width) - 1) << at;
  return mask;
}

// Eight bytes of codes to 8 * Bits bits at the end of the word where its first code is.
template <int Bits, BitOrder Order>
std::uint64_t squeeze(std::uint64_t word) {
  constexpr std::uint64_t even8 = lanes(16, Bits);
  constexpr std::uint64_t even16 = lanes(32, 2 * Bits);
  constexpr std::uint64_t even32 = lanes(64, 4 * Bits);
  word = (word & even8) | ((word >> (8 - Bits)) & (even8 << Bits));
  word = (word & even16) | ((word >> (16 - 2 * Bits)) & (even16 << (2 * Bits)));
  word = (word & even32) | ((word >> (32 - 4 * Bits)) & (even32 << (4 * Bits)));
  return Order == BitOrder::highest_first ? word << (64 - 8 * Bits) : word;
}

// The inverse; the word's other bits are ignored.
template <int Bits, BitOrder Order>
std::uint64_t spread(std::uint64_t word) {
  constexpr std::uint64_t even8 = lanes(16, Bits);
  constexpr std::uint64_t even16 = lanes(32, 2 * Bits);
  constexpr std::uint64_t even32 = lanes(64, 4 * Bits);
  if (Order == BitOrder::highest_first) word >>= 64 - 8 * Bits;
  word = (word & even32) | ((word & (even32 << (4 * Bits))) << (32 - 4 * Bits));
  word = (word & even16) | ((word & (even16 << (2 * Bits))) << (16 - 2 * Bits));
  word = (word & even8) | ((word & (even8 << Bits)) << (8 - Bits));
  return word;
}

// Whole groups are written as full words while eight bytes of room remain, as that is one store; what a word writes
// beyond its group is overwritten by the next one. Returns the bitwise or of all codes.
template <int Bits, BitOrder Order>
std::uint64_t pack(std::span<const std::uint8_t> codes, char* to, std::size_t room) {
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + group <= codes.size() && room >= group; at += group, to += Bits, room -= Bits) {
    const std::uint64_t word = load_word<Order>(codes.data() + at, group);
    seen |= word;
    store_word<Order>(to, squeeze<Bits, Order>(word), group);
  }
  for (; at < codes.size(); at += group) {
    const std::size_t some = std::min(group, codes.size() - at);
    const std::uint64_t word = load_word<Order>(codes.data() + at, some);
    seen |= word;
    const std::size_t bytes = packed_size(some, Bits);
    store_word<Order>(to, squeeze<Bits, Order>(word), bytes);
    to += bytes;
  }
  return seen;
}

template <int Bits, BitOrder Order>
void unpack(const char* from, std::size_t available, std::span<std::uint8_t> codes) {
  std::size_t at = 0;
  for (; at + group <= codes.size() && available >= group; at += group, from += Bits, available -= Bits) {
    store_word<Order>(codes.data() + at, spread<Bits, Order>(load_word<Order>(from, group)), group);
  }
  for (; at < codes.size(); at += group) {
    const std::size_t some = std::min(group, codes.size() - at);
    const std::size_t bytes = packed_size(some, Bits);
    store_word<Order>(codes.data() + at, spread<Bits, Order>(load_word<Order>(from, bytes)), some);
    from += bytes;
  }
}

void check_width(int bits) {
  if (bits < 1 || bits > 8) throw UsageError(fmt::format("codes of {} bits: the width must be 1 to 8", bits));
}

// Calls body.operator()<Bits, Order>() for the width and the order.
template <BitOrder Order, class Body>
decltype(auto) for_width(int bits, const Body& body) {
  switch (bits) {
    case 1:
      return body.template operator()<1, Order>();
    case 2:
      return body.template operator()<2, Order>();
    case 3:
      return body.template operator()<3, Order>();
    case 4:
      return body.template operator()<4, Order>();
    case 5:
      return body.template operator()<5, Order>();
    case 6:
      return body.template operator()<6, Order>();
    case 7:
      return body.template operator()<7, Order>();
    default:
      return body.template operator()<8, Order>();
  }
}

template <class Body>
decltype(auto) for_layout(int bits, BitOrder order, const Body& body) {
  return order == BitOrder::highest_first ? for_width<BitOrder::highest_first>(bits, body)
                                          : for_width<BitOrder::lowest_first>(bits, body);
}

[[noreturn]] void throw_first_misfit(std::span<const std::uint8_t> codes, int bits) {
  std::size_t at = 0;
  while (codes[at] >> bits == 0) ++at;
  throw UsageError(fmt::format("code {} at position {} does not fit into {} bits", codes[at], at, bits));
}

}  // namespace

std::size_t packed_size(std::size_t count, int bits) {
  // In two parts, so that counts near the type's limit don't overflow.
  const auto width = static_cast<std::size_t>(bits);
  return count / group * width + (count % group * width + 7) / 8;
}

std::string pack_codes(std::span<const std::uint8_t> codes, int bits, BitOrder order) {
  check_width(bits);
  std::string packed(packed_size(codes.size(), bits), '\0');
  if (bits == 8) {
    if (!codes.empty()) std::memcpy(packed.data(), codes.data(), codes.size());
    return packed;
  }
  const std::uint64_t seen = for_layout(bits, order, [&]<int Bits, BitOrder Order>() -> std::uint64_t {
    return pack<Bits, Order>(codes, packed.data(), packed.size());
  });
  if ((seen & ~lanes(8, bits)) != 0) throw_first_misfit(codes, bits);
  return packed;
}

void unpack_codes(std::string_view packed, std::size_t first, int bits, std::span<std::uint8_t> codes, BitOrder order) {
  check_width(bits);
  if (first % group != 0) throw UsageError(fmt::format("unpacking from code {}: not a multiple of {}", first, group));
  const std::size_t needed = packed_size(first + codes.size(), bits);
  if (packed.size() < needed) {
    throw ModelError(fmt::format("{} codes of {} bits need {} bytes, {} are stored", first + codes.size(), bits, needed,
                                 packed.size()));
  }
  if (codes.empty()) return;
  packed.remove_prefix(packed_size(first, bits));
  if (bits == 8) {
    std::memcpy(codes.data(), packed.data(), codes.size());
    return;
  }
  for_layout(bits, order,
             [&]<int Bits, BitOrder Order>() { unpack<Bits, Order>(packed.data(), packed.size(), codes); });
}

std::vector<std::uint8_t> unpack_codes(std::string_view packed, std::size_t count, int bits, BitOrder order) {
  check_width(bits);
  // Checked before the buffer is made, so that a count from a broken file asks for no memory.
  if (packed.size() < packed_size(count, bits)) {
    throw ModelError(fmt::format("{} codes of {} bits need {} bytes, {} are stored", count, bits,
                                 packed_size(count, bits), packed.size()));
  }
  std::vector<std::uint8_t> codes(count);
  unpack_codes(packed, 0, bits, std::span(codes), order);
  return codes;
}

}  // namespace goldilocks::weights
