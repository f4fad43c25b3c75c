#pragma once

#include <array>
#include <cstdint>

namespace goldilocks::graph {

// Philox 4x32 with 10 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011): four
// words that depend on a key and a counter and on nothing else, so that any number can be had without those before it,
// on any machine.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t multipliers[2] = {0xD2511F53U, 0xCD9E8D57U};
  constexpr std::uint32_t increments[2] = {0x9E3779B9U, 0xBB67AE85U};
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = multipliers[0] * counter[0];
    const std::uint64_t second = multipliers[1] * counter[2];
    counter = {static_cast<std::uint32_t>(second >> 32U) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(second),
               static_cast<std::uint32_t>(first >> 32U) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(first)};
    key[0] += increments[0];
    key[1] += increments[1];
  }
  return counter;
}

// The words of one draw with one seed: word i is word i % 4 of the block i / 4, whose counter is the number of the
// block in its lower half and that of the draw in its upper one.
class RandomWords {
 public:
  RandomWords(std::int64_t seed, std::uint64_t draw) : draw_(draw) {
    const auto bits = static_cast<std::uint64_t>(seed);
    key_ = {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32U)};
  }

  std::uint32_t operator[](std::uint64_t index) {
    if (index / 4 != block_) {
      block_ = index / 4;
      words_ = philox({static_cast<std::uint32_t>(block_), static_cast<std::uint32_t>(block_ >> 32U),
                       static_cast<std::uint32_t>(draw_), static_cast<std::uint32_t>(draw_ >> 32U)},
                      key_);
    }
    return words_[index % 4];
  }

  // From 0 on, below 1.
  double unit(std::uint64_t index) { return static_cast<double>((*this)[index]) * 0x1p-32; }

 private:
  std::array<std::uint32_t, 2> key_{};
  std::uint64_t draw_;
  std::uint64_t block_ = ~std::uint64_t{0};
  std::array<std::uint32_t, 4> words_{};
};

}  // namespace goldilocks::graph
