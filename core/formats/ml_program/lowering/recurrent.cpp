// rnn, gru and lstm: x is [steps, batch, inputs]; the gates' weights lie one below the other, in another order than the
// kit's. The kit's states are [1, batch, hidden].
#include <array>
#include <limits>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

void set_function(Op& op, Attributes& attributes, const std::string& name, std::string_view activation) {
  std::string kind(activation == "sigmoid_hard" ? "hard_sigmoid" : activation);
  std::vector<double> parameters;
  // What the language's own functions are where they stand in these operations.
  if (kind == "scaled_tanh") kind = "tanh";
  if (kind == "linear") parameters = {1, 0};
  if (kind == "hard_sigmoid") parameters = {0.2, 0.5};
  if (kind != "sigmoid" && kind != "tanh" && kind != "relu" && kind != "linear" && kind != "hard_sigmoid") {
    op.fail("has no function '" + kind + "'");
  }
  attributes.push_back({name, kind});
  attributes.push_back({name + "_parameters", parameters});
}

// Of sums and cells.
constexpr double no_limit = std::numeric_limits<double>::max();

// The parts of a parameter, one for each gate, in the kit's order.
Node in_order(Op& op, Node parameter, const std::vector<std::int64_t>& order) {
  if (parameter == GLK_NO_VALUE) return parameter;
  const std::int64_t rows = op.dims(parameter)[0] / static_cast<std::int64_t>(order.size());
  Nodes parts;
  for (const std::int64_t gate : order) parts.push_back(op.slice(parameter, 0, gate * rows, rows));
  return op.concat(parts, 0);
}

// A part of the hidden values of all directions, as the kit's state.
Node state_of(Op& op, std::string_view parameter, std::int64_t direction, std::int64_t hidden) {
  Node state = op.input(parameter);
  if (op.dims(state)[1] != hidden) state = op.slice(state, 1, direction * hidden, hidden);
  Dims shape = op.dims(state);
  shape.insert(shape.begin(), 1);
  return op.reshape(state, shape);
}

Node without_step(Op& op, Node state) { return op.reshape(state, {op.dims(state)[1], op.dims(state)[2]}); }

bool is_reverse(Op& op) { return op.word("direction") == "reverse"; }

std::int64_t hidden_of(Op& op) { return op.dims(op.input("weight_hh"))[1]; }

Attributes attributes_of(Op& op, bool reverse) {
  return {{"sequence_output", std::int64_t{op.flag("output_sequence") ? 1 : 0}},
          {"reverse", std::int64_t{reverse ? 1 : 0}},
          {"clip", no_limit}};
}

void lower_rnn(Op& op) {
  Attributes attributes = attributes_of(op, is_reverse(op));
  set_function(op, attributes, "f", op.word("activation"));
  const Node x = op.input("x");
  const Node weight = op.input("weight_ih"), recursion = op.input("weight_hh"), bias = op.input_or_none("bias");
  const Nodes results =
      op.add_all("simple_recurrent", {x, weight, recursion, bias, state_of(op, "initial_h", 0, hidden_of(op))},
                 std::move(attributes), {GLK_FLOAT32, GLK_FLOAT32});
  op.give(results[0]);
  op.give(without_step(op, results[1]));
}

// The gates stand as reset, output, update; the kit's as update, reset, output.
void lower_gru(Op& op) {
  const bool after = op.opset() >= Opset::ios18 && op.flag("reset_after");
  Attributes attributes = attributes_of(op, is_reverse(op));
  set_function(op, attributes, "f", op.word("recurrent_activation"));
  set_function(op, attributes, "g", op.word("activation"));
  const std::vector<std::int64_t> order = {2, 0, 1};
  const Node x = op.input("x");
  // The bias of the input's side is there from iOS 18 on, and alone is what the kit adds to W x.
  Node bias = op.input_or_none("bias");
  Node input_bias = op.opset() >= Opset::ios18 ? op.input_or_none("input_bias") : Node{GLK_NO_VALUE};
  if (!after && bias != GLK_NO_VALUE) {
    input_bias = input_bias == GLK_NO_VALUE ? bias : op.add("add", {bias, input_bias});
    bias = GLK_NO_VALUE;
  }
  attributes.push_back({"reset_after", std::int64_t{after ? 1 : 0}});
  const Node weight = in_order(op, op.input("weight_ih"), order);
  const Node recursion = in_order(op, op.input("weight_hh"), order);
  Nodes inputs = {x, weight, recursion, in_order(op, input_bias, order), state_of(op, "initial_h", 0, hidden_of(op))};
  if (bias != GLK_NO_VALUE) inputs.push_back(in_order(op, bias, order));
  const Nodes results = op.add_all("gru", std::move(inputs), std::move(attributes), {GLK_FLOAT32, GLK_FLOAT32});
  op.give(results[0]);
  op.give(without_step(op, results[1]));
}

// The gates stand as input, forget, output, cell; the kit's as input, forget, cell, output.
Nodes lstm_of(Op& op, std::int64_t direction, bool reverse, bool aligned) {
  const std::string suffix = direction == 1 ? "_back" : "";
  const std::vector<std::int64_t> order = {0, 1, 3, 2};
  Attributes attributes = attributes_of(op, reverse);
  if (aligned) {
    attributes.push_back({"aligned", std::int64_t{1}});
    attributes[0] = {"sequence_output", std::int64_t{1}};
  }
  set_function(op, attributes, "f", op.word("recurrent_activation"));
  set_function(op, attributes, "g", op.word("cell_activation"));
  set_function(op, attributes, "h", op.word("activation"));
  attributes.push_back({"cell_clip", op.has("clip") ? op.real("clip") : no_limit});
  const std::int64_t hidden = op.dims(op.input("weight_hh" + suffix))[1];
  const Node x = op.input("x");
  const Node weight = in_order(op, op.input("weight_ih" + suffix), order);
  const Node recursion = in_order(op, op.input("weight_hh" + suffix), order);
  const Node bias = in_order(op, op.input_or_none("bias" + suffix), order);
  const Node peephole = op.input_or_none("peephole" + suffix);
  const Node h = state_of(op, "initial_h", direction, hidden);
  const Node c = state_of(op, "initial_c", direction, hidden);
  return op.add_all("lstm", {x, weight, recursion, bias, peephole, h, c}, std::move(attributes),
                    {GLK_FLOAT32, GLK_FLOAT32, GLK_FLOAT32});
}

void lower_lstm(Op& op) {
  if (op.word("direction") != "bidirectional") {
    const Nodes results = lstm_of(op, 0, is_reverse(op), false);
    op.give(results[0]);
    op.give(without_step(op, results[1]));
    op.give(without_step(op, results[2]));
    return;
  }
  // Without the sequence, the forward half is its last step, and the backward half the first in time.
  const Nodes forward = lstm_of(op, 0, false, false);
  const Nodes backward = lstm_of(op, 1, true, op.flag("output_sequence"));
  op.give(op.concat({forward[0], backward[0]}, 2));
  op.give(op.concat({without_step(op, forward[1]), without_step(op, backward[1])}, 1));
  op.give(op.concat({without_step(op, forward[2]), without_step(op, backward[2])}, 1));
}

constexpr std::array recurrent_rows = {
    LoweringRow{"gru", lower_gru},
    LoweringRow{"lstm", lower_lstm},
    LoweringRow{"rnn", lower_rnn},
};

}  // namespace

std::span<const LoweringRow> recurrent_lowerings() { return recurrent_rows; }

}  // namespace goldilocks::ml_program
