// random_normal, random_uniform, random_bernoulli and random_categorical: numbers by chance, but the same ones for the
// same seed, shape and draw (philox.hpp), whichever backend runs them and however the work is cut up.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/philox.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

// Shapes
// ---------------------------------------------------------------------------------------------------------------

// The shape is an attribute, x's own, or what x's values say.
Dims stated_shape(const OperationView& operation) {
  const std::span<const std::int64_t> shape = operation.integers("shape");
  for (const std::int64_t size : shape) {
    if (size < 1 || size > largest_tensor) operation.fail("its shape can't be " + to_text(shape));
  }
  return {shape.begin(), shape.end()};
}

bool reads_shape(const OperationView& operation) {
  const std::string_view source = operation.text("shape_from", "input");
  check_choice(operation, "shape_from", source, {"input", "values"});
  return operation.has_input(0) && source == "values";
}

std::vector<Dims> infer_random(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 0, 1);
  operation.integer("seed");
  if (!operation.has_input(0)) return {stated_shape(operation)};
  if (!reads_shape(operation)) return {inputs[0]};
  if (inputs[0].size() != 1) operation.fail("a shape must be a vector, not of shape " + to_text(inputs[0]));
  constexpr std::int64_t most_dimensions = 32;
  if (inputs[0][0] > most_dimensions) operation.fail("a shape can't have " + std::to_string(inputs[0][0]) + " sizes");
  return {Dims(static_cast<std::size_t>(inputs[0][0]), -1)};
}

std::vector<Dims> random_shape(const OperationView& operation, Inputs inputs) {
  if (!operation.has_input(0)) return {stated_shape(operation)};
  if (!reads_shape(operation)) return {{inputs[0].dims.begin(), inputs[0].dims.end()}};
  Dims shape;
  for (const float value : inputs[0].values) {
    const double size = std::trunc(static_cast<double>(value));
    if (!(size >= 1 && size <= static_cast<double>(largest_tensor))) {
      operation.fail("a size can't be " + std::to_string(value));
    }
    shape.push_back(static_cast<std::int64_t>(size));
  }
  return {shape};
}

// Distributions
// --------------------------------------------------------------------------------------------------------

RandomWords words_of(const OperationView& operation, std::uint64_t draw) { return {operation.integer("seed"), draw}; }

void draw_uniform(const OperationView& operation, Inputs, Outputs outputs, std::uint64_t draw) {
  RandomWords words = words_of(operation, draw);
  const double low = operation.number("minimum");
  const double width = operation.number("maximum") - low;
  std::uint64_t index = 0;
  for (float& value : outputs[0].values) value = static_cast<float>(low + width * words.unit(index++));
}

std::vector<Dims> infer_uniform(const OperationView& operation, std::span<const Dims> inputs) {
  if (!(operation.number("minimum") <= operation.number("maximum"))) operation.fail("minimum must not exceed maximum");
  return infer_random(operation, inputs);
}

// By Box and Muller: two words give two values. The first word is taken from the other end, so that no logarithm of 0
// comes up.
void draw_normal(const OperationView& operation, Inputs, Outputs outputs, std::uint64_t draw) {
  RandomWords words = words_of(operation, draw);
  const double mean = operation.number("mean");
  const double deviation = operation.number("deviation");
  const std::span<float> values = outputs[0].values;
  for (std::size_t index = 0; index < values.size(); index += 2) {
    const double radius = std::sqrt(-2 * std::log(1 - words.unit(index)));
    const double angle = 2 * std::numbers::pi * words.unit(index + 1);
    values[index] = static_cast<float>(mean + deviation * radius * std::cos(angle));
    if (index + 1 < values.size()) {
      values[index + 1] = static_cast<float>(mean + deviation * radius * std::sin(angle));
    }
  }
}

std::vector<Dims> infer_normal(const OperationView& operation, std::span<const Dims> inputs) {
  operation.number("mean");
  operation.number("deviation");
  return infer_random(operation, inputs);
}

void draw_bernoulli(const OperationView& operation, Inputs, Outputs outputs, std::uint64_t draw) {
  RandomWords words = words_of(operation, draw);
  const double probability = operation.number("probability");
  std::uint64_t index = 0;
  for (float& value : outputs[0].values) value = words.unit(index++) < probability ? 1.0F : 0.0F;
}

std::vector<Dims> infer_bernoulli(const OperationView& operation, std::span<const Dims> inputs) {
  const double probability = operation.number("probability");
  if (!(probability >= 0 && probability <= 1)) operation.fail("probability must be between 0 and 1");
  return infer_random(operation, inputs);
}

// Running sums of e^(logit / temperature), of a row whose largest logit is subtracted first, so that none overflows.
void weigh(const OperationView& operation, std::span<const float> row, std::vector<double>& sums) {
  const bool logits = operation.integer("logits", 0) != 0;
  const double temperature = operation.number("temperature", 1);
  const double epsilon = operation.number("epsilon", 0);
  for (std::size_t index = 0; index < row.size(); ++index) {
    const auto value = static_cast<double>(row[index]);
    sums[index] = (logits ? value : std::log(value + epsilon)) / temperature;
  }
  const double largest = *std::ranges::max_element(sums);
  double sum = 0;
  for (double& entry : sums) {
    sum += std::exp(entry - largest);
    entry = sum;
  }
  if (!(sum > 0 && std::isfinite(sum))) operation.fail("its input has a row that is no distribution");
}

void draw_categorical(const OperationView& operation, Inputs inputs, Outputs outputs, std::uint64_t draw) {
  RandomWords words = words_of(operation, draw);
  const auto classes = static_cast<std::size_t>(inputs[0].dims.back());
  const auto samples = static_cast<std::size_t>(outputs[0].dims.back());
  std::vector<double> sums(classes);
  for (std::size_t row = 0; row * classes < inputs[0].values.size(); ++row) {
    weigh(operation, inputs[0].values.subspan(row * classes, classes), sums);
    for (std::size_t sample = row * samples; sample < (row + 1) * samples; ++sample) {
      const auto chosen = std::ranges::upper_bound(sums, words.unit(sample) * sums.back());
      outputs[0].values[sample] =
          static_cast<float>(std::min<std::ptrdiff_t>(chosen - sums.begin(), static_cast<std::ptrdiff_t>(classes) - 1));
    }
  }
}

std::vector<Dims> infer_categorical(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  check_rank(operation, inputs[0], 1);
  operation.integer("seed");
  operation.integer("logits", 0);
  if (!(operation.number("temperature", 1) > 0)) operation.fail("temperature must be above 0");
  if (!(operation.number("epsilon", 0) >= 0)) operation.fail("epsilon must not be negative");
  const std::int64_t samples = operation.integer("samples");
  if (samples < 1 || samples > largest_tensor) operation.fail("samples can't be " + std::to_string(samples));
  Dims out = inputs[0];
  out.back() = samples;
  return {out};
}

using Draw = void (*)(const OperationView&, Inputs, Outputs, std::uint64_t);

template <Draw draw>
void run(const OperationView& operation, Inputs inputs, Outputs outputs) {
  draw(operation, inputs, outputs, 0);
}

constexpr std::array list = {
    Kernel{"random_bernoulli", infer_bernoulli, run<draw_bernoulli>, random_shape, draw_bernoulli},
    Kernel{"random_categorical", infer_categorical, run<draw_categorical>, nullptr, draw_categorical},
    Kernel{"random_normal", infer_normal, run<draw_normal>, random_shape, draw_normal},
    Kernel{"random_uniform", infer_uniform, run<draw_uniform>, random_shape, draw_uniform},
};

}  // namespace

std::span<const Kernel> random_kernels() { return list; }

}  // namespace goldilocks::graph
