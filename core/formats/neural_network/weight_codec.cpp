// The format's parameters as neutral content and back. All that is the format's own is here: which fields hold what,
// and how linear scales map onto a shape.
#include "core/formats/neural_network/weight_codec.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"

namespace goldilocks::model {
namespace {

using ConstSlot = WeightSlot<const spec::WeightParams>;
using weights::Array;
using weights::BitOrder;
using weights::Kind;
using weights::Stored;

template <class... Args>
[[noreturn]] void fail(std::string_view where, fmt::format_string<Args...> text, Args&&... args) {
  throw ModelError(std::string(where), fmt::format(text, std::forward<Args>(args)...));
}

WeightForm form_of(const spec::WeightParams& params, std::string_view where) {
  return within(where, [&] { return stored_form(params); });
}

Array list_of(const google::protobuf::RepeatedField<float>& values) {
  const std::span<const float> all(values.data(), static_cast<std::size_t>(values.size()));
  return {.type = weights::float32, .count = all.size(), .bytes = std::as_bytes(all)};
}

Array packed_numbers(const std::string& bytes, std::size_t count, weights::NumberType type) {
  return {.type = type, .count = count, .bytes = std::as_bytes(std::span(bytes)), .order = BitOrder::highest_first};
}

// The blocks along each dimension that have a linear scale of their own.
weights::Grid grid_of_scales(const ConstSlot& slot, std::size_t scales, const Stored& content, std::string_view where) {
  if (scales <= 1) return {};
  const ChannelRule& rule = slot.accepted_channels;
  const bool unchecked = rule.channels == 0;
  weights::Grid grid(content.shape.size(), 1);
  if (unchecked && rule.axis == 0 && scales == content.values.count) {
    grid.front() = static_cast<std::int64_t>(scales);
    return grid;
  }
  if (unchecked || scales != static_cast<std::uint64_t>(rule.channels)) {
    if (unchecked || rule.channels == 1) fail(where, "{} linear scales are stored, 1 is needed", scales);
    fail(where, "{} linear scales are stored, 1 or {} are needed", scales, rule.channels);
  }
  if (rule.axis < 0) {
    fail(where, "{} linear scales are stored, and the format doesn't say how they map onto groups", scales);
  }
  grid.at(static_cast<std::size_t>(rule.axis)) = static_cast<std::int64_t>(scales);
  return grid;
}

void read_codes(const ConstSlot& slot, std::string_view where, Stored& content) {
  const spec::QuantizationParams& quantization = slot.params->quantization();
  if (quantization.numberofbits() < 1 || quantization.numberofbits() > 8) {
    fail(where, "codes of {} bits; the width must be 1 to 8", quantization.numberofbits());
  }
  const int bits = static_cast<int>(quantization.numberofbits());
  const auto count = element_count(content.shape).value_or(0);
  content.values = packed_numbers(slot.params->rawvalue(), static_cast<std::size_t>(count), weights::code(bits));
  if (quantization.has_linearquantization()) {
    const spec::LinearQuantizationParams& linear = quantization.linearquantization();
    content.scaling.scale = list_of(linear.scale());
    content.scaling.bias = list_of(linear.bias());
    if (content.scaling.scale.empty() || content.values.bytes.size() < weights::packed_size(count, bits)) return;
    if (!content.scaling.bias.empty() && content.scaling.bias.count != content.scaling.scale.count) {
      fail(where, "{} linear biases are stored for {} scales", content.scaling.bias.count, content.scaling.scale.count);
    }
    content.scaling.grid = grid_of_scales(slot, content.scaling.scale.count, content, where);
  } else if (quantization.has_lookuptablequantization()) {
    content.table = list_of(quantization.lookuptablequantization().floatvalue());
  } else {
    fail(where, "codes are stored with neither linear scales nor a table");
  }
}

void clear_storage(spec::WeightParams& params) {
  // Clear() would keep the memory of what may be the largest part of the model.
  google::protobuf::RepeatedField<float>().Swap(params.mutable_floatvalue());
  params.set_float16value(std::string());
  params.set_rawvalue(std::string());
  params.set_int8rawvalue(std::string());
  params.clear_quantization();
}

// The field is empty; the numbers are of float32, as all are that this format has in lists.
void fill(google::protobuf::RepeatedField<float>& field, const Array& array) {
  if (array.empty()) return;
  field.Resize(static_cast<int>(array.count), 0);
  std::memcpy(field.mutable_data(), array.bytes.data(), array.count * sizeof(float));
}

spec::QuantizationParams quantization_of(const Stored& content) {
  spec::QuantizationParams quantization;
  quantization.set_numberofbits(static_cast<std::uint64_t>(content.encoding.bits));
  if (content.encoding.kind == Kind::table) {
    fill(*quantization.mutable_lookuptablequantization()->mutable_floatvalue(), content.table);
  } else {
    fill(*quantization.mutable_linearquantization()->mutable_scale(), content.scaling.scale);
    fill(*quantization.mutable_linearquantization()->mutable_bias(), content.scaling.bias);
  }
  return quantization;
}

std::string bytes_text(const Array& array) {
  return {reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size()};
}

// The bytes of a length as protobuf writes it.
std::uint64_t length_bytes(std::uint64_t length) {
  std::uint64_t bytes = 1;
  for (; length >= 128; length >>= 7U) ++bytes;
  return bytes;
}

// A field of this length: its tag, its length, and itself.
std::uint64_t field_bytes(std::uint64_t length, std::uint64_t tag = 1) { return tag + length_bytes(length) + length; }

void check_scales(std::span<const float> scale, std::span<const float> bias) {
  if (scale.empty() || (!bias.empty() && bias.size() != scale.size())) {
    throw UsageError(fmt::format("{} linear scales and {} biases can't be stored", scale.size(), bias.size()));
  }
}

template <class T>
std::vector<T> copy(std::span<const T> values) {
  return {values.begin(), values.end()};
}

std::vector<std::int64_t> flat(std::size_t count) { return {static_cast<std::int64_t>(count)}; }

}  // namespace

Stored read_content(const ConstSlot& slot, std::string_view where) {
  const spec::WeightParams& params = *slot.params;
  Stored content;
  content.encoding = stored_encoding(params);
  content.shape = slot.shape;
  if (slot.shape.empty()) content.shape = flat(static_cast<std::size_t>(stored_count(params)));
  switch (form_of(params, where)) {
    case form_float32:
      content.values = list_of(params.floatvalue());
      break;
    case form_float16:
      content.values = packed_numbers(params.float16value(), params.float16value().size() / 2, weights::float16);
      break;
    case form_int8: {
      const spec::LinearQuantizationParams& linear = params.quantization().linearquantization();
      if (linear.scale_size() != 1 || linear.bias_size() != 0) {
        fail(where, "int8 weights need one linear scale and no bias; {} and {} are stored", linear.scale_size(),
             linear.bias_size());
      }
      content.values = packed_numbers(params.int8rawvalue(), params.int8rawvalue().size(), weights::int8);
      content.scaling.scale = list_of(linear.scale());
      break;
    }
    case form_coded:
      read_codes(slot, where, content);
      break;
    case form_empty:
      if (!params.rawvalue().empty() || !params.int8rawvalue().empty()) {
        fail(where, "codes are stored without a description of their quantization");
      }
      return {};
  }
  weights::check(content, where);
  if (!content.scaling.grid.empty()) {
    const weights::Axes axes{.output = slot.accepted_channels.axis};
    content.encoding.granularity = weights::granularity_of(content.scaling.grid, content.shape, axes);
  }
  return content;
}

void write_content(spec::WeightParams& params, const Stored& given) {
  // All is made before anything is cleared: the content may be a view of what is stored now.
  const Stored content = weights::packed(given, BitOrder::highest_first);
  google::protobuf::RepeatedField<float> singles;
  std::string bytes;
  switch (content.encoding.kind) {
    case Kind::float32:
      fill(singles, content.values);
      clear_storage(params);
      singles.Swap(params.mutable_floatvalue());
      return;
    case Kind::float16:
      bytes = bytes_text(content.values);
      clear_storage(params);
      params.set_float16value(std::move(bytes));
      return;
    case Kind::table:
    case Kind::linear:
    case Kind::int8: {
      spec::QuantizationParams quantization = quantization_of(content);
      bytes = bytes_text(content.values);
      clear_storage(params);
      *params.mutable_quantization() = std::move(quantization);
      (content.encoding.kind == Kind::int8 ? *params.mutable_int8rawvalue() : *params.mutable_rawvalue()) =
          std::move(bytes);
      return;
    }
    default:
      throw UsageError(fmt::format("neural networks can't store '{}'", weights::to_text(content.encoding)));
  }
}

std::uint64_t bytes_in_file(const Stored& content) {
  if (content.encoding.kind == Kind::none || content.values.empty()) return field_bytes(0);
  if (content.encoding.kind == Kind::float32 || content.encoding.kind == Kind::float16) {
    return bytes_as_floats(content.values.count, content.encoding.kind);
  }
  spec::WeightParams others;
  *others.mutable_quantization() = quantization_of(content);
  const std::uint64_t codes = weights::packed_size(content.values.count, content.encoding.bits);
  constexpr std::uint64_t tag_of_codes = 2;
  const bool is_packed = content.values.type.bits == content.encoding.bits;
  return field_bytes(others.ByteSizeLong() +
                     field_bytes(is_packed ? content.values.bytes.size() : codes, tag_of_codes));
}

std::uint64_t bytes_as_floats(std::uint64_t count, Kind kind) {
  if (count == 0) return field_bytes(0);
  return field_bytes(field_bytes(count * (kind == Kind::float16 ? 2 : 4)));
}

std::vector<float> decode_weights(const ConstSlot& slot, std::string_view where) {
  return weights::decode(read_content(slot, where), where);
}

std::span<const float> view_weights(const ConstSlot& slot, std::string_view where, std::vector<float>& buffer) {
  return weights::view(read_content(slot, where), where, buffer);
}

void store_float32(spec::WeightParams& params, std::span<const float> values) {
  write_content(params, weights::float32_view(flat(values.size()), values));
}

void store_float16(spec::WeightParams& params, std::span<const float> values, std::string_view where) {
  write_content(params, weights::float16_of(flat(values.size()), values, where));
}

void store_linear(spec::WeightParams& params, std::span<const std::uint8_t> codes, int bits,
                  std::span<const float> scale, std::span<const float> bias) {
  check_scales(scale, bias);
  write_content(params,
                weights::packed(weights::linear_of(flat(codes.size()), copy(codes), bits, copy(scale), copy(bias), -1),
                                BitOrder::highest_first));
}

void store_table(spec::WeightParams& params, std::span<const std::uint8_t> codes, int bits,
                 std::span<const float> table) {
  const Stored content =
      weights::packed(weights::table_of(flat(codes.size()), copy(codes), bits, copy(table)), BitOrder::highest_first);
  if (table.size() != std::size_t{1} << static_cast<unsigned>(bits)) {
    throw UsageError(fmt::format("a table of {} entries can't be stored for {} bits", table.size(), bits));
  }
  write_content(params, content);
}

void store_int8(spec::WeightParams& params, std::span<const std::int8_t> codes, float scale) {
  write_content(params, weights::int8_of(flat(codes.size()), copy(codes), scale));
}

}  // namespace goldilocks::model
