// Speed of packing codes into bytes and of unpacking them, for each width, one core. Bytes per second are those of the
// float32 weights that the codes stand for, to be compared with the functions that make them.

#include <cstdint>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/weights/bit_packing.hpp"

namespace {

namespace weights = goldilocks::weights;

constexpr std::size_t code_count = std::size_t{4} << 20;

std::vector<std::uint8_t> random_codes(int bits) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> codes(code_count);
  for (std::uint8_t& code : codes) code = static_cast<std::uint8_t>(random() >> (32 - bits));
  return codes;
}

void count_float32(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(code_count * sizeof(float)));
}

void pack(benchmark::State& state) {
  const int bits = static_cast<int>(state.range(0));
  const auto codes = random_codes(bits);
  for (auto _ : state) benchmark::DoNotOptimize(weights::pack_codes(codes, bits));
  count_float32(state);
}

void unpack(benchmark::State& state) {
  const int bits = static_cast<int>(state.range(0));
  const auto packed = weights::pack_codes(random_codes(bits), bits);
  for (auto _ : state) benchmark::DoNotOptimize(weights::unpack_codes(packed, code_count, bits));
  count_float32(state);
}

BENCHMARK(pack)->DenseRange(1, 8)->Unit(benchmark::kMillisecond);
BENCHMARK(unpack)->DenseRange(1, 8)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
