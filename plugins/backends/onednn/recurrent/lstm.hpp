#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// Long short-term memory with the usual functions (sigmoid for the gates, tanh for block and cell), as
// docs/operations.md defines it. What the gates get from the inputs, W x + b of all steps, is a matrix product that
// somebody else does before; here is what can only be done step by step.
//
// `lanes` is the number of float32 in a vector of the processor; `width` is the number of cells, filled up to a
// multiple of it. Filled up cells have weights of zero and stay zero.
namespace goldilocks::onednn::recurrent {

struct Lstm {
  std::int64_t steps = 1, batch = 1;
  std::int64_t cells = 1;
  float clip = 0, cell_clip = 0;
  bool coupled = false;
  bool reverse = false, aligned = false;
  bool sequence_output = false;
};

inline constexpr std::int64_t gates = 4;  // input, forget, block, output

// Floats of the recursion's weights as run() wants them, and the weights so; they are given as [gates * cells, cells].
std::size_t recursion_count(std::int64_t cells, std::int64_t lanes);
void arrange_recursion(std::span<const float> given, std::int64_t cells, std::int64_t lanes, std::span<float> arranged);

// Bytes of scratch memory for one run.
std::size_t scratch_bytes(const Lstm& lstm, std::int64_t lanes);

struct Call {
  const float* inputs;     // W x + b: [steps, batch, gates, width]
  const float* recursion;  // arranged
  const float* peephole;   // [3, width], of the input, forget and output gates; or null
  const float* hidden;     // h at first: [batch, cells]; null for zeros
  const float* cell;       // c likewise
  float* outputs;          // [steps or 1, batch, cells]
  float* last_hidden;      // [batch, cells]
  float* last_cell;        // likewise
  std::byte* scratch;      // aligned to 64, as are inputs, recursion and peephole
};

using Run = void (*)(const Lstm& lstm, const Call& call);

// The code for vectors of this many float32: 16 needs AVX-512, 8 needs AVX2 and FMA. Null for other numbers, and where
// the processor lacks what is needed. Any thread.
Run find_run(std::int64_t lanes);

// The code itself; only for processors that have these instructions.
void run_avx2(const Lstm& lstm, const Call& call);
void run_avx512(const Lstm& lstm, const Call& call);

}  // namespace goldilocks::onednn::recurrent
