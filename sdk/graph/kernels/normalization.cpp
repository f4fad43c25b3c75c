// normalize, local_response_normalization and softmax. Each looks at several values to scale one; sums are float64.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

// The input's shape with the axes that the statistics run over reduced to 1.
Dims statistics_shape(const OperationView& operation, std::span<const std::int64_t> dims) {
  Dims shape(dims.begin(), dims.end());
  for (const std::int64_t axis : operation.integers("axes")) shape[resolve_axis(operation, axis, dims.size())] = 1;
  return shape;
}

// Mean first, then the variance as the mean square of the differences: what is large and nearly constant loses nothing.
void run_normalize(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const float> x = inputs[0].values;
  const std::span<const std::int64_t> dims = inputs[0].dims;
  const Dims shape = statistics_shape(operation, dims);
  const auto groups = static_cast<std::size_t>(element_count(shape));
  const std::size_t members = x.size() / groups;
  const auto count = static_cast<double>(members);
  std::vector<double> mean(groups, 0.0);
  std::vector<double> factor(groups, 0.0);
  for_each_broadcast(dims, shape, [&](std::size_t i, std::size_t group) { mean[group] += static_cast<double>(x[i]); });
  for (double& value : mean) value /= count;
  for_each_broadcast(dims, shape, [&](std::size_t i, std::size_t group) {
    const double difference = static_cast<double>(x[i]) - mean[group];
    factor[group] += difference * difference;
  });
  const double epsilon = operation.number("epsilon");
  for (double& value : factor) value = 1 / std::sqrt(value / count + epsilon);

  std::vector<double> result(x.size());
  for_each_broadcast(dims, shape, [&](std::size_t i, std::size_t group) {
    result[i] = (static_cast<double>(x[i]) - mean[group]) * factor[group];
  });
  if (inputs.size() > 1 && inputs[1].present()) {
    for_each_broadcast(dims, inputs[1].dims, [&](std::size_t i, std::size_t parameter) {
      result[i] *= static_cast<double>(inputs[1].values[parameter]);
    });
  }
  if (inputs.size() > 2 && inputs[2].present()) {
    for_each_broadcast(dims, inputs[2].dims, [&](std::size_t i, std::size_t parameter) {
      result[i] += static_cast<double>(inputs[2].values[parameter]);
    });
  }
  std::ranges::transform(result, outputs[0].values.begin(), [](double value) { return static_cast<float>(value); });
}

std::vector<Dims> infer_normalize(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 3);
  statistics_shape(operation, inputs[0]);
  if (!(operation.number("epsilon") >= 0)) operation.fail("epsilon must not be negative");
  return infer_like_first(operation, inputs);
}

void run_local_response_normalization(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> dims = inputs[0].dims;
  const std::int64_t channels = dims[dims.size() - 3];
  const std::int64_t plane = dims[dims.size() - 2] * dims[dims.size() - 1];
  const std::int64_t size = operation.integer("size");
  const double alpha = operation.number("alpha") / static_cast<double>(size);
  const double beta = operation.number("beta");
  const double k = operation.number("k", 1);
  const std::int64_t images = leading_count(dims, 3);
  for (std::int64_t image = 0; image < images; ++image) {
    const float* x = inputs[0].values.data() + image * channels * plane;
    float* y = outputs[0].values.data() + image * channels * plane;
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      const std::int64_t first = std::max<std::int64_t>(0, channel - (size - 1) / 2);
      const std::int64_t last = std::min(channels - 1, channel + size / 2);
      for (std::int64_t pixel = 0; pixel < plane; ++pixel) {
        double squares = 0;
        for (std::int64_t other = first; other <= last; ++other) {
          const auto value = static_cast<double>(x[other * plane + pixel]);
          squares += value * value;
        }
        const auto value = static_cast<double>(x[channel * plane + pixel]);
        y[channel * plane + pixel] = static_cast<float>(value / std::pow(k + alpha * squares, beta));
      }
    }
  }
}

std::vector<Dims> infer_local_response_normalization(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  check_rank(operation, inputs[0], 3);
  const std::int64_t size = operation.integer("size");
  if (size < 1 || size > largest_tensor) operation.fail("size can't be " + std::to_string(size));
  for (const char* name : {"alpha", "beta"}) operation.number(name);
  operation.number("k", 1);
  return {inputs[0]};
}

// The largest value is subtracted first, so that no exponential overflows.
void run_softmax(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> dims = inputs[0].dims;
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), dims.size());
  const auto length = static_cast<std::size_t>(dims[axis]);
  const auto stride = static_cast<std::size_t>(element_count(dims.subspan(axis + 1)));
  const std::size_t blocks = inputs[0].values.size() / (length * stride);
  std::vector<double> powers(length);
  for (std::size_t block = 0; block < blocks; ++block) {
    for (std::size_t inner = 0; inner < stride; ++inner) {
      const float* x = inputs[0].values.data() + block * length * stride + inner;
      float* y = outputs[0].values.data() + block * length * stride + inner;
      double largest = -std::numeric_limits<double>::infinity();
      for (std::size_t i = 0; i < length; ++i) largest = std::max(largest, static_cast<double>(x[i * stride]));
      double sum = 0;
      for (std::size_t i = 0; i < length; ++i) {
        powers[i] = std::exp(static_cast<double>(x[i * stride]) - largest);
        sum += powers[i];
      }
      for (std::size_t i = 0; i < length; ++i) y[i * stride] = static_cast<float>(powers[i] / sum);
    }
  }
}

std::vector<Dims> infer_softmax(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  resolve_axis(operation, operation.integer("axis"), inputs[0].size());
  return {inputs[0]};
}

constexpr std::array list = {
    Kernel{"local_response_normalization", infer_local_response_normalization, run_local_response_normalization},
    Kernel{"normalize", infer_normalize, run_normalize},
    Kernel{"softmax", infer_softmax, run_softmax},
};

}  // namespace

std::span<const Kernel> normalization_kernels() { return list; }

}  // namespace goldilocks::graph
