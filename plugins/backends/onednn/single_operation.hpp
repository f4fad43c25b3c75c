#pragma once

#include <cstdint>

#include <goldilocks/graph/plain.hpp>

namespace goldilocks::onednn {

// For graphs that the kit interprets, as their shapes are known only as they run: hands out operations in which nearly
// all time is spent (products of matrices, convolutions, recurrent layers) to be run by a plan of their own, where
// their shapes make it worth making one.
graph::StepMaker make_single_operations(bool winograd, std::uint64_t memory_limit);

}  // namespace goldilocks::onednn
