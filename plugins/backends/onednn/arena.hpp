#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace goldilocks::onednn {

// Bytes that are needed from one step to another, both included; `offset` is what place_buffers() answers.
struct BufferLife {
  std::size_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t offset = 0;
};

// Each buffer begins at a multiple of this.
inline constexpr std::size_t buffer_alignment = 64;

// Gives each buffer an offset into one arena, such that buffers whose lives overlap don't. Returns the arena's size.
std::size_t place_buffers(std::span<BufferLife> buffers);

// Memory aligned to buffer_alignment and not initialized; where there is much of it, in large pages if the system has
// some to give, which spares a processor the search for thousands of small ones. Throws std::bad_alloc.
struct AlignedDelete {
  void operator()(std::byte* bytes) const;
};
using AlignedBytes = std::unique_ptr<std::byte[], AlignedDelete>;
AlignedBytes allocate_aligned(std::size_t bytes);

}  // namespace goldilocks::onednn
