// Branches and loops around blocks, states, and what marks a classifier.
#include <array>
#include <set>
#include <string>
#include <utility>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;
using Builders = GraphBuilder::Subgraphs;

// The names that a block and those inside of it read, in order, its own among them.
void add_names(const Block& block, std::vector<std::string_view>& names) {
  for (const Operation& operation : block.operations) {
    for (const Argument& argument : operation.inputs) {
      for (const Binding& binding : argument.bindings) {
        if (binding.value == nullptr) names.emplace_back(binding.name);
      }
    }
    for (const Block& inner : operation.blocks) add_names(inner, names);
  }
  for (const std::string& output : block.outputs) names.emplace_back(output);
}

void add_definitions(const Block& block, std::set<std::string_view>& names) {
  for (const NamedType& input : block.inputs) names.insert(input.name);
  for (const Operation& operation : block.operations) {
    for (const NamedType& output : operation.outputs) names.insert(output.name);
    for (const Block& inner : operation.blocks) add_definitions(inner, names);
  }
}

// What the blocks of an operation read of those around.
std::vector<std::string_view> free_names(const Operation& operation) {
  std::set<std::string_view> seen;
  std::vector<std::string_view> all, names;
  for (const Block& block : operation.blocks) {
    add_definitions(block, seen);
    add_names(block, all);
  }
  for (const std::string_view name : all) {
    if (seen.insert(name).second) names.push_back(name);
  }
  return names;
}

// Results of control flow, as tensors or lists.
void give_all(Op& op, const Nodes& nodes) {
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    if (op.operation().outputs.at(index).type.is_tensor()) {
      op.give(nodes[index]);
    } else {
      op.give_value({{}, nullptr, nullptr, nodes[index]});
    }
  }
}

Nodes add_control_flow(Op& op, const std::string& type, Nodes inputs, Attributes attributes,
                       const std::vector<std::int32_t>& types, Builders subgraphs) {
  std::vector<std::string> names;
  for (std::size_t index = 0; index < types.size(); ++index) {
    names.push_back(op.graph().derived_name(op.operation().outputs[index].name + "/" + type));
  }
  return op.graph().add_control_flow(type, std::string(name_of(op.operation())), std::move(inputs),
                                     std::move(attributes), names, std::move(subgraphs), types);
}

// Both ways see the same values around them, in the same order.
void lower_cond(Op& op) {
  const Node condition = op.input("pred");
  const std::vector<std::string_view> names = free_names(op.operation());
  Builders ways;
  Nodes inputs;
  std::vector<std::int32_t> types;
  for (const Block& block : op.operation().blocks) {
    ways.push_back(std::make_unique<GraphBuilder>());
    BlockLowering way(op.block().context(), block, *ways.back(), &op.block());
    for (const std::string_view name : names) way.capture(name);
    way.run();
    inputs = {condition};
    types.clear();
    for (const BlockLowering::Capture& capture : way.captures()) inputs.push_back(capture.outer);
    for (const std::string& output : block.outputs) {
      const Node node = way.node(output);
      ways.back()->add_output(node);
      types.push_back(ways.back()->type(node));
    }
  }
  give_all(op, add_control_flow(op, "branch", std::move(inputs), {}, types, std::move(ways)));
}

// The condition's block and the body's are one graph, with a test between them.
void lower_while_loop(Op& op) {
  const Block& condition_block = op.operation().blocks.at(0);
  const Block& body_block = op.operation().blocks.at(1);
  const std::vector<std::string_view> names = op.names("loop_vars");
  Nodes inputs = {GLK_NO_VALUE};
  Builders subgraphs;
  subgraphs.push_back(std::make_unique<GraphBuilder>());
  GraphBuilder& graph = *subgraphs.back();
  BlockLowering condition(op.block().context(), condition_block, graph, &op.block());
  BlockLowering body(op.block().context(), body_block, graph, &op.block());
  Nodes variables;
  std::vector<std::int32_t> types;
  const Nodes initial = op.inputs("loop_vars");
  for (std::size_t index = 0; index < initial.size(); ++index) {
    // Sizes that the block leaves open may change from one iteration to the next.
    const Type& stated = body_block.inputs.at(index).type;
    Dims dims = op.dims(initial[index]);
    if (!stated.is_tensor()) {
      if (!dims.empty()) dims[0] = -1;  // a list may grow
    } else if (!stated.ranked || stated.shape.size() != dims.size()) {
      std::ranges::fill(dims, -1);
    } else {
      for (std::size_t axis = 0; axis < dims.size(); ++axis)
        dims[axis] = stated.shape[axis] == unknown ? -1 : dims[axis];
    }
    const Node variable =
        graph.add_input(graph.derived_name(body_block.inputs[index].name), dims, op.type(initial[index]));
    variables.push_back(variable);
    types.push_back(op.type(initial[index]));
    inputs.push_back(initial[index]);
    condition.define(condition_block.inputs.at(index).name, {stated, nullptr, nullptr, variable});
    body.define(body_block.inputs[index].name, {stated, nullptr, nullptr, variable});
  }
  condition.run();
  Nodes tested = {condition.node(condition_block.outputs.at(0))};
  tested.insert(tested.end(), variables.begin(), variables.end());
  graph.add_operation("loop_test", std::string(name_of(op.operation())), tested, {}, {});
  body.run();
  for (const std::string& output : body_block.outputs) graph.add_output(body.node(output));
  for (const BlockLowering* block : {&condition, &body}) {
    for (const BlockLowering::Capture& capture : block->captures()) inputs.push_back(capture.outer);
  }
  const auto bound = static_cast<std::int64_t>(op.block().context().options.iterations);
  give_all(op, add_control_flow(op, "loop", std::move(inputs),
                                {{"carried", static_cast<std::int64_t>(variables.size())}, {"bound", bound}}, types,
                                std::move(subgraphs)));
}

// ---- states and classes

void lower_read_state(Op& op) { op.give(op.block().node(op.names("input").at(0))); }

void lower_write_state(Op& op) {
  if (op.block().is_nested()) op.fail("is run outside of branches and loops alone");
  const std::string_view name = op.names("input").at(0);
  Node data = op.input("data");
  Local& state = op.block().find(name);
  if (state.type.parts.at(0).element == ElementType::float16) data = op.add("round_to_half", {data});
  state.node = data;
}

void lower_classify(Op& op) {
  auto classifier = std::make_unique<ProgramClassifier>();
  classifier->probabilities = op.input("probabilities");
  classifier->classes = op.value("classes");
  classifier->label = op.operation().outputs.at(0).name;
  classifier->dictionary = op.operation().outputs.at(1).name;
  op.block().context().classifier = std::move(classifier);
  op.give_value({});
  op.give_value({});
}

constexpr std::array control_rows = {
    LoweringRow{"classify", lower_classify},
    LoweringRow{"cond", lower_cond, true},
    LoweringRow{"read_state", lower_read_state, true},
    LoweringRow{"while_loop", lower_while_loop, true},
    LoweringRow{"write_state", lower_write_state, true},
};

}  // namespace

std::span<const LoweringRow> control_lowerings() { return control_rows; }

}  // namespace goldilocks::ml_program
