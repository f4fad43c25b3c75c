#include "core/pipeline/quantization/storable.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/quantization/quantize_tensor.hpp"

namespace goldilocks::pipeline {
namespace {

using weights::Encoding;
using weights::Granularity;
using weights::Kind;
using weights::Weight;

// Weights of the same text are stored alike, and a function can't tell them apart but by their values.
std::string sort_of(const Weight& weight) {
  std::string text = fmt::format("{} {} {} {} {}", weight.operation, weight.parameter, weight.shape.size(),
                                 weight.axes.output, weight.axes.input);
  for (const weights::AcceptedKind& kind : weight.accepted.kinds) {
    text += fmt::format(" {}:{}:{}:{}{}{}", static_cast<int>(kind.kind), kind.widths, kind.granularities,
                        kind.has_vectors, kind.has_int8_entries, kind.has_channel_scale);
  }
  return text;
}

// What the function makes of a small tensor in the place of this one; nothing where it makes none.
std::optional<plugins::QuantizedTensor> try_out(const Weight& weight, const plugins::Quantizer& function, int bits,
                                                const quantization::Layout& layout) {
  const bool is_whole = !layout.granularity || layout.granularity->kind == Granularity::Kind::channel;
  const std::int64_t vector = layout.vector_length();
  std::vector<std::int64_t> shape(weight.shape.size(), 1);
  shape.back() = 8;
  if (weight.axes.input >= 0) shape.at(static_cast<std::size_t>(weight.axes.input)) = 8;
  if (weight.axes.output >= 0) shape.at(static_cast<std::size_t>(weight.axes.output)) = 8 * vector;
  std::size_t count = 1;
  for (const std::int64_t length : shape) count *= static_cast<std::size_t>(length);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i * 37 % 64) / 32 - 1;
  plugins::Weights input = quantization::tensor_for_function(weight, values, {});
  input.dims = shape;
  input.channel_axis = is_whole || vector > 1 ? weight.axes.output : -1;
  input.vector_length = static_cast<std::size_t>(vector);
  try {
    return function.begin(input)->quantize(bits);
  } catch (const PluginError&) {
    return std::nullopt;
  }
}

// How a weight would be stored; nothing where that is floats, or not known.
std::optional<Encoding> encoding_of(const Weight& weight, const plugins::QuantizerPlugin& plugin,
                                    const plugins::Quantizer& function, int bits, const quantization::Layout& layout) {
  Encoding encoding{.kind = layout.vector_length() > 1 ? Kind::vector_table : Kind::table, .bits = bits};
  encoding.granularity = layout.granularity.value_or(Granularity{});
  // A function of tables of vectors makes tables, and need not be asked.
  if (!plugin.vector_tables) {
    const auto made = try_out(weight, function, bits, layout);
    if (!made) return std::nullopt;
    encoding.kind = static_cast<Kind>(made->form);
    encoding.bits = made->bits;
    encoding.is_signed = made->signed_codes;
    if (!layout.granularity && made->scale.size() > 1) encoding.granularity.kind = Granularity::Kind::channel;
  }
  if (!weights::is_coded(encoding.kind)) return std::nullopt;
  if (!weights::is_table(encoding.kind)) return encoding;
  encoding.vector = layout.vector_length();
  encoding.has_channel_scale = layout.has_channel_scale();
  if (layout.int8_table.value_or(false)) encoding.entry = weights::int8;
  const bool in_groups = encoding.granularity.kind != Granularity::Kind::tensor;
  if (in_groups && encoding.kind == Kind::table) encoding.kind = Kind::group_table;
  return encoding;
}

std::string refusal_of(const Weight& weight, Encoding encoding, bool chooses_width) {
  const weights::AcceptedKind* const accepted = weight.accepted.find(encoding.kind);
  if (accepted == nullptr && weight.accepted.takes(Kind::table)) {
    if (encoding.kind == Kind::vector_table) return "the format has no tables of vectors here";
    if (encoding.kind == Kind::group_table) return "the format has one table for a whole tensor here";
  }
  // What a function chooses is stored in the next wider one.
  if (chooses_width && accepted != nullptr) {
    while (encoding.bits < 8 && (accepted->widths >> static_cast<unsigned>(encoding.bits) & 1U) == 0) ++encoding.bits;
  }
  return weight.accepted.refusal(encoding);
}

// Whether the settings alone say what becomes of a weight.
bool is_meant(const Weight& weight, const QuantizeRequest& request) {
  const quantization::WeightChoice choice = quantization::choose_for(request, weight);
  if (choice.skip || choice.bits || choice.plugin != request.plugin || choice.layout != quantization::Layout{}) {
    return false;
  }
  const bool is_further = request.joint && !request.requantize && quantization::is_compressed(weight.stored.kind);
  return !is_further && quantization::reason_to_leave(weight, request, choice).empty();
}

}  // namespace

std::string reason_against_all(std::span<const Weight> weights, const QuantizeRequest& request,
                               const plugins::Quantizer& function, int bits, const quantization::Layout& layout) {
  if (bits >= 16) return "";
  std::string first;
  std::set<std::string> sorts;
  for (const Weight& weight : weights) {
    if (!is_meant(weight, request) || !sorts.insert(sort_of(weight)).second) continue;
    const auto encoding = encoding_of(weight, *request.plugin, function, bits, layout);
    if (!encoding) return "";
    std::string reason = refusal_of(weight, *encoding, request.plugin->chooses_width);
    if (reason.empty()) return "";
    if (first.empty()) first = std::move(reason);
  }
  return first;
}

}  // namespace goldilocks::pipeline
