#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/model/weight_table.hpp"

namespace goldilocks::model {

// The values of a parameter as float32, whatever its form. `where` ("conv1.weights") begins the messages.
// Throws ModelError if the stored length doesn't fit slot.shape, a table hasn't 2^n entries, the number of scales or
// biases is not accepted, or the form is not known. An empty parameter gives an empty vector.
std::vector<float> decode_weights(const WeightSlot<const spec::WeightParams>& slot, std::string_view where);

// Each replaces whatever is stored in `params`, the `quantization` message included; isUpdatable and unknown fields
// stay.
void store_float32(spec::WeightParams& params, std::span<const float> values);
// Throws ModelError that begins with `where` for a magnitude of 65504 or more (the reference implementation's limit).
void store_float16(spec::WeightParams& params, std::span<const float> values, std::string_view where);
void store_linear(spec::WeightParams& params, std::span<const std::uint8_t> codes, int bits,
                  std::span<const float> scale, std::span<const float> bias);
void store_table(spec::WeightParams& params, std::span<const std::uint8_t> codes, int bits,
                 std::span<const float> table);
void store_int8(spec::WeightParams& params, std::span<const std::int8_t> codes, float scale);

// Bytes that the parameter's content takes in the file: values, codes, tables, scales (without protobuf's field
// headers).
std::uint64_t stored_bytes(const spec::WeightParams& params);

// "float32", "float16", "4 bit linear", "4 bit table", "int8", "empty".
std::string form_name(const spec::WeightParams& params);

}  // namespace goldilocks::model
