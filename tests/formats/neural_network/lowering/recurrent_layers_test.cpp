// Recurrent layers against a plain implementation of the format's equations, written for these tests alone: one vector
// at a time, gates by name; and each parameter in a case by eye.
#include <algorithm>
#include <cmath>
#include <map>

#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Vector = std::vector<double>;
using Vectors = std::vector<Vector>;

std::vector<float> random_values(std::mt19937& random, std::size_t count) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  std::ranges::generate(values, [&] { return uniform(random); });
  return values;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double clip(double x, double most) { return std::min(std::max(x, -most), most); }

// One gate: what the format stores for it.
struct Gate {
  std::vector<float> weight, recursion, bias, peephole;

  // W x + R h + p * c + b for the element `row`.
  double sum(std::size_t row, const Vector& x, const Vector& h, double c) const {
    double total = bias.empty() ? 0.0 : static_cast<double>(bias[row]);
    for (std::size_t k = 0; k < x.size(); ++k) total += static_cast<double>(weight[row * x.size() + k]) * x[k];
    for (std::size_t k = 0; k < h.size(); ++k) total += static_cast<double>(recursion[row * h.size() + k]) * h[k];
    if (!peephole.empty()) total += static_cast<double>(peephole[row]) * c;
    return clip(total, 50);
  }
};

struct LstmCase {
  std::size_t in = 2, out = 3, steps = 4, batch = 2;
  std::map<char, Gate> gates;  // i f z o
  bool forget_bias = false, coupled = false;
  double cell_clip = 50;

  LstmCase(std::mt19937& random, bool bias, bool peephole) {
    in = static_cast<std::size_t>(between(random, 1, 4));
    out = static_cast<std::size_t>(between(random, 1, 4));
    steps = static_cast<std::size_t>(between(random, 1, 5));
    batch = static_cast<std::size_t>(between(random, 1, 3));
    for (const char name : {'i', 'f', 'z', 'o'}) {
      gates[name] = {random_values(random, in * out), random_values(random, out * out),
                     bias ? random_values(random, out) : std::vector<float>(),
                     peephole && name != 'z' ? random_values(random, out) : std::vector<float>()};
    }
  }

  // The outputs of every step, in the order of computing; h and c are brought on.
  Vectors run(const Vectors& sequence, Vector& h, Vector& c) const {
    Vectors outputs;
    for (const Vector& x : sequence) {
      Vector next(out);
      for (std::size_t at = 0; at < out; ++at) {
        const double i = sigmoid(gates.at('i').sum(at, x, h, c[at]));
        const double added = forget_bias ? 1.0 : 0.0;
        Gate forget = gates.at('f');
        if (forget.bias.empty()) forget.bias.assign(out, 0);
        for (float& value : forget.bias) value += static_cast<float>(added);
        const double f = coupled ? 1 - i : sigmoid(forget.sum(at, x, h, c[at]));
        const double z = std::tanh(gates.at('z').sum(at, x, h, 0));
        c[at] = clip(c[at] * f + i * z, cell_clip);
        next[at] = std::tanh(c[at]) * sigmoid(gates.at('o').sum(at, x, h, c[at]));
      }
      h = next;
      outputs.push_back(h);
    }
    return outputs;
  }

  void fill(spec::LSTMWeightParams& params, spec::LSTMParams& flags) const {
    set_weights(*params.mutable_inputgateweightmatrix(), gates.at('i').weight);
    set_weights(*params.mutable_forgetgateweightmatrix(), gates.at('f').weight);
    set_weights(*params.mutable_blockinputweightmatrix(), gates.at('z').weight);
    set_weights(*params.mutable_outputgateweightmatrix(), gates.at('o').weight);
    set_weights(*params.mutable_inputgaterecursionmatrix(), gates.at('i').recursion);
    set_weights(*params.mutable_forgetgaterecursionmatrix(), gates.at('f').recursion);
    set_weights(*params.mutable_blockinputrecursionmatrix(), gates.at('z').recursion);
    set_weights(*params.mutable_outputgaterecursionmatrix(), gates.at('o').recursion);
    set_weights(*params.mutable_inputgatebiasvector(), gates.at('i').bias);
    set_weights(*params.mutable_forgetgatebiasvector(), gates.at('f').bias);
    set_weights(*params.mutable_blockinputbiasvector(), gates.at('z').bias);
    set_weights(*params.mutable_outputgatebiasvector(), gates.at('o').bias);
    set_weights(*params.mutable_inputgatepeepholevector(), gates.at('i').peephole);
    set_weights(*params.mutable_forgetgatepeepholevector(), gates.at('f').peephole);
    set_weights(*params.mutable_outputgatepeepholevector(), gates.at('o').peephole);
    flags.set_hasbiasvectors(!gates.at('i').bias.empty());
    flags.set_haspeepholevectors(!gates.at('i').peephole.empty());
    flags.set_forgetbias(forget_bias);
    flags.set_coupledinputandforgetgate(coupled);
    if (cell_clip != 50) flags.set_cellclipthreshold(static_cast<float>(cell_clip));
  }
};

// The sequence of one entry of the batch.
Vectors sequence_of(const TestTensor& x, std::size_t entry) {
  const auto batch = static_cast<std::size_t>(x.dims[1]), width = static_cast<std::size_t>(x.dims[2]);
  Vectors sequence;
  for (std::size_t step = 0; step < static_cast<std::size_t>(x.dims[0]); ++step) {
    const auto first = x.values.begin() + static_cast<std::ptrdiff_t>((step * batch + entry) * width);
    sequence.emplace_back(first, first + static_cast<std::ptrdiff_t>(width));
  }
  return sequence;
}

// [steps, batch, width, 1, 1] from what each entry of the batch gave.
TestTensor to_tensor(const std::vector<Vectors>& entries) {
  const std::size_t steps = entries[0].size(), width = entries[0][0].size();
  TestTensor tensor{{static_cast<std::int64_t>(steps), static_cast<std::int64_t>(entries.size()),
                     static_cast<std::int64_t>(width), 1, 1},
                    {}};
  for (std::size_t step = 0; step < steps; ++step) {
    for (const Vectors& entry : entries) {
      for (const double value : entry[step]) tensor.values.push_back(static_cast<float>(value));
    }
  }
  return tensor;
}

Dims dims5(std::size_t steps, std::size_t batch, std::size_t width) {
  return {static_cast<std::int64_t>(steps), static_cast<std::int64_t>(batch), static_cast<std::int64_t>(width), 1, 1};
}

std::vector<TestTensor> run_with_outputs(const std::vector<TestTensor>& inputs, const ModelBuilder::FillLayer& fill,
                                         int outputs) {
  std::vector<Dims> shapes;
  std::vector<std::vector<float>> values;
  for (const TestTensor& input : inputs) {
    shapes.push_back(input.dims);
    values.push_back(input.values);
  }
  return run_network(one_layer(shapes, fill, outputs), values);
}

template <class Functions>
void add_usual(Functions& functions) {
  functions.Add()->mutable_sigmoid();
  functions.Add()->mutable_tanh();
  functions.Add()->mutable_tanh();
}

TEST(UniDirectionalLstmLayer, FollowsTheEquationsWithEachFlag) {
  for (unsigned seed = 0; seed < 64; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    LstmCase lstm(random, (seed & 1U) != 0, (seed & 2U) != 0);
    lstm.forget_bias = (seed & 4U) != 0;
    lstm.coupled = (seed & 8U) != 0;
    if ((seed & 16U) != 0) lstm.cell_clip = 0.125;
    const bool reverse = (seed & 32U) != 0, whole = between(random, 0, 1) == 1, states = between(random, 0, 1) == 1;
    const TestTensor x = random_tensor(random, dims5(lstm.steps, lstm.batch, lstm.in), -2, 2);
    std::vector<TestTensor> inputs = {x};
    if (states) {
      for (int state = 0; state < 2; ++state) {
        inputs.push_back(random_tensor(random, dims5(1, lstm.batch, lstm.out), -1, 1));
      }
    }
    std::vector<Vectors> y, h, c;
    for (std::size_t entry = 0; entry < lstm.batch; ++entry) {
      Vectors sequence = sequence_of(x, entry);
      if (reverse) std::ranges::reverse(sequence);
      Vector hidden(lstm.out, 0.0), cell(lstm.out, 0.0);
      if (states) {
        hidden = sequence_of(inputs[1], entry)[0];
        cell = sequence_of(inputs[2], entry)[0];
      }
      const Vectors outputs = lstm.run(sequence, hidden, cell);
      y.push_back(whole ? outputs : Vectors{outputs.back()});
      h.push_back({hidden});
      c.push_back({cell});
    }
    const std::vector<TestTensor> results = run_with_outputs(
        inputs,
        [&](Layer& layer) {
          auto& params = *layer.mutable_unidirectionallstm();
          params.set_inputvectorsize(lstm.in);
          params.set_outputvectorsize(lstm.out);
          params.set_reverseinput(reverse);
          params.mutable_params()->set_sequenceoutput(whole);
          add_usual(*params.mutable_activations());
          lstm.fill(*params.mutable_weightparams(), *params.mutable_params());
        },
        3);
    expect_near(results[0], to_tensor(y));
    expect_near(results[1], to_tensor(h));
    expect_near(results[2], to_tensor(c));
  }
}

TEST(BiDirectionalLstmLayer, PutsBothDirectionsOfAStepSideBySide) {
  for (unsigned seed = 0; seed < 16; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const LstmCase forward(random, true, true);
    LstmCase backward(random, true, true);
    backward.in = forward.in;
    backward.out = forward.out;
    for (auto& [name, gate] : backward.gates) {
      gate = {random_values(random, forward.in * forward.out), random_values(random, forward.out * forward.out),
              random_values(random, forward.out),
              name == 'z' ? std::vector<float>() : random_values(random, forward.out)};
    }
    const bool whole = seed % 2 == 1;
    std::vector<TestTensor> inputs = {random_tensor(random, dims5(forward.steps, forward.batch, forward.in), -2, 2)};
    for (int state = 0; state < 4; ++state) {
      inputs.push_back(random_tensor(random, dims5(1, forward.batch, forward.out), -1, 1));
    }
    std::vector<Vectors> y;
    std::vector<std::vector<Vectors>> states(4);
    for (std::size_t entry = 0; entry < forward.batch; ++entry) {
      std::vector<Vector> state;
      for (std::size_t index = 1; index < inputs.size(); ++index) state.push_back(sequence_of(inputs[index], entry)[0]);
      Vectors sequence = sequence_of(inputs[0], entry);
      const Vectors ahead = forward.run(sequence, state[0], state[1]);
      std::ranges::reverse(sequence);
      Vectors back = backward.run(sequence, state[2], state[3]);
      Vectors both;
      if (whole) {
        std::ranges::reverse(back);
        both = ahead;
        for (std::size_t step = 0; step < both.size(); ++step) {
          both[step].insert(both[step].end(), back[step].begin(), back[step].end());
        }
      } else {
        both = {ahead.back()};
        both[0].insert(both[0].end(), back.back().begin(), back.back().end());
      }
      y.push_back(both);
      for (std::size_t index = 0; index < 4; ++index) states[index].push_back({state[index]});
    }
    const auto fill = [&](Layer& layer) {
      auto& params = *layer.mutable_bidirectionallstm();
      params.set_inputvectorsize(forward.in);
      params.set_outputvectorsize(forward.out);
      params.mutable_params()->set_sequenceoutput(whole);
      add_usual(*params.mutable_activationsforwardlstm());
      add_usual(*params.mutable_activationsbackwardlstm());
      forward.fill(*params.add_weightparams(), *params.mutable_params());
      backward.fill(*params.add_weightparams(), *params.mutable_params());
    };
    const std::vector<TestTensor> results = run_with_outputs(inputs, fill, 5);
    expect_near(results[0], to_tensor(y));
    for (std::size_t index = 0; index < 4; ++index) expect_near(results[index + 1], to_tensor(states[index]));
    expect_near(run_with_outputs(inputs, fill, 1)[0], to_tensor(y));
  }
}

TEST(GruLayer, FollowsTheEquations) {
  for (unsigned seed = 0; seed < 32; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const LstmCase sizes(random, true, false);
    std::map<char, Gate> gates = {{'z', sizes.gates.at('z')}, {'r', sizes.gates.at('f')}, {'o', sizes.gates.at('o')}};
    const bool bias = (seed & 1U) != 0, whole = (seed & 2U) != 0, reverse = (seed & 4U) != 0, state = (seed & 8U) != 0;
    if (!bias) {
      for (auto& [name, gate] : gates) gate.bias.clear();
    }
    std::vector<TestTensor> inputs = {random_tensor(random, dims5(sizes.steps, sizes.batch, sizes.in), -2, 2)};
    if (state) inputs.push_back(random_tensor(random, dims5(1, sizes.batch, sizes.out), -1, 1));
    std::vector<Vectors> y, last;
    for (std::size_t entry = 0; entry < sizes.batch; ++entry) {
      Vector h = state ? sequence_of(inputs[1], entry)[0] : Vector(sizes.out, 0.0);
      Vectors sequence = sequence_of(inputs[0], entry), outputs;
      if (reverse) std::ranges::reverse(sequence);
      for (const Vector& x : sequence) {
        Vector kept(sizes.out), next(sizes.out);
        for (std::size_t at = 0; at < sizes.out; ++at) kept[at] = sigmoid(gates['r'].sum(at, x, h, 0)) * h[at];
        for (std::size_t at = 0; at < sizes.out; ++at) {
          const double z = sigmoid(gates['z'].sum(at, x, h, 0));
          next[at] = (1 - z) * std::tanh(gates['o'].sum(at, x, kept, 0)) + z * h[at];
        }
        h = next;
        outputs.push_back(h);
      }
      y.push_back(whole ? outputs : Vectors{outputs.back()});
      last.push_back({h});
    }
    const std::vector<TestTensor> results = run_with_outputs(
        inputs,
        [&](Layer& layer) {
          auto& params = *layer.mutable_gru();
          params.set_inputvectorsize(sizes.in);
          params.set_outputvectorsize(sizes.out);
          params.set_hasbiasvectors(bias);
          params.set_sequenceoutput(whole);
          params.set_reverseinput(reverse);
          params.add_activations()->mutable_sigmoid();
          params.add_activations()->mutable_tanh();
          set_weights(*params.mutable_updategateweightmatrix(), gates['z'].weight);
          set_weights(*params.mutable_resetgateweightmatrix(), gates['r'].weight);
          set_weights(*params.mutable_outputgateweightmatrix(), gates['o'].weight);
          set_weights(*params.mutable_updategaterecursionmatrix(), gates['z'].recursion);
          set_weights(*params.mutable_resetgaterecursionmatrix(), gates['r'].recursion);
          set_weights(*params.mutable_outputgaterecursionmatrix(), gates['o'].recursion);
          set_weights(*params.mutable_updategatebiasvector(), gates['z'].bias);
          set_weights(*params.mutable_resetgatebiasvector(), gates['r'].bias);
          set_weights(*params.mutable_outputgatebiasvector(), gates['o'].bias);
        },
        2);
    expect_near(results[0], to_tensor(y));
    expect_near(results[1], to_tensor(last));
  }
}

// h' = f(2 x + h / 2 + 1) for one number.
void simple(Layer& layer, const std::function<void(spec::ActivationParams&)>& function, bool whole = true,
            bool reverse = false, bool bias = true) {
  auto& params = *layer.mutable_simplerecurrent();
  params.set_inputvectorsize(1);
  params.set_outputvectorsize(1);
  params.set_sequenceoutput(whole);
  params.set_reverseinput(reverse);
  params.set_hasbiasvector(bias);
  function(*params.mutable_activation());
  set_weights(*params.mutable_weightmatrix(), {2});
  set_weights(*params.mutable_recursionmatrix(), {0.5F});
  set_weights(*params.mutable_biasvector(), {1});
}

const auto no_change = [](spec::ActivationParams& function) { function.mutable_linear(); };

TEST(SimpleRecurrentLayer, ByEye) {
  const TestTensor x{{3, 1, 1, 1, 1}, {1, 2, 4}};
  const TestTensor h{{1, 1, 1, 1, 1}, {8}};
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { simple(layer, no_change); }).values,
            (std::vector<float>{3, 6.5F, 12.25F}));
  EXPECT_EQ(run_layer({x, h}, [](Layer& layer) { simple(layer, no_change); }).values,
            (std::vector<float>{7, 8.5F, 13.25F}));
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { simple(layer, no_change, false); }),
            (TestTensor{{1, 1, 1, 1, 1}, {12.25F}}));
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { simple(layer, no_change, true, false, false); }).values,
            (std::vector<float>{2, 5, 10.5F}));
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { simple(layer, no_change, true, true); }).values,
            (std::vector<float>{9, 9.5F, 7.75F}))
      << "from the end, in the order of computing";
  EXPECT_EQ(run_network(one_layer(
                            {x.dims}, [](Layer& layer) { simple(layer, no_change); }, 2),
                        {x.values})[1],
            (TestTensor{{1, 1, 1, 1, 1}, {12.25F}}));
  EXPECT_EQ(run_layer({{{1, 1, 1, 1, 1}, {100}}}, [](Layer& layer) { simple(layer, no_change); }).values,
            (std::vector<float>{50}));
}

TEST(SimpleRecurrentLayer, TakesEachFunction) {
  const auto of = [](float x, const std::function<void(spec::ActivationParams&)>& function) {
    return run_layer({{{1, 1, 1, 1, 1}, {x}}}, [&](Layer& layer) { simple(layer, function); }).values[0];
  };
  const float sum = 2 * 0.25F + 1;
  EXPECT_FLOAT_EQ(of(0.25F, [](auto& f) { f.mutable_sigmoid(); }), static_cast<float>(sigmoid(1.5)));
  EXPECT_FLOAT_EQ(of(0.25F, [](auto& f) { f.mutable_tanh(); }), std::tanh(sum));
  EXPECT_FLOAT_EQ(of(-1, [](auto& f) { f.mutable_relu(); }), 0);
  EXPECT_FLOAT_EQ(of(0.25F, [](auto& f) { f.mutable_relu(); }), sum);
  EXPECT_FLOAT_EQ(of(0.25F, [](auto& f) { f.mutable_scaledtanh(); }), 1.7159F * std::tanh(1.0F));
  EXPECT_FLOAT_EQ(of(0.25F, [](auto& f) { f.mutable_scaledtanh()->set_alpha(2); }), 0) << "as stored: beta is 0";
  EXPECT_FLOAT_EQ(of(0.25F, [](auto& f) { f.mutable_sigmoidhard(); }), 0.8F);
  EXPECT_FLOAT_EQ(of(9, [](auto& f) { f.mutable_sigmoidhard(); }), 1);
  EXPECT_FLOAT_EQ(of(0.25F,
                     [](auto& f) {
                       f.mutable_linear()->set_alpha(3);
                       f.mutable_linear()->set_beta(1);
                     }),
                  5.5F);
}

TEST(RecurrentLayers, RefuseWhatDoesNotFit) {
  const auto error = [](const std::vector<Dims>& shapes, const std::function<void(Layer&)>& change) {
    return layer_error(shapes, [&](Layer& layer) {
      simple(layer, no_change);
      change(layer);
    });
  };
  const Dims one = {1, 1, 1, 1, 1};
  EXPECT_EQ(error({one}, [](Layer&) {}), "");
  EXPECT_THAT(error({{1, 1, 2, 1, 1}}, [](Layer&) {}),
              HasSubstr("layer 'the layer' (simpleRecurrent): the weight has shape [1, 1] instead of [1, 2]"));
  EXPECT_THAT(error({{1, 1, 1}}, [](Layer&) {}), HasSubstr("a rank of 5 is needed"));
  EXPECT_THAT(error({one, {1, 1, 2, 1, 1}}, [](Layer&) {}), HasSubstr("a state has shape"));
  EXPECT_THAT(error({one}, [](Layer& layer) { layer.mutable_simplerecurrent()->mutable_activation()->mutable_elu(); }),
              HasSubstr("none that recurrent layers take"));
  EXPECT_THAT(error({one}, [](Layer& layer) { layer.mutable_simplerecurrent()->set_outputvectorsize(0); }),
              HasSubstr("must not be 0"));
  EXPECT_THAT(error({one}, [](Layer& layer) { layer.mutable_gru()->set_inputvectorsize(1); }),
              HasSubstr("must not be 0"));
}

}  // namespace
}  // namespace goldilocks::testing
