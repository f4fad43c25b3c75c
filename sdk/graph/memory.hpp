#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

namespace goldilocks::graph {

inline constexpr std::size_t alignment = 64;  // bytes: a cache line, and the widest vector register

struct FreeMemory {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte, FreeMemory>;

// The next multiple of a line.
constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

// What a tensor takes, in bytes of whole lines. Throws GraphError for one that is too large.
std::size_t tensor_bytes(std::int32_t type, std::span<const std::int64_t> dims);

// `bytes` is a number of whole lines. Null for none. Throws bad_alloc.
Memory allocate(std::size_t bytes);

// "12.40 GiB are needed at once for the values computed; the limit is 8.00 GiB"
std::string memory_text(std::uint64_t bytes, std::uint64_t limit);

}  // namespace goldilocks::graph
