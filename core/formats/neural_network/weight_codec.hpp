#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {

// The values of a parameter as float32, whatever its form. `where` ("conv1.weights") begins the messages.
// Throws ModelError if the stored length doesn't fit slot.shape, a table hasn't 2^n entries, the number of scales or
// biases is not accepted, or the form is not known. An empty parameter gives an empty vector: what can't do without
// weights has to look.
// Linear codes are computed in float64 and rounded once. Where the shape is free, codes of fewer than 8 bits may be
// followed by padding: a caller who knows the shape sets it in the slot.
std::vector<float> decode_weights(const WeightSlot<const spec::WeightParams>& slot, std::string_view where);

// The same without a copy where the parameter is stored as float32: a view into the message, else into `buffer`, which
// then holds the values.
std::span<const float> view_weights(const WeightSlot<const spec::WeightParams>& slot, std::string_view where,
                                    std::vector<float>& buffer);

// Throws ModelError that begins with `where` if a value is NaN or infinite, and names its position.
void check_finite(std::span<const float> values, std::string_view where);
// The same for NaN alone.
void check_numbers(std::span<const float> values, std::string_view where);

// Whether all values are numbers below float16_limit.
bool fits_float16(std::span<const float> values);

// Each replaces whatever is stored in `params`, the `quantization` message included; isUpdatable and unknown fields
// stay. Memory of what was stored is released.
void store_float32(spec::WeightParams& params, std::span<const float> values);
// Throws ModelError that begins with `where` for a magnitude of float16_limit or more, and for NaN.
void store_float16(spec::WeightParams& params, std::span<const float> values, std::string_view where);
// Stores float16 if every value is one, infinity included; otherwise returns false and changes nothing.
bool store_exact_float16(spec::WeightParams& params, std::span<const float> values);
// `bias` is empty or as long as `scale`. Throws UsageError if it isn't, there is no scale, or a code doesn't fit.
void store_linear(spec::WeightParams& params, std::span<const std::uint8_t> codes, int bits,
                  std::span<const float> scale, std::span<const float> bias);
// Throws UsageError unless the table has 2^bits entries and the codes fit.
void store_table(spec::WeightParams& params, std::span<const std::uint8_t> codes, int bits,
                 std::span<const float> table);
void store_int8(spec::WeightParams& params, std::span<const std::int8_t> codes, float scale);

// Bytes that the parameter's content takes in the file: values, codes, tables, scales (without protobuf's field
// headers).
std::uint64_t stored_bytes(const spec::WeightParams& params);

// "float32", "float16", "4 bit linear", "4 bit table", "int8", "empty"; "ambiguous" where several forms are stored, and
// "unknown" where codes say neither linear nor table or have no `quantization` at all. Never throws.
std::string form_name(const spec::WeightParams& params);

}  // namespace goldilocks::model
