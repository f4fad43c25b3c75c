// Weights out of their storage forms and into them. Codes are unpacked in blocks that stay in the cache and turned into
// floats there, so decoding touches each byte of the file and each float once.
#include "core/formats/neural_network/weight_codec.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/weights/bit_packing.hpp"

namespace goldilocks::model {
namespace {

using ConstSlot = WeightSlot<const spec::WeightParams>;

constexpr std::size_t block_size = 4096;  // codes; a multiple of 8, as unpack_codes wants

template <class... Args>
[[noreturn]] void fail(std::string_view where, fmt::format_string<Args...> text, Args&&... args) {
  throw ModelError(fmt::format("{}: {}", where, fmt::format(text, std::forward<Args>(args)...)));
}

WeightForm form_of(const ConstSlot& slot, std::string_view where) {
  try {
    return stored_form(*slot.params);
  } catch (const ModelError& error) {
    fail(where, "{}", error.what());
  }
}

std::size_t needed_count(const ConstSlot& slot, std::string_view where) {
  if (slot.shape.empty()) return static_cast<std::size_t>(stored_count(*slot.params));
  const auto count = element_count(slot.shape);
  if (!count) fail(where, "the shape [{}] is not possible", fmt::join(slot.shape, ", "));
  return static_cast<std::size_t>(*count);
}

void check_count(std::size_t stored, const ConstSlot& slot, std::string_view where) {
  const std::size_t needed = needed_count(slot, where);
  if (stored != needed) {
    fail(where, "{} values are stored, the shape [{}] needs {}", stored, fmt::join(slot.shape, ", "), needed);
  }
}

// Calls body(first, codes) for consecutive blocks of a parameter's n-bit codes.
template <class Body>
void for_each_block(const std::string& packed, std::size_t count, int bits, const Body& body) {
  std::array<std::uint8_t, block_size> codes;
  for (std::size_t first = 0; first < count; first += block_size) {
    const std::span<std::uint8_t> block(codes.data(), std::min(block_size, count - first));
    weights::unpack_codes(packed, first, bits, block);
    body(first, std::span<const std::uint8_t>(block));
  }
}

// How many weights in a row share a linear scale, and how often the scales repeat: weight i has the scale
// (i / run) % scales.
struct ScaleMap {
  std::size_t run = 0;
  std::size_t scales = 1;
};

ScaleMap map_scales(const ConstSlot& slot, std::size_t scales, std::size_t count, std::string_view where) {
  if (scales == 1) return {.run = std::max<std::size_t>(count, 1), .scales = 1};
  const ChannelRule& rule = slot.accepted_channels;
  const bool unchecked = rule.channels == 0;
  if (unchecked && rule.axis == 0 && scales == count) return {.run = 1, .scales = scales};
  if (unchecked || scales != static_cast<std::uint64_t>(rule.channels)) {
    if (unchecked || rule.channels == 1) fail(where, "{} linear scales are stored, 1 is needed", scales);
    fail(where, "{} linear scales are stored, 1 or {} are needed", scales, rule.channels);
  }
  if (rule.axis < 0) {
    fail(where, "{} linear scales are stored, and the format doesn't say how they map onto groups", scales);
  }
  const auto inner = std::span(slot.shape).subspan(static_cast<std::size_t>(rule.axis) + 1);
  return {.run = static_cast<std::size_t>(element_count(inner).value()), .scales = scales};
}

void decode_linear(const ConstSlot& slot, int bits, std::string_view where, std::span<float> values) {
  const spec::LinearQuantizationParams& linear = slot.params->quantization().linearquantization();
  const ScaleMap map = map_scales(slot, static_cast<std::size_t>(linear.scale_size()), values.size(), where);
  for_each_block(slot.params->rawvalue(), values.size(), bits,
                 [&](std::size_t first, std::span<const std::uint8_t> codes) {
                   for (std::size_t at = 0; at < codes.size();) {
                     const std::size_t run = (first + at) / map.run;
                     const std::size_t end = std::min(codes.size(), (run + 1) * map.run - first);
                     const int channel = static_cast<int>(run % map.scales);
                     const double scale = linear.scale(channel);
                     const double bias = linear.bias_size() == 0 ? 0.0 : linear.bias(channel);
                     for (; at < end; ++at) values[first + at] = static_cast<float>(codes[at] * scale + bias);
                   }
                 });
}

void decode_table(const spec::WeightParams& params, int bits, std::span<float> values) {
  std::array<float, 256> table{};
  std::ranges::copy(params.quantization().lookuptablequantization().floatvalue(), table.begin());
  for_each_block(params.rawvalue(), values.size(), bits, [&](std::size_t first, std::span<const std::uint8_t> codes) {
    for (std::size_t i = 0; i < codes.size(); ++i) values[first + i] = table[codes[i]];
  });
}

std::vector<float> decode_coded(const ConstSlot& slot, std::string_view where) {
  const spec::WeightParams& params = *slot.params;
  const spec::QuantizationParams& quantization = params.quantization();
  if (quantization.numberofbits() < 1 || quantization.numberofbits() > 8) {
    fail(where, "codes of {} bits; the width must be 1 to 8", quantization.numberofbits());
  }
  const int bits = static_cast<int>(quantization.numberofbits());
  const std::size_t count = needed_count(slot, where);
  const std::size_t bytes = weights::packed_size(count, bits);
  if (params.rawvalue().size() < bytes) {
    fail(where, "{} codes of {} bits need {} bytes, {} are stored", count, bits, bytes, params.rawvalue().size());
  }
  const spec::LinearQuantizationParams& linear = quantization.linearquantization();
  const int entries = quantization.lookuptablequantization().floatvalue_size();
  if (!quantization.has_linearquantization() && !quantization.has_lookuptablequantization()) {
    fail(where, "codes are stored with neither linear scales nor a table");
  }
  if (quantization.has_linearquantization() && linear.scale_size() == 0) fail(where, "no linear scale is stored");
  if (linear.bias_size() != 0 && linear.bias_size() != linear.scale_size()) {
    fail(where, "{} linear biases are stored for {} scales", linear.bias_size(), linear.scale_size());
  }
  if (quantization.has_lookuptablequantization() && entries != 1 << bits) {
    fail(where, "the table has {} entries, {} bits need {}", entries, bits, 1 << bits);
  }
  std::vector<float> values(count);
  if (quantization.has_linearquantization()) {
    decode_linear(slot, bits, where, values);
  } else {
    decode_table(params, bits, values);
  }
  return values;
}

std::vector<float> decode_int8(const ConstSlot& slot, std::string_view where) {
  const spec::WeightParams& params = *slot.params;
  const spec::LinearQuantizationParams& linear = params.quantization().linearquantization();
  if (linear.scale_size() != 1 || linear.bias_size() != 0) {
    fail(where, "int8 weights need one linear scale and no bias; {} and {} are stored", linear.scale_size(),
         linear.bias_size());
  }
  check_count(params.int8rawvalue().size(), slot, where);
  std::vector<float> values(params.int8rawvalue().size());
  std::ranges::transform(params.int8rawvalue(), values.begin(),
                         [scale = linear.scale(0)](char code) { return scale * static_cast<signed char>(code); });
  return values;
}

void clear_storage(spec::WeightParams& params) {
  // Clear() would keep the memory of what may be the largest part of the model.
  google::protobuf::RepeatedField<float>().Swap(params.mutable_floatvalue());
  params.set_float16value(std::string());
  params.set_rawvalue(std::string());
  params.set_int8rawvalue(std::string());
  params.clear_quantization();
}

}  // namespace

std::span<const float> view_weights(const ConstSlot& slot, std::string_view where, std::vector<float>& buffer) {
  if (form_of(slot, where) == form_float32) {
    const auto& stored = slot.params->floatvalue();
    check_count(static_cast<std::size_t>(stored.size()), slot, where);
    return {stored.data(), static_cast<std::size_t>(stored.size())};
  }
  buffer = decode_weights(slot, where);
  return buffer;
}

std::vector<float> decode_weights(const ConstSlot& slot, std::string_view where) {
  const spec::WeightParams& params = *slot.params;
  switch (form_of(slot, where)) {
    case form_float32:
      check_count(static_cast<std::size_t>(params.floatvalue_size()), slot, where);
      return {params.floatvalue().begin(), params.floatvalue().end()};
    case form_float16: {
      check_count(params.float16value().size() / 2, slot, where);
      std::vector<float> values(params.float16value().size() / 2);
      widen_halves(params.float16value(), values);
      return values;
    }
    case form_coded:
      return decode_coded(slot, where);
    case form_int8:
      return decode_int8(slot, where);
    default:
      if (!params.rawvalue().empty() || !params.int8rawvalue().empty()) {
        fail(where, "codes are stored without a description of their quantization");
      }
      return {};
  }
}

void check_finite(std::span<const float> values, std::string_view where) {
  const std::size_t at = first_beyond(values, std::numeric_limits<float>::infinity());
  if (at < values.size()) {
    fail(where, "the value at position {} is {}", at, std::isnan(values[at]) ? "NaN" : "infinite");
  }
}

void check_numbers(std::span<const float> values, std::string_view where) {
  const auto found = std::find_if(values.begin(), values.end(), [](float value) { return std::isnan(value); });
  if (found != values.end()) fail(where, "the value at position {} is NaN", found - values.begin());
}

bool fits_float16(std::span<const float> values) { return first_beyond(values, float16_limit) == values.size(); }

void store_float32(spec::WeightParams& params, std::span<const float> values) {
  // `values` may be a view of what is stored now.
  google::protobuf::RepeatedField<float> stored(values.begin(), values.end());
  clear_storage(params);
  stored.Swap(params.mutable_floatvalue());
}

void store_float16(spec::WeightParams& params, std::span<const float> values, std::string_view where) {
  const std::size_t at = first_beyond(values, float16_limit);
  if (at < values.size()) {
    fail(where, "the value {} at position {} is too large for float16", values[at], at);
  }
  std::string halves = narrow_to_halves(values);
  clear_storage(params);
  params.set_float16value(std::move(halves));
}

bool store_exact_float16(spec::WeightParams& params, std::span<const float> values) {
  const bool in_range = std::all_of(values.begin(), values.end(),
                                    [](float value) { return std::fabs(value) < float16_limit || std::isinf(value); });
  if (!in_range) return false;
  std::string halves = narrow_to_halves(values);
  std::vector<float> restored(values.size());
  widen_halves(halves, restored);
  if (!std::equal(values.begin(), values.end(), restored.begin())) return false;
  clear_storage(params);
  params.set_float16value(std::move(halves));
  return true;
}

void store_linear(spec::WeightParams& params, std::span<const std::uint8_t> codes, int bits,
                  std::span<const float> scale, std::span<const float> bias) {
  if (scale.empty() || (!bias.empty() && bias.size() != scale.size())) {
    throw UsageError(fmt::format("{} linear scales and {} biases can't be stored", scale.size(), bias.size()));
  }
  std::string packed = weights::pack_codes(codes, bits);
  clear_storage(params);
  params.set_rawvalue(std::move(packed));
  params.mutable_quantization()->set_numberofbits(static_cast<std::uint64_t>(bits));
  auto& linear = *params.mutable_quantization()->mutable_linearquantization();
  linear.mutable_scale()->Add(scale.begin(), scale.end());
  linear.mutable_bias()->Add(bias.begin(), bias.end());
}

void store_table(spec::WeightParams& params, std::span<const std::uint8_t> codes, int bits,
                 std::span<const float> table) {
  std::string packed = weights::pack_codes(codes, bits);
  if (table.size() != std::size_t{1} << bits) {
    throw UsageError(fmt::format("a table of {} entries can't be stored for {} bits", table.size(), bits));
  }
  clear_storage(params);
  params.set_rawvalue(std::move(packed));
  params.mutable_quantization()->set_numberofbits(static_cast<std::uint64_t>(bits));
  params.mutable_quantization()->mutable_lookuptablequantization()->mutable_floatvalue()->Add(table.begin(),
                                                                                              table.end());
}

void store_int8(spec::WeightParams& params, std::span<const std::int8_t> codes, float scale) {
  clear_storage(params);
  params.set_int8rawvalue(std::string(codes.begin(), codes.end()));
  params.mutable_quantization()->set_numberofbits(8);
  params.mutable_quantization()->mutable_linearquantization()->add_scale(scale);
}

}  // namespace goldilocks::model
