// The first layers with vectors of 8 float32. Compiled for AVX2 with FMA; called only where the processor has both.
#include "../lanes/avx2.hpp"

#include "kernel.hpp"

namespace goldilocks::onednn::stem {
namespace {

// Of this file alone, so that the compiler knows all calls of the code that is made from it.
struct Lanes : Lanes256 {};

}  // namespace

void run_avx2(const Shape& shape, const Call& call) { Kernel<Lanes>::run(shape, call); }

}  // namespace goldilocks::onednn::stem
