#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/plugins/quantizer.hpp"
#include "core/quantization/slices.hpp"
#include "core/weights/stored.hpp"
#include "core/weights/weight.hpp"

namespace goldilocks::quantization {

// What a function made of a tensor: what it becomes, or why it stays.
struct FunctionResult {
  std::optional<weights::Stored> content{};  // nothing: it stays
  std::string note{};
};

// The result of a function that got a tensor as a whole, in an encoding with codes packed as the format has them.
// `values` are the tensor's. `may_widen`: a table of a width that the format lacks is stored in the next wider one,
// filled up with zeros, as the function has chosen the width. Throws ModelError that begins with the weight's place for
// a float16 overflow.
FunctionResult store_result(const weights::Weight& weight, std::span<const float> values,
                            plugins::QuantizedTensor result, bool may_widen = false);

// Puts the results of all slices of a tensor together. They come back in one form; the width is the largest, tables of
// narrower ones are padded with zeros. If a slice stays as it is, or comes back in another form than the first, the
// tensor stays, and the note names the slice.
class JoinedResult {
 public:
  JoinedResult(const weights::Weight& weight, const Slices& slices, const weights::Grid& grid)
      : weight_(weight), slices_(slices), grid_(grid), codes_(slices) {}

  // Slices come in their order, all of them until it stays.
  void add(std::size_t slice, const plugins::QuantizedTensor& result);
  // Whether the rest need not be asked for, as the tensor stays.
  bool stays() const { return !left_.empty(); }
  // Once, after all slices. As store_result() has it.
  FunctionResult take(std::span<const float> values, bool may_widen = false);

 private:
  void start(const plugins::QuantizedTensor& result);

  const weights::Weight& weight_;
  const Slices& slices_;
  const weights::Grid& grid_;
  Slices codes_;                              // where codes lie: those of vectors are fewer
  weights::Kind form_ = weights::Kind::none;  // of the first slice
  bool has_zero_points_ = false;
  std::string left_;                 // why the tensor stays
  std::string note_;                 // of the first slice that has one
  plugins::QuantizedTensor joined_;  // tables, scales, ...: one behind the other
};

}  // namespace goldilocks::quantization
