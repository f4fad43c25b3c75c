#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/network.hpp"
#include "core/formats/neural_network/lowering/scope.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "core/graph/graph_builder.hpp"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// One layer on its way into the graph: what the functions in layers/ work with. All errors are ModelErrors that begin
// with "layer 'name' (type): ".
class LayerLowering {
 public:
  LayerLowering(const spec::NeuralNetworkLayer& layer, Scope& scope);

  const spec::NeuralNetworkLayer& layer() const { return layer_; }
  const std::string& name() const;  // of the layer; a nameless one goes by its output
  // Where the layer stands: for those with networks of their own.
  Scope& scope() const { return scope_; }
  [[noreturn]] void fail(const std::string& problem) const;

  std::size_t input_count() const { return inputs_.size(); }
  std::uint32_t input(std::size_t index = 0) const { return inputs_[index]; }
  const std::vector<std::uint32_t>& inputs() const { return inputs_; }
  const Dims& dims(std::size_t index = 0) const { return scope_.builder.dims(inputs_[index]); }
  std::size_t output_count() const { return static_cast<std::size_t>(layer_.output_size()); }
  // Fails unless the first input has at least (exactly) this rank.
  void need_rank(std::size_t least, std::size_t most = std::numeric_limits<std::size_t>::max()) const;

  // A weight parameter, decoded to float32; empty where nothing is stored. Fails if the length doesn't fit the layer.
  struct Weights {
    Dims shape;  // as the format defines it
    std::vector<float> values;
  };
  Weights weights(std::string_view parameter) const;
  // The same, which must not be empty. Where the format leaves the length free (PReLU), `count` values or one.
  Weights required_weights(std::string_view parameter, std::int64_t count = 0) const;

  // The values of an input that is a constant, or was computed from constants alone; empty for another: then what
  // depends on them is known only at run time.
  std::span<const float> constant_input(std::size_t index) const { return scope_.builder.content(inputs_[index]); }

  // A constant of the graph, named after the layer's output and the parameter.
  std::uint32_t constant(std::string_view parameter, Dims dims, std::vector<float> values);
  // Both at once, under the format's shape or another of the same size.
  std::uint32_t weight_constant(std::string_view parameter);

  // An operation whose result is not the layer's own.
  std::uint32_t add(const std::string& type, std::vector<std::uint32_t> inputs, Attributes attributes);
  // An operation some of whose outputs are the layer's: for each of them which one, or none.
  std::vector<std::uint32_t> add_outputs(const std::string& type, std::vector<std::uint32_t> inputs,
                                         Attributes attributes, const std::vector<std::optional<int>>& outputs);
  // The operation that gives the layer's outputs.
  void finish(const std::string& type, std::vector<std::uint32_t> inputs, Attributes attributes);
  // An operation of a backend's own, with these outputs' shapes (-1 for an open size): the layer's.
  void finish_custom(const std::string& type, std::vector<std::uint32_t> inputs, Attributes attributes,
                     const std::vector<Dims>& shapes);
  // The layer's one output is a constant.
  void finish_constant(std::string_view parameter, Dims dims);
  void finish_constant(Dims dims, std::vector<float> values);

 private:
  const std::string& output_name(int index) const;
  // As float32; counts them against LoweringOptions::weights_limit.
  std::vector<float> widened(const model::WeightSlot<const spec::WeightParams>& slot) const;

  const spec::NeuralNetworkLayer& layer_;
  Scope& scope_;
  std::vector<std::uint32_t> inputs_;
};

// A list field of [height, width] that may be left out. Fails for another number of entries, and sizes beyond 2^31.
template <class List>
std::vector<std::int64_t> pair_field(const LayerLowering& lowering, const List& list, std::string_view name,
                                     std::int64_t fallback);
// [top, bottom, left, right] of the amounts around a plane, which may be left out.
std::vector<std::int64_t> border_field(const LayerLowering& lowering, const spec::BorderAmounts& amounts);
// A size from the file as a signed number. Fails beyond 2^31.
std::int64_t size_field(const LayerLowering& lowering, std::uint64_t value, std::string_view name);

// The operations' `padding` for it.
Attribute same_padding(const spec::SamePadding& same);

template <class List>
std::vector<std::int64_t> pair_field(const LayerLowering& lowering, const List& list, std::string_view name,
                                     std::int64_t fallback) {
  if (list.empty()) return {fallback, fallback};
  if (list.size() != 2) lowering.fail(std::string(name) + " has " + std::to_string(list.size()) + " entries, not 2");
  return {size_field(lowering, list[0], name), size_field(lowering, list[1], name)};
}

// How a type of layer becomes operations.
struct LayerRule {
  spec::NeuralNetworkLayer::LayerCase type;
  int least_inputs, most_inputs;
  int least_outputs, most_outputs;
  void (*lower)(LayerLowering& lowering);
};

inline constexpr int any_number = std::numeric_limits<int>::max();

// Null for a type that is not supported.
const LayerRule* find_layer_rule(spec::NeuralNetworkLayer::LayerCase type);

// "layer 'name' (type)", where a nameless layer goes by its output.
std::string layer_place(const spec::NeuralNetworkLayer& layer);

// One list for each file of layers/; layer_table.cpp puts them together.
using LayerRules = std::vector<LayerRule>;
const LayerRules& activation_rules();
const LayerRules& arithmetic_rules();
const LayerRules& control_flow_rules();
const LayerRules& convolution_rules();
const LayerRules& elementwise_rules();
const LayerRules& filling_rules();
const LayerRules& indexing_rules();
const LayerRules& inner_product_rules();
const LayerRules& layout_rules();
const LayerRules& normalization_rules();
const LayerRules& pooling_rules();
const LayerRules& product_rules();
const LayerRules& recurrent_rules();
const LayerRules& reduction_rules();
const LayerRules& custom_rules();
const LayerRules& random_rules();
const LayerRules& resizing_rules();
const LayerRules& reshaping_rules();
const LayerRules& slicing_rules();
const LayerRules& suppression_rules();
const LayerRules& spatial_rules();
const LayerRules& volume_rules();

}  // namespace goldilocks::lowering
