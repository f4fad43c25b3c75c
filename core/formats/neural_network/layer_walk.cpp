// The walk over layers and the networks nested in them, once for reading and once for changing.
#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

template <class Layers, class Visit>
void walk(Layers& layers, const Visit& visit, const std::string& place, int depth) {
  if (depth > max_nesting) throw ModelError(place, fmt::format("networks are nested deeper than {}", max_nesting));
  for (auto& layer : layers) {
    visit(layer, place);
    const auto inner = [&](auto& network, const char* part) {
      walk(network, visit, fmt::format("{}{}/{}/", place, layer.name(), part), depth + 1);
    };
    if constexpr (std::is_const_v<Layers>) {
      if (layer.branch().has_ifbranch()) inner(layer.branch().ifbranch().layers(), "if");
      if (layer.branch().has_elsebranch()) inner(layer.branch().elsebranch().layers(), "else");
      if (layer.loop().has_conditionnetwork()) inner(layer.loop().conditionnetwork().layers(), "condition");
      if (layer.loop().has_bodynetwork()) inner(layer.loop().bodynetwork().layers(), "body");
    } else {
      if (layer.branch().has_ifbranch()) inner(*layer.mutable_branch()->mutable_ifbranch()->mutable_layers(), "if");
      if (layer.branch().has_elsebranch()) {
        inner(*layer.mutable_branch()->mutable_elsebranch()->mutable_layers(), "else");
      }
      if (layer.loop().has_conditionnetwork()) {
        inner(*layer.mutable_loop()->mutable_conditionnetwork()->mutable_layers(), "condition");
      }
      if (layer.loop().has_bodynetwork()) inner(*layer.mutable_loop()->mutable_bodynetwork()->mutable_layers(), "body");
    }
  }
}

}  // namespace

void for_each_layer(const google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>& layers,
                    const ConstLayerVisitor& visit) {
  walk(layers, visit, {}, 0);
}

void for_each_layer(google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>& layers, const LayerVisitor& visit) {
  walk(layers, visit, {}, 0);
}

}  // namespace goldilocks::model
