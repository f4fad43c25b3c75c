#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace goldilocks::graph {

inline constexpr std::size_t alignment = 64;  // bytes: a cache line, and the widest vector register
inline constexpr std::size_t floats_per_line = alignment / sizeof(float);

struct FreeMemory {
  void operator()(float* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<float, FreeMemory>;

// The next multiple of a line.
constexpr std::size_t whole_lines(std::size_t floats) {
  return (floats + floats_per_line - 1) / floats_per_line * floats_per_line;
}

// `floats` is a number of whole lines. Null for none. Throws bad_alloc.
Memory allocate(std::size_t floats);

// "12.40 GiB are needed at once for the values computed; the limit is 8.00 GiB"
std::string memory_text(std::uint64_t bytes, std::uint64_t limit);

}  // namespace goldilocks::graph
