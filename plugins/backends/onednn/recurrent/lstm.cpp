#include "lstm.hpp"

#include <algorithm>

#include "../lanes/find.hpp"

namespace goldilocks::onednn::recurrent {
namespace {

std::int64_t width_of(std::int64_t cells, std::int64_t lanes) { return (cells + lanes - 1) / lanes * lanes; }

}  // namespace

std::size_t recursion_count(std::int64_t cells, std::int64_t lanes) {
  return static_cast<std::size_t>(gates * width_of(cells, lanes) * cells);
}

// [pair of blocks of cells, cell before, gate, cell of the pair]: each step reads it from end to end, once.
void arrange_recursion(std::span<const float> given, std::int64_t cells, std::int64_t lanes,
                       std::span<float> arranged) {
  std::ranges::fill(arranged, 0.0F);
  const std::int64_t width = width_of(cells, lanes);
  for (std::int64_t gate = 0; gate < gates; ++gate) {
    for (std::int64_t cell = 0; cell < cells; ++cell) {
      const std::int64_t first = cell / (2 * lanes) * 2 * lanes;
      const std::int64_t columns = std::min(2 * lanes, width - first);
      const float* const row = &given[static_cast<std::size_t>((gate * cells + cell) * cells)];
      float* const column = arranged.data() + first * gates * cells + gate * columns + cell - first;
      for (std::int64_t before = 0; before < cells; ++before) column[before * gates * columns] = row[before];
    }
  }
}

std::size_t scratch_bytes(const Lstm& lstm, std::int64_t lanes) {
  return 3 * static_cast<std::size_t>(width_of(lstm.cells, lanes)) * sizeof(float);
}

Run find_run(std::int64_t lanes) {
  if constexpr (has_vector_code) {
    if (has_lanes(lanes)) return lanes == 16 ? run_avx512 : run_avx2;
  }
  return nullptr;
}

}  // namespace goldilocks::onednn::recurrent
