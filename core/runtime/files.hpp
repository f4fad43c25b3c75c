#pragma once

#include <filesystem>
#include <string>

#include <goldilocks/runtime.hpp>

namespace goldilocks::runtime {

// numpy's .npy files. Unsigned numbers, flags and int16, which no ElementType holds, become int64. Throws
// FileError, and DataError for what parse_npy() refuses, complex numbers, and numbers beyond int64.
Array read_npy(const std::filesystem::path& file);

// A file's content.
std::string npy_content(const Array& array);

}  // namespace goldilocks::runtime
