// The steps of an LSTM with vectors of 8 float32. Compiled for AVX2 with FMA; called only where the processor has both.
#include "../lanes/avx2.hpp"

#include "kernel.hpp"

namespace goldilocks::onednn::recurrent {
namespace {

// Of this file alone, so that the compiler knows all calls of the code that is made from it.
struct Lanes : Lanes256 {};

}  // namespace

void run_avx2(const Lstm& lstm, const Call& call) { Kernel<Lanes>::run(lstm, call); }

}  // namespace goldilocks::onednn::recurrent
