#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/neural_network/weight_table.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::model {

// The one way between a parameter of the format and neutral content, and what is asked of a parameter alone.

// How a parameter is stored, by its fields alone. Kind::none with 0 bits where it is empty, and otherwise where nobody
// knows: codes that say neither linear nor table have their bits, all else has -1. Never throws.
weights::Encoding stored_encoding(const spec::WeightParams& params);

// Views of a parameter's content, for as long as its message stays as it is, in the grid that the format gives to
// linear scales; Kind::none for an empty one: what can't do without weights has to look. `where` ("conv1.weights")
// begins the messages. Throws ModelError if the stored length doesn't fit slot.shape, a table hasn't 2^n entries, the
// number of scales or biases is not accepted, or the form is not known. Where the shape is free, codes of fewer than 8
// bits may be followed by padding: a caller who knows the shape sets it in the slot.
weights::Stored read_content(const WeightSlot<const spec::WeightParams>& slot, std::string_view where);

// Replaces whatever is stored in `params`, the `quantization` message included; isUpdatable and unknown fields stay.
// Memory of what was stored is released. Throws UsageError for content of a kind that the format lacks, or that doesn't
// fit itself.
void write_content(spec::WeightParams& params, const weights::Stored& content);

// The bytes that content takes as a field of a layer: the message, its tag and its length. The same of `count` values
// of float16 or float32.
std::uint64_t bytes_in_file(const weights::Stored& content);
std::uint64_t bytes_as_floats(std::uint64_t count, weights::Kind kind);

// The values of a parameter as float32, whatever its form. Throws as read_content() does.
std::vector<float> decode_weights(const WeightSlot<const spec::WeightParams>& slot, std::string_view where);

// The same without a copy where the parameter is stored as float32: a view into the message, otherwise into `buffer`,
// which then holds the values.
std::span<const float> view_weights(const WeightSlot<const spec::WeightParams>& slot, std::string_view where,
                                    std::vector<float>& buffer);

// write_content() of plain lists. The values may be a view of what is stored now.
void store_float32(spec::WeightParams& params, std::span<const float> values);
// Throws ModelError that begins with `where` for a magnitude of float16_limit or more, and for NaN.
void store_float16(spec::WeightParams& params, std::span<const float> values, std::string_view where);
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

// The words of stored_encoding(); "ambiguous" where several forms are stored. Never throws.
std::string form_name(const spec::WeightParams& params);

}  // namespace goldilocks::model
