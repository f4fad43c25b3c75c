#pragma once

// The steps for one width of vectors. `Lanes` gives the vector type and its operations (lanes/avx2.hpp). As with
// winograd/kernel.hpp, whatever is called here must be its own.
#include "lstm.hpp"

namespace goldilocks::onednn::recurrent {

template <class Lanes>
class Kernel {
 public:
  static void run(const Lstm& lstm, const Call& call) {
    const std::int64_t filled = (lstm.cells + width - 1) / width * width;
    auto* hidden = reinterpret_cast<float*>(call.scratch);
    float* next = hidden + filled;
    float* const cell = next + filled;
    for (std::int64_t entry = 0; entry < lstm.batch; ++entry) {
      fill(call.hidden, lstm.cells, entry, filled, hidden);
      fill(call.cell, lstm.cells, entry, filled, cell);
      for (std::int64_t step = 0; step < lstm.steps; ++step) {
        const std::int64_t from = lstm.reverse ? lstm.steps - 1 - step : step;
        run_step(lstm, call, call.inputs + (from * lstm.batch + entry) * gates * filled, filled, hidden, next, cell);
        float* const before = hidden;
        hidden = next;
        next = before;
        if (!lstm.sequence_output && step + 1 < lstm.steps) continue;
        const std::int64_t placed = lstm.reverse && lstm.aligned ? from : step;
        const std::int64_t to = lstm.sequence_output ? placed : 0;
        copy(hidden, lstm.cells, call.outputs + (to * lstm.batch + entry) * lstm.cells);
      }
      copy(hidden, lstm.cells, call.last_hidden + entry * lstm.cells);
      copy(cell, lstm.cells, call.last_cell + entry * lstm.cells);
    }
  }

 private:
  using Vector = typename Lanes::Vector;
  static constexpr std::int64_t width = Lanes::width;

  static void copy(const float* from, std::int64_t count, float* to) {
    for (std::int64_t index = 0; index < count; ++index) to[index] = from[index];
  }

  static void fill(const float* states, std::int64_t cells, std::int64_t entry, std::int64_t filled, float* state) {
    for (std::int64_t index = 0; index < filled; ++index) {
      state[index] = states == nullptr || index >= cells ? 0.0F : states[entry * cells + index];
    }
  }

  // e^x to some 1e-7, for x from -87 to 87: 2^n * e^r with n whole and r at most half of log(2).
  static Vector exponential(Vector x) {
    const Vector n = Lanes::rounded(Lanes::multiply(x, Lanes::all(1.44269504F)));
    Vector r = Lanes::fma(n, Lanes::all(-0.693359375F), x);  // log(2) in two parts, of which the first is short
    r = Lanes::fma(n, Lanes::all(2.12194440e-4F), r);
    Vector sum = Lanes::all(1.0F / 720);
    for (const float coefficient : {1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F}) {
      sum = Lanes::fma(sum, r, Lanes::all(coefficient));
    }
    return Lanes::multiply(sum, Lanes::power_of_two(n));
  }

  static Vector limited(Vector x, Vector most) {
    return Lanes::minimum(Lanes::maximum(x, Lanes::subtract(Lanes::zero(), most)), most);
  }

  static Vector sigmoid(Vector x) {
    const Vector e = exponential(limited(Lanes::subtract(Lanes::zero(), x), Lanes::all(80.0F)));
    return Lanes::divide(Lanes::all(1.0F), Lanes::add(Lanes::all(1.0F), e));
  }

  static Vector tanh(Vector x) {
    const Vector e = exponential(limited(Lanes::add(x, x), Lanes::all(80.0F)));
    return Lanes::subtract(Lanes::all(1.0F), Lanes::divide(Lanes::all(2.0F), Lanes::add(Lanes::all(1.0F), e)));
  }

  static void run_step(const Lstm& lstm, const Call& call, const float* inputs, std::int64_t filled,
                       const float* hidden, float* next, float* cell) {
    const std::int64_t blocks = filled / width;
    for (std::int64_t block = 0; block < blocks; block += 2) {
      if (block + 1 < blocks) {
        run_blocks<2>(lstm, call, inputs, filled, block * width, hidden, next, cell);
      } else {
        run_blocks<1>(lstm, call, inputs, filled, block * width, hidden, next, cell);
      }
    }
  }

  // The cells of some blocks, from `first` on.
  template <int Blocks>
  static void run_blocks(const Lstm& lstm, const Call& call, const float* inputs, std::int64_t filled,
                         std::int64_t first, const float* hidden, float* next, float* cell) {
    Vector sums[gates][Blocks];
    for (std::int64_t gate = 0; gate < gates; ++gate) {
      for (int block = 0; block < Blocks; ++block) {
        sums[gate][block] = Lanes::load(inputs + gate * filled + first + block * width);
      }
    }
    const float* weights = call.recursion + first * gates * lstm.cells;
    for (std::int64_t before = 0; before < lstm.cells; ++before) {
      const Vector value = Lanes::all(hidden[before]);
      for (auto& row : sums) {
        for (Vector& sum : row) {
          sum = Lanes::fma(Lanes::load(weights), value, sum);
          weights += width;
        }
      }
    }
    for (int block = 0; block < Blocks; ++block) {
      const Gates of_block{sums[0][block], sums[1][block], sums[2][block], sums[3][block]};
      const std::int64_t at = first + block * width;
      update(lstm, of_block, call.peephole == nullptr ? nullptr : call.peephole + at, filled, cell + at, next + at);
    }
  }

  struct Gates {
    Vector input, forget, block, output;  // sums
  };

  static void update(const Lstm& lstm, const Gates& sums, const float* peephole, std::int64_t filled, float* cell,
                     float* hidden) {
    const Vector clip = Lanes::all(lstm.clip);
    const auto seen = [&](Vector sum, std::int64_t gate, Vector state) {
      const Vector whole = peephole == nullptr ? sum : Lanes::fma(Lanes::load(peephole + gate * filled), state, sum);
      return sigmoid(limited(whole, clip));
    };
    const Vector before = Lanes::load(cell);
    const Vector input = seen(sums.input, 0, before);
    const Vector forget = lstm.coupled ? Lanes::subtract(Lanes::all(1.0F), input) : seen(sums.forget, 1, before);
    const Vector block = tanh(limited(sums.block, clip));
    const Vector state = limited(Lanes::fma(forget, before, Lanes::multiply(input, block)), Lanes::all(lstm.cell_clip));
    Lanes::store(cell, state);
    Lanes::store(hidden, Lanes::multiply(tanh(state), seen(sums.output, 2, state)));
  }
};

}  // namespace goldilocks::onednn::recurrent
