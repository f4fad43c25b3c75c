#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <goldilocks/abi.h>

// The types of tensors' elements, by the numbers of abi.h.
namespace goldilocks {

// Of one element, in bytes; 0 for a number that is no type.
inline std::size_t element_size(std::int32_t type) {
  switch (type) {
    case GLK_BOOL:
    case GLK_INT8:
    case GLK_UINT8:
      return 1;
    case GLK_FLOAT16:
    case GLK_INT16:
    case GLK_UINT16:
      return 2;
    case GLK_FLOAT32:
    case GLK_INT32:
    case GLK_UINT32:
      return 4;
    case GLK_FLOAT64:
    case GLK_INT64:
    case GLK_STRING:
      return 8;
    default:
      return 0;
  }
}

// "float32", "int8", ...; "unknown" for a number that is no type.
inline std::string_view type_name(std::int32_t type) {
  constexpr std::string_view names[] = {"unknown", "float32", "float16", "float64", "int32",  "int64", "string",
                                        "bool",    "int8",    "int16",   "uint8",   "uint16", "uint32"};
  return type < 1 || type > GLK_UINT32 ? names[0] : names[type];
}

}  // namespace goldilocks
