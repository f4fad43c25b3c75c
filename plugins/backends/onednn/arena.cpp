// The largest buffer is placed first, each into the smallest gap that is free for the whole of its life. Finding the
// least arena is a packing problem of its own; this order is rarely more than a few per cent above the peak of what is
// alive at once.
#include "arena.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>
#include <numeric>
#include <vector>

#include <sys/mman.h>

namespace goldilocks::onednn {
namespace {

std::size_t aligned(std::size_t bytes) { return (bytes + buffer_alignment - 1) / buffer_alignment * buffer_alignment; }

// The smallest gap of at least `bytes` between `neighbours`, which are sorted by offset; else the end.
std::size_t smallest_gap(std::span<const BufferLife* const> neighbours, std::size_t bytes) {
  std::size_t end = 0;
  std::size_t best = 0;
  std::size_t best_size = std::numeric_limits<std::size_t>::max();
  for (const BufferLife* neighbour : neighbours) {
    if (neighbour->offset >= end + bytes && neighbour->offset - end < best_size) {
      best = end;
      best_size = neighbour->offset - end;
    }
    end = std::max(end, neighbour->offset + aligned(neighbour->bytes));
  }
  return best_size == std::numeric_limits<std::size_t>::max() ? end : best;
}

}  // namespace

std::size_t place_buffers(std::span<BufferLife> buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::vector<const BufferLife*> placed;  // sorted by offset
  std::vector<const BufferLife*> neighbours;
  std::size_t size = 0;
  for (const std::size_t index : order) {
    BufferLife& buffer = buffers[index];
    neighbours.clear();
    std::copy_if(placed.begin(), placed.end(), std::back_inserter(neighbours),
                 [&](const BufferLife* other) { return other->first <= buffer.last && buffer.first <= other->last; });
    buffer.offset = smallest_gap(neighbours, aligned(buffer.bytes));
    size = std::max(size, buffer.offset + aligned(buffer.bytes));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &buffer,
                                   [](const BufferLife* a, const BufferLife* b) { return a->offset < b->offset; }),
                  &buffer);
  }
  return size;
}

void AlignedDelete::operator()(std::byte* bytes) const { std::free(bytes); }

AlignedBytes allocate_aligned(std::size_t bytes) {
  constexpr std::size_t large_page = std::size_t{2} << 20U;
  const bool much = bytes >= large_page;
  const std::size_t alignment = much ? large_page : buffer_alignment;
  const std::size_t size = std::max(aligned(bytes), buffer_alignment);
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, size) != 0) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (much) madvise(memory, size, MADV_HUGEPAGE);  // advice: without it all works as well
#endif
  return AlignedBytes(static_cast<std::byte*>(memory));
}

}  // namespace goldilocks::onednn
