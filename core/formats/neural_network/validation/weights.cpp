// Weights: each parameter's form, length and quantization by the table of weights, then the forms within a layer
// against each other, and values that are no numbers. Parameters that are switched off are not looked at.
#include <cmath>
#include <limits>

#include "core/base/half.hpp"
#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "core/weights/bit_packing.hpp"

namespace goldilocks::model::validation {
namespace {

using Slot = WeightSlot<const spec::WeightParams>;
using Floats = google::protobuf::RepeatedField<float>;

// The needed count is reported as what it is also where it is not possible.
std::string needed_text(const Slot& slot) {
  const auto count = element_count(slot.shape);
  return count ? fmt::format("{} are needed", *count)
               : fmt::format("the shape [{}] is not possible", fmt::join(slot.shape, ", "));
}

void check_count(const Slot& slot, std::uint64_t stored, const Findings& findings) {
  if (slot.shape.empty()) return;
  findings.require(element_count(slot.shape) == stored, "weights.count", "{} holds {} values, {}", slot.parameter,
                   stored, needed_text(slot));
}

void check_linear(const Slot& slot, const spec::LinearQuantizationParams& linear, const Findings& findings) {
  const auto scales = static_cast<std::int64_t>(linear.scale_size());
  const std::int64_t channels = slot.accepted_channels.channels;
  findings.require(scales == 1 || (channels == 0 && scales > 0) || (channels > 1 && scales == channels),
                   "weights.scales", "{} has {} linear scales, {} are needed", slot.parameter, scales,
                   channels > 1 ? fmt::format("1 or {}", channels) : "1");
  findings.require(linear.bias_size() == 0 || linear.bias_size() == linear.scale_size(), "weights.biases",
                   "{} has {} linear biases for {} scales", slot.parameter, linear.bias_size(), scales);
}

void check_coded(const Slot& slot, const Findings& findings) {
  const spec::QuantizationParams& quantization = slot.params->quantization();
  const std::uint64_t bits = quantization.numberofbits();
  if (!findings.require(bits >= 1 && bits <= 8, "weights.bits", "{} has codes of {} bits, not of 1 to 8",
                        slot.parameter, bits)) {
    return;
  }
  switch (quantization.QuantizationType_case()) {
    case spec::QuantizationParams::kLinearQuantization:
      check_linear(slot, quantization.linearquantization(), findings);
      break;
    case spec::QuantizationParams::kLookupTableQuantization: {
      const int entries = quantization.lookuptablequantization().floatvalue_size();
      findings.require(entries == 1 << bits, "weights.table", "{} has a table of {} entries, {} bits need {}",
                       slot.parameter, entries, bits, 1 << bits);
      break;
    }
    default:
      findings.add("weights.quantization", "{} has codes with neither linear scales nor a table", slot.parameter);
  }
  if (slot.shape.empty()) return;
  const auto count = element_count(slot.shape);
  findings.require(count && slot.params->rawvalue().size() >= weights::packed_size(*count, static_cast<int>(bits)),
                   "weights.count", "{} holds {} bytes of {} bit codes, too few: {}", slot.parameter,
                   slot.params->rawvalue().size(), bits, needed_text(slot));
}

void check_int8(const Slot& slot, const Findings& findings) {
  if (slot.shape.empty()) return;
  const spec::QuantizationParams& quantization = slot.params->quantization();
  findings.require(quantization.numberofbits() == 8 && quantization.has_linearquantization() &&
                       quantization.linearquantization().scale_size() == 1 &&
                       quantization.linearquantization().bias_size() == 0,
                   "weights.int8", "{} as int8 needs 8 bits, one linear scale and no bias", slot.parameter);
  check_count(slot, slot.params->int8rawvalue().size(), findings);
}

// Not looked at by the format's own validator, but no such network can be computed. A constant may hold infinity with a
// purpose, as in a mask.
void check_finite_values(const Layer& layer, const Slot& slot, const Findings& findings) {
  const bool may_be_infinite = layer.has_loadconstant() || layer.has_loadconstantnd();
  const auto check = [&](std::span<const float> values, const char* what) {
    std::size_t at = first_beyond(values, std::numeric_limits<float>::infinity());
    while (may_be_infinite && at < values.size() && !std::isnan(values[at])) {
      const std::size_t next = at + 1;
      at = next + first_beyond(values.subspan(next), std::numeric_limits<float>::infinity());
    }
    findings.require(at == values.size(), "weights.finite", "{}'s {} at position {} is {}", slot.parameter, what, at,
                     at < values.size() && std::isnan(values[at]) ? "NaN" : "infinite");
  };
  const auto check_field = [&](const Floats& field, const char* what) {
    check({field.data(), static_cast<std::size_t>(field.size())}, what);
  };
  const spec::QuantizationParams& quantization = slot.params->quantization();
  check_field(slot.params->floatvalue(), "value");
  std::vector<float> widened(slot.params->float16value().size() / 2);
  widen_halves(slot.params->float16value(), widened);
  check(widened, "value");
  check_field(quantization.linearquantization().scale(), "scale");
  check_field(quantization.linearquantization().bias(), "bias");
  check_field(quantization.lookuptablequantization().floatvalue(), "table entry");
}

bool is_ambiguous(const spec::WeightParams& params) { return form_name(params) == "ambiguous"; }

void check_slot(const Layer& layer, const Slot& slot, const Findings& findings) {
  if (is_ambiguous(*slot.params)) {
    findings.add("weights.ambiguous", "{} is stored in more than one form", slot.parameter);
    return;
  }
  const WeightForm form = stored_form(*slot.params);
  if (form == form_empty) {
    // An inner product without weights passes the format's own validator, and can't be computed.
    const bool dense = layer.has_innerproduct() || layer.has_batchedmatmul();
    const bool needed = (slot.accepted & form_empty) == 0 || (dense && !slot.is_vector);
    const bool undescribed = !slot.params->rawvalue().empty() || !slot.params->int8rawvalue().empty();
    findings.require(!undescribed, "weights.quantization", "{} has codes without a description of their quantization",
                     slot.parameter);
    findings.require(undescribed || !needed || (dense && element_count(slot.shape) == 0U), "weights.missing",
                     "{} is missing", slot.parameter);
    return;
  }
  if (!findings.require((slot.accepted & form) != 0, "weights.form", "{} can't be stored as {} in {}", slot.parameter,
                        form_name(*slot.params), layer_type(layer))) {
    return;
  }
  switch (form) {
    case form_float32:
      check_count(slot, static_cast<std::uint64_t>(slot.params->floatvalue_size()), findings);
      break;
    case form_float16:
      check_count(slot, slot.params->float16value().size() / 2, findings);
      break;
    case form_coded:
      check_coded(slot, findings);
      break;
    default:
      check_int8(slot, findings);
  }
  check_finite_values(layer, slot, findings);
}

// Layers whose parameters may not be float32 and float16 at once.
bool refuses_mixed_floats(Layer::LayerCase kind) {
  switch (kind) {
    case Layer::kConvolution:
    case Layer::kConvolution3D:
    case Layer::kInnerProduct:
    case Layer::kBatchedMatmul:
    case Layer::kEmbedding:
    case Layer::kEmbeddingND:
    case Layer::kScale:
    case Layer::kBatchnorm:
    case Layer::kSimpleRecurrent:
    case Layer::kGru:
    case Layer::kUniDirectionalLSTM:
    case Layer::kBiDirectionalLSTM:
      return true;
    default:
      return false;
  }
}

void check_mixture(const Layer& layer, const std::vector<Slot>& slots, const Findings& findings) {
  unsigned forms = 0;
  unsigned matrices = 0;
  for (const Slot& slot : slots) {
    // Batch norm's statistics count also where they are computed anew.
    if ((!slot.enabled && !layer.has_batchnorm()) || is_ambiguous(*slot.params)) continue;
    const WeightForm form = stored_form(*slot.params);
    forms |= form;
    if (!slot.is_vector) matrices |= form;
  }
  const unsigned both = form_float32 | form_float16;
  bool mixed = refuses_mixed_floats(layer.layer_case()) && (forms & both) == both;
  // With a quantized matrix a simple recurrent layer takes anything.
  if (layer.has_simplerecurrent() && (matrices & form_coded) != 0) mixed = false;
  if (layer.activation().has_parametricsoftplus()) {
    const unsigned stored = forms & ~static_cast<unsigned>(form_empty);
    mixed = (stored & (stored - 1)) != 0;
  }
  findings.require(!mixed, "weights.mixed", "its parameters are stored in forms that can't be mixed");
}

}  // namespace

void check_weights(const Layer& layer, const Findings& findings) {
  std::vector<Slot> slots;
  for_each_weight(layer, [&](const Slot& slot) { slots.push_back(slot); });
  for (const Slot& slot : slots) {
    const bool is_present_statistic = layer.has_batchnorm() && form_name(*slot.params) != "empty";
    if (slot.enabled || is_present_statistic) check_slot(layer, slot, findings);
  }
  check_mixture(layer, slots, findings);
}

}  // namespace goldilocks::model::validation
