#pragma once

// Where does the last cluster up to a given position begin? Candidates for that are compared several at a time.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "prefix_sums.hpp"

// What is inlined into functions for several instruction sets.
#define GOLDILOCKS_INLINE __attribute__((always_inline)) inline

namespace goldilocks::kmeans {

// The arrays that the search works on, each as long as the positions and PrefixSums::padding. Weight is std::int32_t
// where points are counted, which takes half the memory, or double.
template <class Weight>
struct Positions {
  const Weight* weight;
  const double* sum;
  // The least penalized cost of the points before a position, less the sum of their squares: what is left of the cost
  // then has no squares in it. Infinite while not known.
  double* offset;
};

struct Candidate {
  std::size_t begin = 0;
  // The cost of a last cluster that begins there and all before it, less squares at its end, which all candidates for
  // an end have in common.
  double value = std::numeric_limits<double>::infinity();
};

// A register of `Width` doubles. GCC and Clang turn operations on it into instructions of the function it is inlined
// into. Passed by reference only: by value, the call would depend on the instruction set.
template <std::size_t Width>
struct Lanes;
template <>
struct Lanes<2> {
  using Doubles __attribute__((vector_size(16))) = double;
  using Integers __attribute__((vector_size(8))) = std::int32_t;
};
template <>
struct Lanes<4> {
  using Doubles __attribute__((vector_size(32))) = double;
  using Integers __attribute__((vector_size(16))) = std::int32_t;
};

// A candidate in each lane.
template <std::size_t Width>
struct Candidates {
  using Doubles = typename Lanes<Width>::Doubles;

  Doubles value;
  Doubles begin;  // exact: positions are below 2^32

  // Takes over the other's candidates where they are better, or as good and earlier.
  GOLDILOCKS_INLINE void merge(const Candidates& other) {
    const auto better = (other.value < value) | ((other.value == value) & (other.begin < begin));
    value = better ? other.value : value;
    begin = better ? other.begin : begin;
  }

  GOLDILOCKS_INLINE void best(Candidate& result) const {
    if constexpr (Width == 2) {
      const bool second = value[1] < value[0] || (value[1] == value[0] && begin[1] < begin[0]);
      result.value = second ? value[1] : value[0];
      result.begin = static_cast<std::size_t>(static_cast<std::int64_t>(second ? begin[1] : begin[0]));
    } else {
      Candidates<Width / 2> low;
      Candidates<Width / 2> high;
      std::memcpy(&low.value, &value, sizeof low.value);
      std::memcpy(&low.begin, &begin, sizeof low.begin);
      std::memcpy(&high.value, reinterpret_cast<const char*>(&value) + sizeof low.value, sizeof high.value);
      std::memcpy(&high.begin, reinterpret_cast<const char*>(&begin) + sizeof low.begin, sizeof high.begin);
      low.merge(high);
      low.best(result);
    }
  }
};

template <std::size_t Width>
GOLDILOCKS_INLINE void load(const double* from, typename Lanes<Width>::Doubles& to) {
  std::memcpy(&to, from, sizeof to);
}

template <std::size_t Width>
GOLDILOCKS_INLINE void load(const std::int32_t* from, typename Lanes<Width>::Doubles& to) {
  typename Lanes<Width>::Integers integers;
  std::memcpy(&integers, from, sizeof integers);
  to = __builtin_convertvector(integers, typename Lanes<Width>::Doubles);
}

// The first best of the candidates first..last for a last cluster up to `end`, and of those after them up to a multiple
// of PrefixSums::padding. That many are looked at whatever the width of a register, so the answer doesn't depend on it.
// Candidates that are not known yet don't take part; `first` must be known.
template <std::size_t Width, class Weight>
GOLDILOCKS_INLINE void best_candidate(const Positions<Weight>& positions, std::size_t first, std::size_t last,
                                      std::size_t end, Candidate& result) {
  using Doubles = typename Candidates<Width>::Doubles;
  constexpr std::size_t registers = PrefixSums::padding / Width;
  constexpr double lane_numbers[PrefixSums::padding] = {0, 1, 2, 3, 4, 5, 6, 7};
  const double end_sum = positions.sum[end];
  const auto end_weight = static_cast<double>(positions.weight[end]);
  Candidates<Width> best[registers];
  Doubles begins[registers];
  for (std::size_t r = 0; r < registers; ++r) {
    best[r].value = std::numeric_limits<double>::infinity() - Doubles{};
    std::memcpy(&begins[r], lane_numbers + r * Width, sizeof begins[r]);
    begins[r] += static_cast<double>(static_cast<std::int64_t>(first));
    best[r].begin = begins[r];
  }
  for (std::size_t begin = first; begin <= last; begin += PrefixSums::padding) {
    for (std::size_t r = 0; r < registers; ++r) {
      Doubles weight;
      Doubles sum;
      Doubles offset;
      load<Width>(positions.weight + begin + r * Width, weight);
      load<Width>(positions.sum + begin + r * Width, sum);
      load<Width>(positions.offset + begin + r * Width, offset);
      sum = end_sum - sum;
      const Doubles value = offset - sum * sum / (end_weight - weight);
      const auto better = value < best[r].value;
      best[r].value = better ? value : best[r].value;
      best[r].begin = better ? begins[r] : best[r].begin;
      begins[r] += static_cast<double>(PrefixSums::padding);
    }
  }
  for (std::size_t r = 1; r < registers; ++r) best[0].merge(best[r]);
  best[0].best(result);
}

}  // namespace goldilocks::kmeans
