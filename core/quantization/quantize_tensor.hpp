#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/quantization/function_result.hpp"
#include "core/quantization/request.hpp"
#include "core/quantization/weight_error.hpp"
#include "core/weights/change.hpp"

namespace goldilocks::quantization {

// What one of the settings made of one weight.
struct Outcome : weights::Change {
  std::string function{};        // that was asked
  std::uint32_t rule = 0;        // of the request, from 1; 0: none
  WeightError error{};           // 0 where it stays
  std::exception_ptr failure{};  // a PluginError or ModelError
};

// Throws ModelError that begins with the weight's place for content that is not sound: what stays as it is goes into
// the new file, and codes of the wrong length would do so unseen.
void check_content(const weights::Weight& weight, const weights::Stored& stored);

// Quantizes one tensor for each of the request's settings: one pass over its values for all of them. `read` gives its
// content; nothing is read where nothing has to be looked at. `is_wanted`: whether an outcome is still asked for.
// Cancelled: throws Interrupted.
//
// Granularity: by default and for `channel`, the function gets the tensor as a whole, with its axis of channels;
// otherwise each slice as a tensor of its own that is one channel. Tables per channel are slices of one channel.
// `importance`: how much each value counts, or empty; it is cut as the values are.
std::vector<Outcome> quantize_tensor(const weights::Weight& weight, const std::function<weights::Stored()>& read,
                                     const QuantizeRequest& request,
                                     const std::function<bool(std::size_t setting)>& is_wanted,
                                     std::span<const float> importance = {});

// A weight tensor as a function gets it, with all that is known of it. It points into the weight and the values.
// `importance` is as long as the values, or empty.
plugins::Weights tensor_for_function(const weights::Weight& weight, std::span<const float> values,
                                     std::span<const float> importance);

// What becomes of a constant with infinite values, which no function gets: float16 where that is asked for or narrower,
// and every value is one; otherwise it stays.
FunctionResult keep_infinities(const weights::Weight& weight, std::span<const float> values, int bits);

}  // namespace goldilocks::quantization
