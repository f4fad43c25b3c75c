// Operations on two tensors that are broadcast to one another: arithmetic of exactly two, comparisons, logic; and
// where, the choice between two by a third. Computed in float64 and rounded once. Truth is 1 and 0; every number but 0
// is true.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"
#include "kernels/takes.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

// The input's values, repeated to the output's shape.
std::vector<double> broadcast_values(const TensorView& input, std::span<const std::int64_t> out) {
  std::vector<double> values(static_cast<std::size_t>(element_count(out)));
  const auto repeat = [&](const auto& from) {
    for_each_broadcast(out, input.dims, [&](std::size_t element, std::size_t source) {
      values[element] = static_cast<double>(from[source]);
    });
  };
  if (input.type == GLK_FLOAT32) {
    repeat(input.values);
  } else {
    repeat(numbers_of(input));
  }
  return values;
}

template <double (*function)(double, double)>
void run_pair(const OperationView&, Inputs inputs, Outputs outputs) {
  std::vector<double> left = broadcast_values(inputs[0], outputs[0].dims);
  if (inputs[1].type != GLK_FLOAT32 || outputs[0].type != GLK_FLOAT32) {
    const std::vector<double> right = broadcast_values(inputs[1], outputs[0].dims);
    std::ranges::transform(left, right, left.begin(), function);
    return store_numbers(left, outputs[0]);
  }
  for_each_broadcast(outputs[0].dims, inputs[1].dims, [&](std::size_t element, std::size_t source) {
    outputs[0].values[element] =
        static_cast<float>(function(left[element], static_cast<double>(inputs[1].values[source])));
  });
}

double subtract(double x, double y) { return x - y; }
double divide(double x, double y) { return x / y; }
double floor_divide(double x, double y) { return std::floor(x / y); }

// The remainder of floor_divide; a remainder of 0 has the divisor's sign, too.
double modulo(double x, double y) {
  const double remainder = std::fmod(x, y);
  if (remainder == 0) return std::copysign(0.0, y);
  return (remainder < 0) != (y < 0) ? remainder + y : remainder;
}

double equal(double x, double y) { return x == y ? 1 : 0; }
double not_equal(double x, double y) { return x != y ? 1 : 0; }
double less(double x, double y) { return x < y ? 1 : 0; }
double less_equal(double x, double y) { return x <= y ? 1 : 0; }
double greater(double x, double y) { return x > y ? 1 : 0; }
double greater_equal(double x, double y) { return x >= y ? 1 : 0; }
double logical_and(double x, double y) { return x != 0 && y != 0 ? 1 : 0; }
double logical_or(double x, double y) { return x != 0 || y != 0 ? 1 : 0; }
double logical_xor(double x, double y) { return (x != 0) != (y != 0) ? 1 : 0; }

// Where each row (along the last axis) of the output finds its values in an operand, and how far apart they are there.
struct Rows {
  std::vector<std::size_t> starts;
  std::size_t step = 0;

  Rows(std::span<const std::int64_t> out, std::span<const std::int64_t> operand) {
    const std::span<const std::int64_t> outer = out.empty() ? out : out.first(out.size() - 1);
    const std::int64_t last = operand.empty() ? 1 : operand.back();
    step = last == 1 ? 0 : 1;
    starts.resize(static_cast<std::size_t>(element_count(outer)));
    for_each_broadcast(
        outer, operand.empty() ? operand : operand.first(operand.size() - 1),
        [&](std::size_t row, std::size_t source) { starts[row] = source * static_cast<std::size_t>(last); });
  }
};

template <class Condition, class Element>
void choose(Inputs inputs, const MutableTensorView& output) {
  const Rows by_condition(output.dims, inputs[0].dims), first(output.dims, inputs[1].dims),
      second(output.dims, inputs[2].dims);
  const auto length = static_cast<std::size_t>(output.dims.empty() ? 1 : output.dims.back());
  const auto conditions = inputs[0].elements<Condition>();
  const auto left = inputs[1].elements<Element>(), right = inputs[2].elements<Element>();
  Element* out = output.elements<Element>().data();
  for (std::size_t row = 0; row < first.starts.size(); ++row) {
    const Condition* condition = conditions.data() + by_condition.starts[row];
    const Element* x = left.data() + first.starts[row];
    const Element* y = right.data() + second.starts[row];
    for (std::size_t at = 0; at < length; ++at) {
      out[at] = condition[at * by_condition.step] != 0 ? x[at * first.step] : y[at * second.step];
    }
    out += length;
  }
}

void run_where(const OperationView&, Inputs inputs, Outputs outputs) {
  visit_storage(outputs[0].type, [&](auto kind) {
    if (inputs[0].type == GLK_FLOAT32) {
      choose<float, decltype(kind)>(inputs, outputs[0]);
    } else {
      choose<std::uint8_t, decltype(kind)>(inputs, outputs[0]);
    }
  });
}

template <std::size_t count>
std::vector<Dims> infer_exactly(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, count, count);
  return {broadcast_shape(operation, inputs)};
}

constexpr std::array list = {
    Kernel{"divide", infer_exactly<2>, run_pair<divide>, nullptr, nullptr, takes_numbers},
    Kernel{"equal", infer_exactly<2>, run_pair<equal>, nullptr, nullptr, takes_compared},
    Kernel{"floor_divide", infer_exactly<2>, run_pair<floor_divide>, nullptr, nullptr, takes_numbers},
    Kernel{"greater", infer_exactly<2>, run_pair<greater>, nullptr, nullptr, takes_compared},
    Kernel{"greater_equal", infer_exactly<2>, run_pair<greater_equal>, nullptr, nullptr, takes_compared},
    Kernel{"less", infer_exactly<2>, run_pair<less>, nullptr, nullptr, takes_compared},
    Kernel{"less_equal", infer_exactly<2>, run_pair<less_equal>, nullptr, nullptr, takes_compared},
    Kernel{"logical_and", infer_exactly<2>, run_pair<logical_and>, nullptr, nullptr, takes_truth},
    Kernel{"logical_or", infer_exactly<2>, run_pair<logical_or>, nullptr, nullptr, takes_truth},
    Kernel{"logical_xor", infer_exactly<2>, run_pair<logical_xor>, nullptr, nullptr, takes_truth},
    Kernel{"modulo", infer_exactly<2>, run_pair<modulo>, nullptr, nullptr, takes_numbers},
    Kernel{"not_equal", infer_exactly<2>, run_pair<not_equal>, nullptr, nullptr, takes_compared},
    Kernel{"pow", infer_exactly<2>, run_pair<std::pow>, nullptr, nullptr, takes_numbers},
    Kernel{"subtract", infer_exactly<2>, run_pair<subtract>, nullptr, nullptr, takes_numbers},
    Kernel{"where", infer_exactly<3>, run_where, nullptr, nullptr, takes_choice},
};

}  // namespace

std::span<const Kernel> pairwise_kernels() { return list; }

}  // namespace goldilocks::graph
