// Recurrent layers over x [steps, batch, inputs]. The gates' weights lie below each other: [gates * hidden, ...].
#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

void check_activation(const Inference& op, std::string_view parameter) {
  op.one_of(parameter, {"sigmoid", "tanh", "scaled_tanh", "hard_sigmoid", "sigmoid_hard", "relu", "linear"});
}

void require_shape(const Inference& op, std::string_view parameter, const Shape& expected) {
  if (!op.has(parameter)) return;
  const Shape& found = op.shape(parameter);
  op.require(may_be_equal(found, expected), "{} must be {}, and is {}", parameter, text(expected), text(found));
}

// The weights of one direction: the names end in `suffix`.
void check_weights(const Inference& op, const std::string& suffix, std::int64_t gates, std::int64_t hidden,
                   std::int64_t inputs) {
  require_shape(op, "weight_ih" + suffix, {product(gates, hidden), inputs});
  require_shape(op, "weight_hh" + suffix, {product(gates, hidden), hidden});
  require_shape(op, "bias" + suffix, {product(gates, hidden)});
  require_shape(op, "input_bias" + suffix, {product(gates, hidden)});
  require_shape(op, "peephole" + suffix, {product(3, hidden)});
}

// The whole sequence or its last step, then the state at the end, as often as there are states.
void results(Inference& op, std::int64_t directions, std::int64_t hidden, int states) {
  const Shape& x = op.shape("x");
  const auto sequence = op.flag("output_sequence");
  if (!sequence) throw Undetermined{};
  op.result(op.element("x"), {*sequence ? x[0] : 1, x[1], product(directions, hidden)});
  for (int i = 0; i < states; ++i) op.result(op.element("x"), {x[1], product(directions, hidden)});
}

std::int64_t hidden_size(const Inference& op) {
  op.require_rank("x", 3, 3);
  const Shape& recurrent = op.shape("weight_hh");
  op.require(recurrent.size() == 2, "weight_hh must be a matrix, not {}", text(recurrent));
  return recurrent[1];
}

void rnn(Inference& op) {
  const std::int64_t hidden = hidden_size(op);
  const Shape& x = op.shape("x");
  op.one_of("direction", {"forward", "reverse"});
  check_activation(op, "activation");
  require_shape(op, "initial_h", {x[1], hidden});
  check_weights(op, "", 1, hidden, x[2]);
  results(op, 1, hidden, 1);
}

void gru(Inference& op) {
  const std::int64_t hidden = hidden_size(op);
  const Shape& x = op.shape("x");
  op.one_of("direction", {"forward", "reverse"});
  check_activation(op, "recurrent_activation");
  check_activation(op, "activation");
  require_shape(op, "initial_h", {x[1], hidden});
  check_weights(op, "", 3, hidden, x[2]);
  results(op, 1, hidden, 1);
}

void lstm(Inference& op) {
  const std::int64_t hidden = hidden_size(op);
  const Shape& x = op.shape("x");
  const bool both = op.one_of("direction", {"forward", "reverse", "bidirectional"}) == "bidirectional";
  for (const std::string_view activation : {"recurrent_activation", "cell_activation", "activation"}) {
    check_activation(op, activation);
  }
  for (const std::string_view parameter : {"weight_ih_back", "weight_hh_back"}) {
    op.require(op.has(parameter) == both, "{} {} with direction '{}'", parameter, both ? "is missing" : "doesn't go",
               both ? "bidirectional" : "forward or reverse");
  }
  const std::int64_t directions = both ? 2 : 1;
  for (const std::string_view state : {"initial_h", "initial_c"}) {
    require_shape(op, state, {x[1], product(directions, hidden)});
  }
  check_weights(op, "", 4, hidden, x[2]);
  if (both) check_weights(op, "_back", 4, hidden, x[2]);
  results(op, directions, hidden, 2);
}

std::vector<Parameter> weights(std::vector<Parameter> first, const std::vector<Parameter>& more) {
  first.insert(first.end(), {constant("weight_ih", 'T'), constant("weight_hh", 'T'), constant("bias", 'T', none),
                             constant("direction", str, word("forward")), constant("output_sequence", boolean, no)});
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

std::vector<Parameter> lstm_parameters() {
  return weights(
      {in("x", 'T'), in("initial_h", 'T'), in("initial_c", 'T')},
      {constant("peephole", 'T', none), constant("weight_ih_back", 'T', none), constant("weight_hh_back", 'T', none),
       constant("bias_back", 'T', none), constant("peephole_back", 'T', none),
       constant("recurrent_activation", str, word("sigmoid")), constant("cell_activation", str, word("tanh")),
       constant("activation", str, word("tanh")), constant("clip", 'T', none)});
}

std::vector<Parameter> gru_parameters() {
  return weights({in("x", 'T'), in("initial_h", 'T')},
                 {constant("recurrent_activation", str, word("sigmoid")), constant("activation", str, word("tanh"))});
}

std::vector<Parameter> gru_parameters_ios18() {
  std::vector<Parameter> parameters = gru_parameters();
  parameters.push_back(constant("reset_after", boolean, none));
  parameters.push_back(constant("input_bias", 'T', none));
  return parameters;
}

std::vector<Parameter> rnn_parameters() {
  return weights({in("x", 'T'), in("initial_h", 'T')}, {constant("activation", str, word("tanh"))});
}

}  // namespace

std::vector<OperationRow> recurrent_operations() {
  return {
      {"rnn", ios15, {{'T', fp32}}, rnn_parameters(), rnn},
      {"rnn", ios17, {{'T', floats}}, rnn_parameters(), rnn},
      {"gru", ios15, {{'T', fp32}}, gru_parameters(), gru},
      {"gru", ios17, {{'T', floats}}, gru_parameters(), gru},
      {"gru", ios18, {{'T', floats}}, gru_parameters_ios18(), gru},
      {"lstm", ios15, {{'T', fp32}}, lstm_parameters(), lstm},
      {"lstm", ios17, {{'T', floats}}, lstm_parameters(), lstm},
  };
}

}  // namespace goldilocks::ml_program
