#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::data {

// What the header of numpy's .npy format says (versions 1 to 3).
struct NpyHeader {
  std::string type;  // as numpy writes it, little endian: "|u1", "<f4", ...
  std::vector<std::int64_t> shape;
  bool as_stored = true;  // the values lie in the file as they are wanted; otherwise all are copied to read any
};

// An array in C order and little endian, whatever the file has: values that lie otherwise are copied into that form.
struct NpyView : NpyHeader {
  std::span<const std::byte> values;  // shape's product times the item size; into the parsed bytes or `copied`
  std::shared_ptr<const std::vector<std::byte>> copied{};  // null for values that lie in the file as they are wanted
};

// Throws DataError that begins with `name`: no .npy, objects, types that are no numbers, sizes that don't fit.
NpyView parse_npy(std::span<const std::byte> bytes, std::string_view name);

// The same without the values, of which none is read or copied; it throws for the same files.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view name);

// The header of a version 1 file for this type and shape, padded so that the values begin at a multiple of 64 bytes.
std::string npy_header(std::string_view type, std::span<const std::int64_t> shape);

}  // namespace goldilocks::data
