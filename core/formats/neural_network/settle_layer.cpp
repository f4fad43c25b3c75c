#include "core/formats/neural_network/settle_layer.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/formats/neural_network/weight_codec.hpp"

namespace goldilocks::model {
namespace {

using weights::Kind;
using weights::Stored;
using weights::Weight;

// The content that a tensor is to have.
Stored content_of(const LayerChanges& layer, std::size_t i) {
  return layer.changes[i]->content ? *layer.changes[i]->content : layer.read(i);
}

Kind kind_of(const LayerChanges& layer, std::size_t i) {
  return layer.changes[i]->content ? layer.changes[i]->content->encoding.kind : layer.weights[i].stored.kind;
}

// Whether a layer computes with a tensor, so that the format's rules for its forms count.
bool counts(const Weight& weight) { return weight.kept.empty() && weight.stored.kind != Kind::none; }

// Parametric softplus: alpha and beta must have one form, codes included.
bool is_uniform(const LayerChanges& layer) {
  return layer.weights.size() == 2 && layer.weights[0].operation == "activation";
}

// Codes are one form to the format, whatever they stand for.
bool are_one_form(Kind a, Kind b) {
  const auto is_packed = [](Kind kind) { return kind == Kind::table || kind == Kind::linear; };
  return a == b || (is_packed(a) && is_packed(b));
}

// A tensor's values before any change.
class Values {
 public:
  Values(const LayerChanges& layer, std::size_t i)
      : weight_(layer.weights[i]), stored_(layer.read(i)), values_(weights::view(stored_, weight_.place, buffer_)) {}
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  bool fit_float16() const { return weights::fits_float16(values_); }
  bool are_float16() const { return weights::exact_float16(weight_.shape, values_).has_value(); }
  Stored as(Kind kind) const {
    if (kind == Kind::float16) return weights::float16_of(weight_.shape, values_, weight_.place);
    return weights::float32_of(weight_.shape, {values_.begin(), values_.end()});
  }

 private:
  const Weight& weight_;
  Stored stored_;
  std::vector<float> buffer_;
  std::span<const float> values_;
};

// What a tensor takes at most while the layer's floats have one form; nothing where it can't be.
struct Bytes {
  std::optional<std::uint64_t> coded, floats;

  std::optional<std::uint64_t> least() const {
    if (coded && floats) return std::min(*coded, *floats);
    return coded ? coded : floats;
  }
  bool as_floats() const { return floats && (!coded || *floats <= *coded); }
};

Bytes bytes_of(const LayerChanges& layer, std::size_t i, Kind floats) {
  const weights::Change& change = *layer.changes[i];
  const Kind kind = kind_of(layer, i);
  const bool is_coded = weights::is_coded(kind);
  if (!change.may_be_floats || !is_coded) {
    if (!is_coded && kind != floats) return {};
    const std::uint64_t now = bytes_in_file(content_of(layer, i));
    return is_coded ? Bytes{.coded = now, .floats = {}} : Bytes{.coded = {}, .floats = now};
  }
  Bytes bytes{.coded = bytes_in_file(content_of(layer, i)), .floats = {}};
  const std::uint64_t as_floats = bytes_as_floats(layer.weights[i].count, floats);
  // Values are looked at only where that can change anything.
  if (as_floats > *bytes.coded || !layer.weights[i].accepted.takes(floats)) return bytes;
  bool can_be = floats == Kind::float32;
  if (!can_be) {
    const Values values(layer, i);
    can_be = change.is_lossless ? values.are_float16() : values.fit_float16();
  }
  if (can_be) bytes.floats = as_floats;
  return bytes;
}

// One way to store the layer.
struct Layout {
  Kind floats = Kind::float32;
  std::vector<bool> as_floats;  // by tensor
  std::uint64_t bytes = 0;
};

std::optional<Layout> layout_of(const LayerChanges& layer, Kind floats) {
  Layout layout{floats, std::vector<bool>(layer.weights.size(), false), 0};
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    if (!counts(layer.weights[i])) continue;
    const Bytes bytes = bytes_of(layer, i, floats);
    const auto least = bytes.least();
    if (!least) return std::nullopt;
    layout.bytes += *least;
    layout.as_floats[i] = bytes.as_floats();
  }
  return layout;
}

// The same for tensors that must all have one form, codes included.
std::optional<Layout> uniform_layout(const LayerChanges& layer, Kind floats) {
  Layout layout{floats, std::vector<bool>(layer.weights.size(), true), 0};
  std::uint64_t coded = 0;
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    if (!layer.changes[i]->may_be_floats) return std::nullopt;
    const Bytes bytes = bytes_of(layer, i, floats);
    // Floats that are larger here may be smaller together.
    const bool can_be = bytes.floats || floats == Kind::float32 || Values(layer, i).fit_float16();
    if (!can_be || !bytes.coded) return std::nullopt;
    layout.bytes += bytes_as_floats(layer.weights[i].count, floats);
    coded += *bytes.coded;
  }
  return layout.bytes <= coded ? std::optional(layout) : std::nullopt;
}

void store_floats(const LayerChanges& layer, std::size_t i, Kind kind) {
  weights::Change& change = *layer.changes[i];
  change.note =
      kind == Kind::float16 ? "float16, as codes would not be smaller" : "float32, as codes would not be smaller";
  if (layer.weights[i].stored.kind == kind) {
    change.content.reset();
  } else {
    change.content = Values(layer, i).as(kind);
  }
}

}  // namespace

void keep_smaller(const LayerChanges& layer) {
  if (std::ranges::none_of(layer.changes, [](const auto* change) { return change->may_be_floats; })) return;
  std::optional<Layout> best;
  for (const Kind floats : {Kind::float32, Kind::float16}) {
    const auto layout = is_uniform(layer) ? uniform_layout(layer, floats) : layout_of(layer, floats);
    if (layout && (!best || layout->bytes < best->bytes)) best = layout;
  }
  if (!best) return;
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    if (best->as_floats[i] && layer.changes[i]->may_be_floats) store_floats(layer, i, best->floats);
  }
}

void settle_forms(const LayerChanges& layer) {
  const bool changed =
      std::ranges::any_of(layer.changes, [](const auto* change) { return change->content.has_value(); });
  if (!changed) return;
  if (is_uniform(layer) && !are_one_form(kind_of(layer, 0), kind_of(layer, 1))) {
    for (weights::Change* change : layer.changes) {
      change->content.reset();
      change->note = "the format wants alpha and beta in one form";
    }
  }
  std::vector<std::size_t> singles;
  std::vector<std::size_t> halves;
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    if (!layer.weights[i].kept.empty()) continue;
    if (kind_of(layer, i) == Kind::float16) halves.push_back(i);
    if (kind_of(layer, i) == Kind::float32) singles.push_back(i);
  }
  if (singles.empty() || halves.empty()) return;
  const bool singles_can_change = std::ranges::all_of(singles, [&](std::size_t i) {
    if (!layer.weights[i].accepted.takes(Kind::float16)) return false;
    return weights::fits_float16(weights::decode(content_of(layer, i), layer.weights[i].place));
  });
  for (const std::size_t i : singles_can_change ? singles : halves) {
    const Weight& weight = layer.weights[i];
    weights::Change& change = *layer.changes[i];
    std::vector<float> values = weights::decode(content_of(layer, i), weight.place);
    if (singles_can_change) {
      change.content = weights::float16_of(weight.shape, values, weight.place);
      change.note = "float16, as the format doesn't mix it with float32 in one layer";
    } else {
      change.content = weights::float32_of(weight.shape, std::move(values));
      change.note = "float32, as another tensor of the layer can't be float16 and the format doesn't mix them";
    }
  }
}

}  // namespace goldilocks::model
