// Which form a WeightParams is in, and how much it holds: what can be told without the layer around it.
#include "core/base/error.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

int set_fields(const spec::WeightParams& params) {
  return static_cast<int>(params.floatvalue_size() > 0) + static_cast<int>(!params.float16value().empty()) +
         static_cast<int>(!params.rawvalue().empty()) + static_cast<int>(!params.int8rawvalue().empty());
}

}  // namespace

WeightForm stored_form(const spec::WeightParams& params) {
  if (set_fields(params) > 1) throw ModelError("weights are stored in more than one form");
  if (params.floatvalue_size() > 0) return form_float32;
  if (!params.float16value().empty()) return form_float16;
  if (params.has_quantization() && !params.rawvalue().empty()) return form_coded;
  if (params.has_quantization() && !params.int8rawvalue().empty()) return form_int8;
  return form_empty;
}

std::uint64_t stored_count(const spec::WeightParams& params) {
  if (set_fields(params) > 1) return 0;
  switch (stored_form(params)) {
    case form_float32:
      return static_cast<std::uint64_t>(params.floatvalue_size());
    case form_float16:
      return params.float16value().size() / 2;
    case form_int8:
      return params.int8rawvalue().size();
    case form_coded: {
      const std::uint64_t bits = params.quantization().numberofbits();
      return bits < 1 || bits > 8 ? 0 : params.rawvalue().size() * 8 / bits;
    }
    default:
      return 0;
  }
}

std::uint64_t stored_bytes(const spec::WeightParams& params) {
  const spec::QuantizationParams& quantization = params.quantization();
  const int floats = params.floatvalue_size() + quantization.linearquantization().scale_size() +
                     quantization.linearquantization().bias_size() +
                     quantization.lookuptablequantization().floatvalue_size();
  return static_cast<std::uint64_t>(floats) * sizeof(float) + params.float16value().size() + params.rawvalue().size() +
         params.int8rawvalue().size();
}

weights::Encoding stored_encoding(const spec::WeightParams& params) {
  using weights::Kind;
  const int fields = set_fields(params);
  if (fields > 1) return {.bits = -1};
  switch (stored_form(params)) {
    case form_float32:
      return {.kind = Kind::float32, .bits = 32};
    case form_float16:
      return {.kind = Kind::float16, .bits = 16, .entry = weights::float16};
    case form_int8:
      return {.kind = Kind::int8, .bits = 8};
    case form_coded: {
      const spec::QuantizationParams& quantization = params.quantization();
      weights::Encoding encoding{.bits = static_cast<int>(quantization.numberofbits())};
      if (quantization.has_linearquantization()) {
        encoding.kind = Kind::linear;
        if (quantization.linearquantization().scale_size() > 1) {
          encoding.granularity.kind = weights::Granularity::Kind::channel;
        }
      } else if (quantization.has_lookuptablequantization()) {
        encoding.kind = Kind::table;
      }
      return encoding;
    }
    default:
      return {.bits = fields == 0 ? 0 : -1};
  }
}

std::string form_name(const spec::WeightParams& params) {
  return set_fields(params) > 1 ? "ambiguous" : weights::to_text(stored_encoding(params));
}

}  // namespace goldilocks::model
