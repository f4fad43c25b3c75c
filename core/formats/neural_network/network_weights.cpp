// Taking a model apart moves the weights out of their messages and leaves the messages empty. So a copy of the skeleton
// is small, the walk over it meets the same parameters in the same order, and the largest part of a model is in memory
// once for all functions and widths.
#include "core/formats/neural_network/network_weights.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/exact_constants.hpp"
#include "core/formats/neural_network/layer_channels.hpp"
#include "core/formats/neural_network/settle_layer.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

using MutableSlot = WeightSlot<spec::WeightParams>;
using weights::Granularity;
using weights::Kind;
using weights::Weight;

constexpr std::uint32_t all_widths = 0x1FE;  // 1 to 8 bits
constexpr std::uint32_t per_tensor = 1U << static_cast<unsigned>(Granularity::Kind::tensor);
constexpr std::uint32_t per_tensor_or_channel = per_tensor | 1U << static_cast<unsigned>(Granularity::Kind::channel);

bool is_dense(const spec::NeuralNetworkLayer& layer) { return layer.has_innerproduct() || layer.has_batchedmatmul(); }

std::uint64_t count_of(const MutableSlot& slot) {
  const auto product = slot.shape.empty() ? std::nullopt : element_count(slot.shape);
  return product.value_or(stored_count(*slot.params));
}

weights::Accepted accepted_of(const spec::NeuralNetworkLayer& layer, const MutableSlot& slot) {
  unsigned forms = slot.accepted;
  weights::Accepted accepted;
  if (layer.isupdatable()) {
    accepted.kinds = {{.kind = Kind::float32}};
    for (const Kind kind : {Kind::float16, Kind::table, Kind::linear, Kind::int8}) {
      accepted.reasons.emplace_back(kind, "the format takes no compression in an updatable layer");
    }
    return accepted;
  }
  // A dense layer's int8 is a flag of the layer, which is set and cleared with the form.
  if (is_dense(layer) && slot.parameter == "weights") {
    const bool has_bias = layer.innerproduct().hasbias() || layer.batchedmatmul().hasbias();
    forms = form_float32 | form_float16 | form_coded | (has_bias ? 0U : unsigned{form_int8});
    accepted.reasons = {{Kind::int8, "the format takes int8 only without a bias"}};
  }
  if ((forms & form_float32) != 0) accepted.kinds.push_back({.kind = Kind::float32});
  if ((forms & form_float16) != 0) accepted.kinds.push_back({.kind = Kind::float16});
  if ((forms & form_coded) != 0) {
    accepted.kinds.push_back({.kind = Kind::table, .widths = all_widths, .granularities = per_tensor});
    accepted.kinds.push_back({.kind = Kind::linear, .widths = all_widths, .granularities = per_tensor_or_channel});
  }
  if ((forms & form_int8) != 0) accepted.kinds.push_back({.kind = Kind::int8, .widths = 1U << 8U});
  return accepted;
}

std::string reason_to_keep(const spec::NeuralNetworkLayer& layer, const MutableSlot& slot) {
  if (layer.has_custom()) return "of a custom layer";
  if (!slot.enabled) return "not used by the layer";
  return layer.isupdatable() ? "of an updatable layer" : "";
}

// Scales that the format accepts without saying how they map: such a tensor can stay, and can't be decoded.
bool has_unmapped_scales(const MutableSlot& slot) {
  const int scales = slot.params->quantization().linearquantization().scale_size();
  const ChannelRule& rule = slot.accepted_channels;
  return stored_encoding(*slot.params).kind == Kind::linear && scales > 1 &&
         (rule.channels == 0 || (rule.axis < 0 && scales == rule.channels));
}

// What all tensors of a layer have in common.
Weight layer_weight(const spec::NeuralNetworkLayer& layer, const std::string& place) {
  Weight weight;
  weight.name = layer.name();
  weight.layer = place + layer.name();
  weight.operation = layer_type(layer);
  const LayerChannels channels = layer_channels(layer);
  weight.channels = {channels.kernel, channels.groups, channels.input, channels.output};
  weight.may_be_infinite = layer.has_loadconstant() || layer.has_loadconstantnd();
  weight.code_order = weights::BitOrder::highest_first;
  return weight;
}

void describe(const spec::NeuralNetworkLayer& layer, const MutableSlot& slot, Weight& weight) {
  weight.parameter = slot.parameter;
  weight.count = count_of(slot);
  weight.shape = slot.shape;
  if (weight.shape.empty()) weight.shape = {static_cast<std::int64_t>(weight.count)};
  weight.axes = {.output = slot.channels.axis};
  weight.role = slot.is_vector ? weights::Role::vector : weights::Role::matrix;
  weight.stored = stored_encoding(*slot.params);
  weight.bytes = stored_bytes(*slot.params);
  weight.accepted = accepted_of(layer, slot);
  weight.kept = reason_to_keep(layer, slot);
  weight.is_unchecked = layer.has_custom() || !slot.enabled || has_unmapped_scales(slot);
  if (layer.has_batchnorm() && slot.parameter == "variance") weight.epsilon = layer.batchnorm().epsilon();
}

// Calls visit(layer, slot, weight, index of the model) for every weight of a model that has a message in the file, in a
// fixed order. Place, `exact` and what a pass has made of a mean image are not looked at. Throws ModelError beyond the
// depth that models or networks may nest.
using Visitor = std::function<void(const MutableSlot&, spec::NeuralNetworkLayer&, Weight, std::size_t)>;
void for_each_weight_of(spec::Model& model, const Visitor& visit) {
  std::size_t model_index = 0;
  std::size_t layer_index = 0;
  for_each_model(model, [&](spec::Model& inner, const std::string& model_place) {
    if (auto* layers = mutable_layers(inner)) {
      for_each_layer(*layers, [&](spec::NeuralNetworkLayer& layer, const std::string& place) {
        std::vector<MutableSlot> slots;
        for_each_weight(layer, [&](const MutableSlot& slot) { slots.push_back(slot); });
        if (!slots.empty()) {
          Weight common = layer_weight(layer, model_place.empty() ? place : model_place + ": " + place);
          common.layer_index = layer_index;
          for (const MutableSlot& slot : slots) common.layer_count = std::max(common.layer_count, count_of(slot));
          for (const MutableSlot& slot : slots) {
            Weight weight = common;
            describe(layer, slot, weight);
            visit(slot, layer, std::move(weight), model_index);
          }
        }
        ++layer_index;
      });
    }
    ++model_index;
  });
}

// Moves values, codes and quantization; what else a message has (isUpdatable, unknown fields) stays where it is.
void move_weights(spec::WeightParams& from, spec::WeightParams& to) {
  to.mutable_floatvalue()->Swap(from.mutable_floatvalue());
  to.mutable_float16value()->swap(*from.mutable_float16value());
  to.mutable_rawvalue()->swap(*from.mutable_rawvalue());
  to.mutable_int8rawvalue()->swap(*from.mutable_int8rawvalue());
  if (from.has_quantization()) to.set_allocated_quantization(from.release_quantization());
}

// The version that brought a kind.
int version_of(Kind kind) {
  switch (kind) {
    case Kind::float16:
      return 2;
    case Kind::table:
    case Kind::linear:
      return 3;
    case Kind::int8:
      return 5;
    default:
      return 1;
  }
}

// Raises the versions of a model and of those inside to what was needed; returns what the model around needs.
int raise_version(spec::Model& model, const std::vector<int>& needed, std::size_t& index) {
  int version = needed[index++];
  if (spec::Pipeline* pipeline = pipeline_of(model)) {
    for (spec::Model& inner : *pipeline->mutable_models()) {
      version = std::max(version, raise_version(inner, needed, index));
    }
  }
  // A model without a version is refused as it is; with one, other rules would come to bear on it.
  const int stated = model.specificationversion();
  if (stated > 0 && stated < version) model.set_specificationversion(version);
  return version;
}

void set_int8(spec::NeuralNetworkLayer& layer, bool on) {
  if (layer.has_innerproduct()) layer.mutable_innerproduct()->set_int8dynamicquantize(on);
  if (layer.has_batchedmatmul()) layer.mutable_batchedmatmul()->set_int8dynamicquantize(on);
}

}  // namespace

// One weight tensor of a model that was taken apart.
struct WeightPart {
  WeightSlot<const spec::WeightParams> slot;  // params points to `content`
  spec::WeightParams content;                 // values, codes and quantization as the model stored them
};

// The walk over `skeleton` meets the parts in their order.
struct NetworkWeights::Parts {
  std::string name;
  std::unique_ptr<spec::Model> skeleton;
  std::vector<Weight> weights;
  std::deque<WeightPart> parts;                              // addresses stay, as slots point into it
  std::size_t models = 0;                                    // the model itself and those inside
  std::set<std::pair<std::string, std::string>> violations;  // places and rules that the source breaks already
};

std::vector<Weight> describe_weights(spec::Model& model, const std::string& name,
                                     const std::set<std::string>& mean_images) {
  const std::map<std::size_t, std::string> exact = exact_constants(model);
  std::vector<Weight> all;
  for_each_weight_of(model, [&](const MutableSlot& slot, spec::NeuralNetworkLayer&, Weight weight, std::size_t) {
    weight.place = fmt::format("{}: layer '{}', {}", name, weight.layer, weight.parameter);
    if (weight.kept.empty() && mean_images.contains(weight.layer)) weight.kept = "of the compacted mean image";
    if (const auto found = exact.find(weight.layer_index); found != exact.end()) weight.exact = found->second;
    within(weight.place, [&] { stored_form(*slot.params); });
    all.push_back(std::move(weight));
  });
  return all;
}

NetworkWeights::NetworkWeights(std::unique_ptr<spec::Model> model, std::string name,
                               const std::set<std::string>& mean_images) {
  const auto made = std::make_shared<Parts>();
  Parts& parts = *made;
  parts.name = std::move(name);
  for (const Violation& violation : validate(*model)) parts.violations.emplace(violation.place, violation.rule);
  parts.weights = describe_weights(*model, parts.name, mean_images);
  for_each_weight_of(*model, [&](const MutableSlot& slot, spec::NeuralNetworkLayer&, const Weight&, std::size_t) {
    WeightPart& part = parts.parts.emplace_back(WeightPart{as_const(slot), {}});
    move_weights(*slot.params, part.content);
    part.slot.params = &part.content;
  });
  for_each_model(*model, [&](const spec::Model&, const std::string&) { ++parts.models; });
  parts.skeleton = std::move(model);
  parts_ = made;
}

const std::string& NetworkWeights::name() const { return parts_->name; }

std::span<const Weight> NetworkWeights::weights() const { return parts_->weights; }

const spec::Model& NetworkWeights::skeleton() const { return *parts_->skeleton; }

weights::Stored NetworkWeights::read(std::size_t weight) const {
  weights::Stored content = read_content(parts_->parts.at(weight).slot, parts_->weights[weight].place);
  content.owner = parts_;
  return content;
}

std::vector<std::size_t> NetworkWeights::settle(std::span<weights::Change* const> changes) const {
  const std::vector<Weight>& all = parts_->weights;
  std::vector<const void*> before;
  const auto place_of = [](const weights::Change* change) -> const void* {
    return change->content ? change->content->values.bytes.data() : nullptr;
  };
  for (const weights::Change* change : changes) before.push_back(place_of(change));
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    while (end < all.size() && all[end].layer_index == all[begin].layer_index) ++end;
    const LayerChanges layer{.weights = std::span(all).subspan(begin, end - begin),
                             .changes = changes.subspan(begin, end - begin),
                             .read = [&](std::size_t i) { return read(begin + i); }};
    keep_smaller(layer);
    settle_forms(layer);
    begin = end;
  }
  std::vector<std::size_t> settled;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (place_of(changes[i]) != before[i]) settled.push_back(i);
  }
  return settled;
}

std::unique_ptr<spec::Model> NetworkWeights::draft(std::span<const std::optional<weights::Stored>> contents) const {
  auto model = std::make_unique<spec::Model>(*parts_->skeleton);
  std::size_t index = 0;
  for_each_weight_of(*model, [&](const MutableSlot& slot, spec::NeuralNetworkLayer&, const Weight&, std::size_t) {
    const auto& content = contents[index];
    if (content) {
      write_content(*slot.params, *content);
    } else {
      slot.params->MergeFrom(parts_->parts[index].content);
    }
    ++index;
  });
  return model;
}

std::unique_ptr<spec::Model> NetworkWeights::with(std::vector<std::optional<weights::Stored>> contents,
                                                  const std::string& what) const {
  auto model = std::make_unique<spec::Model>(*parts_->skeleton);
  std::vector<int> versions(parts_->models, 1);
  std::size_t index = 0;
  for_each_weight_of(*model, [&](const MutableSlot& slot, spec::NeuralNetworkLayer& layer, const Weight& weight,
                                 std::size_t model_index) {
    auto& content = contents[index];
    const WeightPart& part = parts_->parts[index];
    ++index;
    if (!content) {
      slot.params->MergeFrom(part.content);
      return;
    }
    const Kind kind = content->encoding.kind;
    versions[model_index] = std::max(versions[model_index], version_of(kind));
    if (is_dense(layer) && weight.parameter == "weights") set_int8(layer, kind == Kind::int8);
    write_content(*slot.params, *content);
    content.reset();
  });
  std::size_t model_index = 0;
  raise_version(*model, versions, model_index);
  // Nothing may leave this program that Apple's loader refuses, unless it came in that way.
  for (const Violation& violation : validate(*model)) {
    if (parts_->violations.contains({violation.place, violation.rule})) continue;
    throw Error(ExitCode::internal,
                fmt::format("{}: {} would break a rule of the format: {}", parts_->name, what, violation.text()));
  }
  return model;
}

}  // namespace goldilocks::model
