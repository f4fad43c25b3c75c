#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"

// What several families of layers do alike. Errors are ModelErrors that name the layer.
namespace goldilocks::lowering {

using Integers = std::vector<std::int64_t>;

// An axis that may count from the end, as one that doesn't. Fails if there is none of that number.
std::size_t resolved_axis(const LayerLowering& lowering, std::int64_t axis, std::size_t rank);

// The values of an input that is known before the network runs, as whole numbers, rounded toward zero and limited to
// +-2^40. Nothing for another input. Fails for what is not a number.
std::optional<Integers> constant_integers(const LayerLowering& lowering, std::size_t input);

// A boolean field as an attribute.
inline std::int64_t flag(bool value) { return value ? 1 : 0; }

// All indexes from 0 to below `count`.
Integers counted(std::size_t count);

// The attributes of a `reshape`, dimension by dimension.
class Reshaping {
 public:
  Reshaping& size(std::int64_t size) { return add(size, 0); }
  Reshaping& copy(std::size_t axis) { return add(0, static_cast<std::int64_t>(axis)); }  // the input's size there
  Reshaping& rest() { return add(-1, 0); }                                               // what is left; once

  Attributes attributes() const { return {{"shape", shape_}, {"source", source_}}; }

 private:
  Reshaping& add(std::int64_t size, std::int64_t source) {
    shape_.push_back(size);
    source_.push_back(source);
    return *this;
  }

  Integers shape_, source_;
};

// Takes away the axes that are marked, whose sizes are 1. Where none is left, the shape is [1].
Reshaping without_axes(const std::vector<bool>& gone);

}  // namespace goldilocks::lowering
