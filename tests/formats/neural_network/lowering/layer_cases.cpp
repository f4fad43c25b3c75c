#include "tests/formats/neural_network/lowering/layer_cases.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <goldilocks/graph/graph.hpp>
#include <gtest/gtest.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"

namespace goldilocks::testing {
namespace {

using lowering::spec::NeuralNetworkLayer;

struct Kind {
  int cases = 0;
  std::set<std::string> operations;
};

std::map<std::string, Kind>& kinds() {
  static std::map<std::string, Kind> all;
  return all;
}

template <class Layers, class Visit>
void for_each_layer(const Layers& layers, const Visit& visit) {
  for (const NeuralNetworkLayer& layer : layers) {
    visit(layer);
    if (layer.has_branch()) {
      for_each_layer(layer.branch().ifbranch().layers(), visit);
      for_each_layer(layer.branch().elsebranch().layers(), visit);
    } else if (layer.has_loop()) {
      for_each_layer(layer.loop().conditionnetwork().layers(), visit);
      for_each_layer(layer.loop().bodynetwork().layers(), visit);
    }
  }
}

// The types of the operations that came from each layer, by the layer's name.
void collect_operations(const glk_graph& graph, std::multimap<std::string, std::string>& types) {
  for (std::uint64_t index = 0; index < graph.operation_count; ++index) {
    const graph::OperationView operation(*graph.operations[index]);
    types.emplace(operation.layer(), operation.type());
    for (const glk_graph* subgraph : operation.subgraphs()) collect_operations(*subgraph, types);
  }
}

class WriteAtTheEnd final : public ::testing::Environment {
 public:
  void TearDown() override {
    const char* file = std::getenv("GOLDILOCKS_LAYER_CASES");
    if (file == nullptr) return;
    std::ofstream lines(file);
    for (const auto& [name, kind] : kinds()) {
      lines << name << '\t' << kind.cases << '\t';
      for (const std::string& operation : kind.operations) lines << operation << ' ';
      lines << '\n';
    }
  }
};

const ::testing::Environment* const writer = ::testing::AddGlobalTestEnvironment(new WriteAtTheEnd);

}  // namespace

void note_layers(const lowering::spec::Model& model, const lowering::Network& network) {
  std::multimap<std::string, std::string> types;
  collect_operations(network.graph(), types);
  for_each_layer(*model::network_of(model).layers, [&](const NeuralNetworkLayer& layer) {
    const model::LayerKind* known = model::find_layer_kind(layer.layer_case());
    if (known == nullptr) return;
    Kind& kind = kinds()[std::string(known->name)];
    ++kind.cases;
    const std::string& name = layer.name().empty() && layer.output_size() > 0 ? layer.output(0) : layer.name();
    for (auto [type, end] = types.equal_range(name); type != end; ++type) kind.operations.insert(type->second);
  });
}

}  // namespace goldilocks::testing
