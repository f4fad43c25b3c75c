#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "core/weights/change.hpp"
#include "core/weights/weight.hpp"

namespace goldilocks::model {

// The weights of one layer, with what is to become of them; in the same order.
struct LayerChanges {
  std::span<const weights::Weight> weights;
  std::span<weights::Change* const> changes;
  std::function<weights::Stored(std::size_t)> read;  // a weight's content as it is
};

// `keep: smaller` for the tensors of one layer: those that got codes and are free to be floats become the smaller of
// codes and floats, with a note. A layer has only one kind of floats: float16 or float32, whichever makes the layer's
// tensors smaller together, float32 where both are equal; float16 only where nothing overflows, and for a function that
// chooses its widths (which keeps every value) only where nothing is rounded.
void keep_smaller(const LayerChanges& layer);

// Some layers refuse a mixture of forms: brings the tensors of one layer to one of them, with notes.
void settle_forms(const LayerChanges& layer);

}  // namespace goldilocks::model
