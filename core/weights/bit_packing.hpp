#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::weights {

// Where the first of several codes lies in a byte: neural networks have it in the highest bits, ML Programs in the
// lowest.
enum class BitOrder : std::uint8_t { highest_first, lowest_first };

// Bytes that `count` codes of `bits` bits take: ceil(count * bits / 8).
std::size_t packed_size(std::size_t count, int bits);

// Packs codes of `bits` bits each (1..8), one behind the other and across byte borders. The last byte is padded with
// zero bits. 8-bit codes are copied. The result can be the content of a protobuf bytes field.
// Throws UsageError for a width outside 1..8 or a code that does not fit.
std::string pack_codes(std::span<const std::uint8_t> codes, int bits, BitOrder order = BitOrder::highest_first);

// The inverse: reads `count` codes. Throws ModelError if `packed` is shorter than packed_size(count, bits), UsageError
// for a width outside 1..8.
std::vector<std::uint8_t> unpack_codes(std::string_view packed, std::size_t count, int bits,
                                       BitOrder order = BitOrder::highest_first);

// The same into the caller's buffer, from the code number `first` on; `first` must be a multiple of 8. For readers that
// go through a tensor in blocks.
void unpack_codes(std::string_view packed, std::size_t first, int bits, std::span<std::uint8_t> codes,
                  BitOrder order = BitOrder::highest_first);

}  // namespace goldilocks::weights
