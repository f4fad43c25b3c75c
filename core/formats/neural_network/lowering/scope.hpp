#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/formats/network.hpp"
#include "core/graph/graph_builder.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// The values of a network's blobs, by name.
using Blobs = std::map<std::string, std::uint32_t, std::less<>>;

using Layers = google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>;
using Names = std::set<std::string, std::less<>>;

// What all networks of a model have in common while it is lowered.
struct LoweringProgress {
  LoweringOptions options;
  // How many layers may still be lowered. A loop's body is lowered again where its shapes turn out to change from one
  // iteration to the next; in a file of deeply nested ones that could go on for ever.
  std::int64_t layers_left = 0;
  std::uint64_t weight_bytes = 0;  // of all weights that were widened so far
};

// One network on its way into one graph: the model's own, or that of a branch or loop, which becomes a graph inside of
// the operation. There the blobs from outside that it reads, or gives anew by a copy, are inputs of the graph.
struct Scope {
  GraphBuilder& builder;
  LoweringProgress& progress;
  Blobs blobs;
  // Whether a blob is read after this network, in one around it.
  std::function<bool(const std::string&)> is_read_outside;
  // The variables of the loop around, in the order of its outputs; null outside of loops.
  const std::vector<std::string>* loop_variables = nullptr;
  // Whether a blob is read after the layer that is being lowered; set by lower_layers().
  std::function<bool(const std::string&)> is_read_later = {};
};

// Throws ModelError that names the first layer of an unknown or unsupported type, and for networks without layers or
// nested too deep.
void check_layers(const Layers& layers);

// Lowers the layers in the file's order, which is one in which they can run. Throws ModelError.
void lower_layers(const Layers& layers, Scope& scope);

// Names of blobs are the model's; names derived for inner values keep clear of them.
void reserve_names(const Layers& layers, GraphBuilder& builder);

// How many layers there are, those in branches and loops included.
std::int64_t layer_count(const Layers& layers);

// The blobs that layers read and give, those in branches and loops included.
void add_reads(const Layers& layers, Names& names);
void add_writes(const Layers& layers, Names& names);

// Whether one of the layers ends the loop around it, or its iteration.
bool ends_loop(const Layers& layers);

}  // namespace goldilocks::lowering
