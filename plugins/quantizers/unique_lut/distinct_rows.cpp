// Rows are found again by a hash table whose slots are probed one after the other; the pass ends at the 257th distinct
// one.

#include "distinct_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace goldilocks::unique {
namespace {

constexpr std::size_t most_rows = 256;
constexpr std::size_t slots = 1024;  // four times the most that it holds, so that probes stay short

// 0 and -0 have one hash.
std::uint32_t hash_of(std::span<const float> row) {
  std::uint32_t hash = 0;
  for (const float value : row) hash = (hash ^ std::bit_cast<std::uint32_t>(value + 0.0F)) * 2654435769U;
  return hash >> 22U;
}

}  // namespace

std::optional<DistinctRows> DistinctRows::of(std::span<const float> rows, std::size_t length) {
  std::array<std::uint16_t, slots> found{};  // an index into `firsts`, from 1 on
  std::vector<std::span<const float>> firsts;
  DistinctRows result;
  result.codes.reserve(rows.size() / length);
  for (std::size_t begin = 0; begin < rows.size(); begin += length) {
    const auto row = rows.subspan(begin, length);
    std::size_t slot = hash_of(row);
    while (found[slot] != 0 && !std::ranges::equal(firsts[found[slot] - 1U], row)) slot = (slot + 1) % slots;
    if (found[slot] == 0) {
      if (firsts.size() == most_rows) return std::nullopt;
      firsts.push_back(row);
      found[slot] = static_cast<std::uint16_t>(firsts.size());
    }
    result.codes.push_back(static_cast<std::uint8_t>(found[slot] - 1));
  }
  std::vector<std::size_t> order(firsts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(
      order, [&](std::size_t a, std::size_t b) { return std::ranges::lexicographical_compare(firsts[a], firsts[b]); });
  std::array<std::uint8_t, most_rows> place{};
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = static_cast<std::uint8_t>(i);
    result.table.insert(result.table.end(), firsts[order[i]].begin(), firsts[order[i]].end());
  }
  for (std::uint8_t& code : result.codes) code = place[code];
  return result;
}

}  // namespace goldilocks::unique
