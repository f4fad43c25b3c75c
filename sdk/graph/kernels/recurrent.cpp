// simple_recurrent, gru and lstm: a state that goes along a sequence, one step for each vector of it. All of a step is
// float64, and the state stays so from step to step.
//
// The rows of weight, recursion and bias are those of the gates, one gate below the other:
//      gru   update z, reset r, output o
//      lstm  input i, forget f, block z, output o; peephole i, f, o
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;
using Vector = std::vector<double>;

// The functions of gates and states: `name` and `name`_parameters are attributes.
class Activation {
 public:
  Activation(const OperationView& operation, const std::string& name) : kind_(operation.text(name)) {
    check_choice(operation, name, kind_, {"linear", "sigmoid", "tanh", "relu", "scaled_tanh", "hard_sigmoid"});
    if (kind_ == "sigmoid" || kind_ == "tanh" || kind_ == "relu") return;
    const std::span<const double> parameters = operation.numbers(name + "_parameters");
    if (parameters.size() != 2) operation.fail(name + "_parameters must have two entries");
    alpha_ = parameters[0];
    beta_ = parameters[1];
  }

  double operator()(double x) const {
    if (kind_ == "sigmoid") return 1 / (1 + std::exp(-x));
    if (kind_ == "tanh") return std::tanh(x);
    if (kind_ == "relu") return x < 0 ? 0.0 : x;
    if (kind_ == "scaled_tanh") return alpha_ * std::tanh(beta_ * x);
    const double line = alpha_ * x + beta_;
    return kind_ == "linear" ? line : std::clamp(line, 0.0, 1.0);
  }

 private:
  std::string_view kind_;
  double alpha_ = 0, beta_ = 0;
};

double limit(double x, double most) { return std::clamp(x, -most, most); }

double dot(std::span<const float> weights, std::span<const double> values) {
  double sum = 0;
  for (std::size_t index = 0; index < values.size(); ++index) {
    sum += static_cast<double>(weights[index]) * values[index];
  }
  return sum;
}

// The sizes and weights of one operation.
struct Weights {
  std::size_t sequence, batch, width, size;  // of x: steps, batch, one vector; of the state: one vector
  std::span<const float> weight, recursion, bias, peephole;

  Weights(Inputs inputs, std::size_t gates)
      : sequence(static_cast<std::size_t>(inputs[0].dims[0])),
        batch(static_cast<std::size_t>(inputs[0].dims[1])),
        width(static_cast<std::size_t>(inputs[1].dims[1])),
        size(static_cast<std::size_t>(inputs[1].dims[0]) / gates),
        weight(inputs[1].values),
        recursion(inputs[2].values),
        bias(inputs.size() > 3 ? inputs[3].values : std::span<const float>()) {}

  // W x + b of one row.
  double input(std::size_t row, std::span<const double> x) const {
    return dot(weight.subspan(row * width, width), x) + (bias.empty() ? 0.0 : static_cast<double>(bias[row]));
  }
  double state(std::size_t row, std::span<const double> h) const { return dot(recursion.subspan(row * size, size), h); }
  double see(std::size_t gate, std::size_t at, double cell) const {
    return peephole.empty() ? 0.0 : static_cast<double>(peephole[gate * size + at]) * cell;
  }
};

Vector to_doubles(std::span<const float> values) { return {values.begin(), values.end()}; }

void store(const Vector& values, std::span<float> out) {
  std::ranges::transform(values, out.begin(), [](double value) { return static_cast<float>(value); });
}

// Goes along the sequence for each entry of the batch. `states` are the inputs with what the states are at first,
// absent for zeros; step(x, states) brings them on. Outputs: the sequence (or its last step), then the states.
template <class Step>
void run_sequence(const OperationView& operation, const Weights& weights, Inputs inputs, Inputs states, Outputs outputs,
                  const Step& step) {
  const bool reverse = operation.integer("reverse", 0) != 0;
  const bool whole = operation.integer("sequence_output", 0) != 0;
  const bool backwards = reverse && operation.integer("aligned", 0) != 0;
  const std::size_t size = weights.size;
  for (std::size_t entry = 0; entry < weights.batch; ++entry) {
    std::vector<Vector> state(outputs.size() - 1, Vector(size, 0.0));
    for (std::size_t index = 0; index < states.size(); ++index) {
      if (states[index].present()) state[index] = to_doubles(states[index].values.subspan(entry * size, size));
    }
    for (std::size_t time = 0; time < weights.sequence; ++time) {
      const std::size_t from = reverse ? weights.sequence - 1 - time : time;
      step(to_doubles(inputs[0].values.subspan((from * weights.batch + entry) * weights.width, weights.width)), state);
      if (!whole && time + 1 < weights.sequence) continue;
      const std::size_t to = whole ? (backwards ? from : time) : 0;
      store(state[0], outputs[0].values.subspan((to * weights.batch + entry) * size, size));
    }
    for (std::size_t index = 0; index < state.size(); ++index) {
      store(state[index], outputs[index + 1].values.subspan(entry * size, size));
    }
  }
}

// The inputs from `first` on, as far as there are any.
Inputs states_from(Inputs inputs, std::size_t first) { return inputs.subspan(std::min(first, inputs.size())); }

void run_simple(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const Weights weights(inputs, 1);
  const Activation f(operation, "f");
  const double clip = operation.number("clip");
  run_sequence(operation, weights, inputs, states_from(inputs, 4), outputs,
               [&](const Vector& x, std::vector<Vector>& state) {
                 Vector next(weights.size);
                 for (std::size_t at = 0; at < weights.size; ++at) {
                   next[at] = f(limit(weights.input(at, x) + weights.state(at, state[0]), clip));
                 }
                 state[0] = next;
               });
}

void run_gru(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const Weights weights(inputs, 3);
  const Activation f(operation, "f"), g(operation, "g");
  const double clip = operation.number("clip");
  const bool after = operation.integer("reset_after", 0) != 0;
  const std::span<const float> bias = inputs.size() > 5 ? inputs[5].values : std::span<const float>();
  const std::size_t size = weights.size;
  const Inputs states = inputs.first(std::min<std::size_t>(inputs.size(), 5));
  run_sequence(operation, weights, inputs, states_from(states, 4), outputs,
               [&](const Vector& x, std::vector<Vector>& state) {
                 Vector& h = state[0];
                 const auto recurrent = [&](std::size_t row, const Vector& seen) {
                   const double sum = weights.state(row, seen);
                   return bias.empty() ? sum : sum + static_cast<double>(bias[row]);
                 };
                 const auto gate = [&](std::size_t row, const Vector& seen) {
                   return limit(weights.input(row, x) + recurrent(row, seen), clip);
                 };
                 Vector update(size), reset(size), kept(size), next(size);
                 for (std::size_t at = 0; at < size; ++at) {
                   update[at] = f(gate(at, h));
                   reset[at] = f(gate(size + at, h));
                   kept[at] = reset[at] * h[at];
                 }
                 for (std::size_t at = 0; at < size; ++at) {
                   const std::size_t row = 2 * size + at;
                   const double sum =
                       after ? limit(weights.input(row, x) + reset[at] * recurrent(row, h), clip) : gate(row, kept);
                   next[at] = (1 - update[at]) * g(sum) + update[at] * h[at];
                 }
                 h = next;
               });
}

void run_lstm(const OperationView& operation, Inputs inputs, Outputs outputs) {
  Weights weights(inputs, 4);
  if (inputs.size() > 4) weights.peephole = inputs[4].values;
  const Activation f(operation, "f"), g(operation, "g"), h(operation, "h");
  const double clip = operation.number("clip");
  const double cell_clip = operation.number("cell_clip");
  const bool coupled = operation.integer("coupled", 0) != 0;
  const std::size_t size = weights.size;
  run_sequence(operation, weights, inputs, states_from(inputs, 5), outputs,
               [&](const Vector& x, std::vector<Vector>& state) {
                 const Vector before = state[0];
                 Vector& cell = state[1];
                 const auto gate = [&](std::size_t row, double seen) {
                   return limit(weights.input(row, x) + weights.state(row, before) + seen, clip);
                 };
                 for (std::size_t at = 0; at < size; ++at) {
                   const double in = f(gate(at, weights.see(0, at, cell[at])));
                   const double forget = coupled ? 1 - in : f(gate(size + at, weights.see(1, at, cell[at])));
                   const double block = g(gate(2 * size + at, 0));
                   cell[at] = limit(cell[at] * forget + in * block, cell_clip);
                   state[0][at] = h(cell[at]) * f(gate(3 * size + at, weights.see(2, at, cell[at])));
                 }
               });
}

// x [S, B, ...], weight [gates * O, I], recursion [gates * O, O], bias? [gates * O], then `states` states (after the
// peephole of an LSTM) [1, B, O, 1 ...].
std::vector<Dims> infer(const OperationView& operation, std::span<const Dims> inputs, std::int64_t gates,
                        std::size_t states, bool peephole) {
  const std::size_t first_state = peephole ? 5 : 4;
  const bool recursion_bias = operation.type() == "gru" && inputs.size() > first_state + states;
  check_inputs(operation, 3, first_state + states + (recursion_bias ? 1 : 0));
  check_rank(operation, inputs[0], 3);
  if (inputs[1].size() != 2 || inputs[1][0] % gates != 0) {
    operation.fail("the weight can't have shape " + to_text(inputs[1]) + " with " + std::to_string(gates) + " gates");
  }
  const std::int64_t size = inputs[1][0] / gates;
  const std::int64_t width = element_count(std::span(inputs[0]).subspan(2));
  check_shape(operation, "the weight", inputs[1], Dims{gates * size, width});
  check_shape(operation, "the recursion", inputs[2], Dims{gates * size, size});
  if (operation.has_input(3)) check_shape(operation, "the bias", inputs[3], Dims{gates * size});
  if (peephole && operation.has_input(4)) check_shape(operation, "the peephole", inputs[4], Dims{3 * size});
  Dims state(inputs[0].size(), 1);
  state[1] = inputs[0][1];
  state[2] = size;
  for (std::size_t index = first_state; index < std::min(inputs.size(), first_state + states); ++index) {
    if (operation.has_input(index)) check_shape(operation, "a state", inputs[index], state);
  }
  if (recursion_bias) check_shape(operation, "the recursion's bias", inputs.back(), Dims{gates * size});
  if (!(operation.number("clip") >= 0)) operation.fail("clip must not be negative");
  std::vector<Dims> outputs(states + 1, state);
  if (operation.integer("sequence_output", 0) != 0) outputs[0][0] = inputs[0][0];
  return outputs;
}

std::vector<Dims> infer_simple(const OperationView& operation, std::span<const Dims> inputs) {
  const Activation checked(operation, "f");
  return infer(operation, inputs, 1, 1, false);
}

std::vector<Dims> infer_gru(const OperationView& operation, std::span<const Dims> inputs) {
  for (const char* name : {"f", "g"}) const Activation checked(operation, name);
  operation.integer("reset_after", 0);
  return infer(operation, inputs, 3, 1, false);
}

std::vector<Dims> infer_lstm(const OperationView& operation, std::span<const Dims> inputs) {
  for (const char* name : {"f", "g", "h"}) const Activation checked(operation, name);
  if (!(operation.number("cell_clip") >= 0)) operation.fail("cell_clip must not be negative");
  return infer(operation, inputs, 4, 2, true);
}

constexpr std::array list = {Kernel{"gru", infer_gru, run_gru}, Kernel{"lstm", infer_lstm, run_lstm},
                             Kernel{"simple_recurrent", infer_simple, run_simple}};

}  // namespace

std::span<const Kernel> recurrent_kernels() { return list; }

}  // namespace goldilocks::graph
