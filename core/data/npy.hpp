#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::data {

// An array in numpy's .npy format (versions 1 to 3): the type as numpy writes it ("|u1", "<f4", ...), C order.
struct NpyView {
  std::string type;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> values;  // into the parsed bytes; shape's product times the item size
};

// Throws DataError that begins with `name`: no .npy, big endian, Fortran order, objects, sizes that don't fit.
NpyView parse_npy(std::span<const std::byte> bytes, std::string_view name);

// The header of a version 1 file for this type and shape, padded so that the values begin at a multiple of 64 bytes.
std::string npy_header(std::string_view type, std::span<const std::int64_t> shape);

}  // namespace goldilocks::data
