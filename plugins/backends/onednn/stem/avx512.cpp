// The first layers with vectors of 16 float32. Compiled for AVX-512; called only where the processor has it.
#include "../lanes/avx512.hpp"

#include "kernel.hpp"

namespace goldilocks::onednn::stem {
namespace {

// Of this file alone, so that the compiler knows all calls of the code that is made from it.
struct Lanes : Lanes512 {};

}  // namespace

void run_avx512(const Shape& shape, const Call& call) { Kernel<Lanes>::run(shape, call); }

}  // namespace goldilocks::onednn::stem
