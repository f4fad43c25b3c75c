// Layers one after another, and what can be said of them before they are lowered: which blobs they read and give, and
// which are read later on.
#include "core/formats/neural_network/lowering/scope.hpp"

#include <algorithm>
#include <unordered_map>

#include <goldilocks/graph/graph.hpp>

#include "core/base/error.hpp"
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;

// Calls visit(layers) for each network inside of a branch or loop.
template <class Visit>
void for_each_nested(const Layer& layer, const Visit& visit) {
  if (layer.has_branch()) {
    visit(layer.branch().ifbranch().layers());
    visit(layer.branch().elsebranch().layers());
  } else if (layer.has_loop()) {
    visit(layer.loop().conditionnetwork().layers());
    visit(layer.loop().bodynetwork().layers());
  }
}

void check_layers_at(const Layers& layers, int depth) {
  for (const Layer& layer : layers) {
    if (find_layer_rule(layer.layer_case()) == nullptr) {
      throw ModelError(layer_place(layer) + (layer.layer_case() == Layer::LAYER_NOT_SET
                                                 ? ": its type is missing, or newer than this program"
                                                 : ": this type of layer is not supported"));
    }
    if (depth >= graph::deepest_nesting && (layer.has_branch() || layer.has_loop())) {
      throw ModelError(layer_place(layer), "branches and loops are nested too deep");
    }
    for_each_nested(layer, [&](const Layers& inner) { check_layers_at(inner, depth + 1); });
  }
}

void check_counts(const Layer& layer, const LayerRule& rule) {
  const auto check = [&](int count, int least, int most, const char* what) {
    if (count >= least && count <= most) return;
    const std::string range = least == most        ? std::to_string(least)
                              : most == any_number ? std::to_string(least) + " or more"
                                                   : std::to_string(least) + " to " + std::to_string(most);
    throw ModelError(layer_place(layer), "has " + std::to_string(count) + " " + what + "; it takes " + range);
  };
  check(layer.input_size(), rule.least_inputs, rule.most_inputs, "inputs");
  check(layer.output_size(), rule.least_outputs, rule.most_outputs, "outputs");
}

// A copy alone may give a blob that is there already.
void check_outputs(const Layer& layer, const Blobs& blobs) {
  std::vector<std::string> names(layer.output().begin(), layer.output().end());
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice != names.end()) throw ModelError(layer_place(layer), "names the output '" + *twice + "' twice");
  if (layer.has_copy()) return;
  for (const std::string& name : names) {
    if (blobs.contains(name)) throw ModelError(layer_place(layer), "gives '" + name + "', which is there already");
  }
}

void add_layer_reads(const Layer& layer, Names& names) {
  names.insert(layer.input().begin(), layer.input().end());
  for_each_nested(layer, [&](const Layers& inner) { add_reads(inner, names); });
  if (layer.has_loop()) names.insert(layer.loop().conditionvar());
}

bool has_control_flow(const Layers& layers) {
  return std::ranges::any_of(layers, [](const Layer& layer) { return layer.has_branch() || layer.has_loop(); });
}

}  // namespace

void check_layers(const Layers& layers) {
  if (layers.empty()) throw ModelError("the network has no layers");
  check_layers_at(layers, 0);
}

void reserve_names(const Layers& layers, GraphBuilder& builder) {
  for (const Layer& layer : layers) {
    for (const std::string& name : layer.output()) builder.reserve_name(name);
    for_each_nested(layer, [&](const Layers& inner) { reserve_names(inner, builder); });
  }
}

std::int64_t layer_count(const Layers& layers) {
  std::int64_t count = layers.size();
  for (const Layer& layer : layers) for_each_nested(layer, [&](const Layers& inner) { count += layer_count(inner); });
  return count;
}

void add_reads(const Layers& layers, Names& names) {
  for (const Layer& layer : layers) add_layer_reads(layer, names);
}

void add_writes(const Layers& layers, Names& names) {
  for (const Layer& layer : layers) {
    names.insert(layer.output().begin(), layer.output().end());
    for_each_nested(layer, [&](const Layers& inner) { add_writes(inner, names); });
  }
}

bool ends_loop(const Layers& layers) {
  return std::ranges::any_of(layers, [](const Layer& layer) {
    if (layer.has_loopbreak() || layer.has_loopcontinue()) return true;
    return layer.has_branch() &&
           (ends_loop(layer.branch().ifbranch().layers()) || ends_loop(layer.branch().elsebranch().layers()));
  });
}

void lower_layers(const Layers& layers, Scope& scope) {
  // By name, the last layer that reads the blob: asked for by branches and loops alone.
  std::unordered_map<std::string, int> last_read;
  if (has_control_flow(layers)) {
    for (int index = 0; index < layers.size(); ++index) {
      Names names;
      add_layer_reads(layers[index], names);
      for (const std::string& name : names) last_read[name] = index;
    }
  }
  for (int index = 0; index < layers.size(); ++index) {
    const Layer& layer = layers[index];
    if (--scope.progress.layers_left < 0) {
      throw ModelError(layer_place(layer), "the shapes in the loops around it don't come to rest");
    }
    const LayerRule& rule = *find_layer_rule(layer.layer_case());
    check_counts(layer, rule);
    check_outputs(layer, scope.blobs);
    scope.is_read_later = [&](const std::string& name) {
      const auto found = last_read.find(name);
      return (found != last_read.end() && found->second > index) || scope.is_read_outside(name);
    };
    LayerLowering lowering(layer, scope);
    rule.lower(lowering);
  }
  scope.is_read_later = scope.is_read_outside;
}

}  // namespace goldilocks::lowering
