#include "core/pipeline/quantization/keep_smaller.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/formats/neural_network/weight_codec.hpp"

namespace goldilocks::pipeline {
namespace {

// The bytes of a length as protobuf writes it.
std::uint64_t length_bytes(std::uint64_t length) {
  std::uint64_t bytes = 1;
  for (; length >= 128; length >>= 7U) ++bytes;
  return bytes;
}

// A field of this length: its tag, its length, and itself.
std::uint64_t field_bytes(std::uint64_t length) { return 1 + length_bytes(length) + length; }

bool is_coded(model::WeightForm form) { return form == model::form_coded || form == model::form_int8; }

// Whether a layer computes with a tensor, so that the format's rules for its forms count.
bool counts(const WeightPart& part) {
  return part.slot.enabled && !part.updatable && model::stored_form(part.content) != model::form_empty;
}

std::span<const float> view_values(const WeightPart& part, std::vector<float>& buffer) {
  return model::view_weights(part.slot, part.where, buffer);
}

bool is_exact_in_float16(const WeightPart& part) {
  std::vector<float> buffer;
  coreml::WeightParams halves;
  return model::store_exact_float16(halves, view_values(part, buffer));
}

// What a tensor takes at most while the layer's floats have one form; nothing where it can't be.
struct Bytes {
  std::optional<std::uint64_t> coded, floats;

  std::optional<std::uint64_t> least() const {
    if (coded && floats) return std::min(*coded, *floats);
    return coded ? coded : floats;
  }
  bool as_floats() const { return floats && (!coded || *floats <= *coded); }
};

Bytes bytes_of(const WeightPart& part, const WeightOutcome& outcome, model::WeightForm floats) {
  const coreml::WeightParams& content = outcome.content(part);
  const model::WeightForm form = model::stored_form(content);
  const std::uint64_t now = bytes_in_file(content);
  if (!outcome.may_be_floats || !is_coded(form)) {
    if (is_coded(form)) return {.coded = now, .floats = {}};
    if (form == floats) return {.coded = {}, .floats = now};
    return {};
  }
  Bytes bytes{.coded = now, .floats = {}};
  const std::uint64_t as_floats = bytes_as_floats(part.slot.count(), floats);
  // Values are looked at only where that can change anything.
  if (as_floats > now || !is_accepted(part, floats)) return bytes;
  const bool can_be =
      floats == model::form_float32 || (outcome.is_lossless ? is_exact_in_float16(part) : fits_float16(part));
  if (can_be) bytes.floats = as_floats;
  return bytes;
}

// One way to store the layer.
struct Layout {
  model::WeightForm floats = model::form_float32;
  std::vector<bool> as_floats;  // by tensor
  std::uint64_t bytes = 0;
};

std::optional<Layout> layout_of(std::span<const WeightPart* const> parts, std::span<WeightOutcome* const> outcomes,
                                model::WeightForm floats) {
  Layout layout{floats, std::vector<bool>(parts.size(), false), 0};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!counts(*parts[i])) continue;
    const Bytes bytes = bytes_of(*parts[i], *outcomes[i], floats);
    const auto least = bytes.least();
    if (!least) return std::nullopt;
    layout.bytes += *least;
    layout.as_floats[i] = bytes.as_floats();
  }
  return layout;
}

// The same for tensors that must all have one form, codes included.
std::optional<Layout> uniform_layout(std::span<const WeightPart* const> parts, std::span<WeightOutcome* const> outcomes,
                                     model::WeightForm floats) {
  Layout layout{floats, std::vector<bool>(parts.size(), true), 0};
  std::uint64_t coded = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!outcomes[i]->may_be_floats) return std::nullopt;
    const Bytes bytes = bytes_of(*parts[i], *outcomes[i], floats);
    // Floats that are larger here may be smaller together.
    const bool can_be = bytes.floats || floats == model::form_float32 || fits_float16(*parts[i]);
    if (!can_be || !bytes.coded) return std::nullopt;
    layout.bytes += bytes_as_floats(parts[i]->slot.count(), floats);
    coded += *bytes.coded;
  }
  return layout.bytes <= coded ? std::optional(layout) : std::nullopt;
}

void store_floats(const WeightPart& part, WeightOutcome& outcome, model::WeightForm form) {
  const bool half = form == model::form_float16;
  outcome.note = half ? "float16, as codes would not be smaller" : "float32, as codes would not be smaller";
  if (model::stored_form(part.content) == form) return outcome.stored.reset();
  std::vector<float> buffer;
  const auto values = view_values(part, buffer);
  coreml::WeightParams params;
  if (half) {
    model::store_float16(params, values, part.where);
  } else {
    model::store_float32(params, values);
  }
  outcome.stored = std::move(params);
}

}  // namespace

std::uint64_t bytes_in_file(const coreml::WeightParams& params) { return field_bytes(params.ByteSizeLong()); }

std::uint64_t bytes_as_floats(std::uint64_t count, model::WeightForm form) {
  if (count == 0) return field_bytes(0);
  return field_bytes(field_bytes(count * (form == model::form_float16 ? 2 : 4)));
}

bool fits_float16(const WeightPart& part) {
  std::vector<float> buffer;
  return model::fits_float16(view_values(part, buffer));
}

void keep_smaller(std::span<const WeightPart* const> parts, std::span<WeightOutcome* const> outcomes) {
  const auto is_free = [](const WeightOutcome* outcome) { return outcome->may_be_floats; };
  if (std::none_of(outcomes.begin(), outcomes.end(), is_free)) return;
  const bool is_uniform = parts.size() == 2 && parts[0]->layer_type == "activation";
  std::optional<Layout> best;
  for (const model::WeightForm floats : {model::form_float32, model::form_float16}) {
    const auto layout = is_uniform ? uniform_layout(parts, outcomes, floats) : layout_of(parts, outcomes, floats);
    if (layout && (!best || layout->bytes < best->bytes)) best = layout;
  }
  if (!best) return;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (best->as_floats[i] && outcomes[i]->may_be_floats) store_floats(*parts[i], *outcomes[i], best->floats);
  }
}

}  // namespace goldilocks::pipeline
