// Operations on two tensors that are broadcast to one another: arithmetic of exactly two, comparisons, logic; and
// where, the choice between two by a third. Computed in float64 and rounded once. Truth is 1 and 0; every number but 0
// is true.
#include <array>
#include <cmath>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

// The input's values, repeated to the output's shape.
std::vector<double> broadcast_values(const TensorView& input, std::span<const std::int64_t> out) {
  std::vector<double> values(static_cast<std::size_t>(element_count(out)));
  for_each_broadcast(out, input.dims, [&](std::size_t element, std::size_t source) {
    values[element] = static_cast<double>(input.values[source]);
  });
  return values;
}

template <double (*function)(double, double)>
void run_pair(const OperationView&, Inputs inputs, Outputs outputs) {
  const std::vector<double> left = broadcast_values(inputs[0], outputs[0].dims);
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

void run_where(const OperationView&, Inputs inputs, Outputs outputs) {
  const std::vector<double> condition = broadcast_values(inputs[0], outputs[0].dims);
  for (const std::size_t choice : {std::size_t{1}, std::size_t{2}}) {
    for_each_broadcast(outputs[0].dims, inputs[choice].dims, [&](std::size_t element, std::size_t source) {
      if ((condition[element] != 0) == (choice == 1)) outputs[0].values[element] = inputs[choice].values[source];
    });
  }
}

template <std::size_t count>
std::vector<Dims> infer_exactly(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, count, count);
  return {broadcast_shape(operation, inputs)};
}

constexpr std::array list = {
    Kernel{"divide", infer_exactly<2>, run_pair<divide>},
    Kernel{"equal", infer_exactly<2>, run_pair<equal>},
    Kernel{"floor_divide", infer_exactly<2>, run_pair<floor_divide>},
    Kernel{"greater", infer_exactly<2>, run_pair<greater>},
    Kernel{"greater_equal", infer_exactly<2>, run_pair<greater_equal>},
    Kernel{"less", infer_exactly<2>, run_pair<less>},
    Kernel{"less_equal", infer_exactly<2>, run_pair<less_equal>},
    Kernel{"logical_and", infer_exactly<2>, run_pair<logical_and>},
    Kernel{"logical_or", infer_exactly<2>, run_pair<logical_or>},
    Kernel{"logical_xor", infer_exactly<2>, run_pair<logical_xor>},
    Kernel{"modulo", infer_exactly<2>, run_pair<modulo>},
    Kernel{"not_equal", infer_exactly<2>, run_pair<not_equal>},
    Kernel{"pow", infer_exactly<2>, run_pair<std::pow>},
    Kernel{"subtract", infer_exactly<2>, run_pair<subtract>},
    Kernel{"where", infer_exactly<3>, run_where},
};

}  // namespace

std::span<const Kernel> pairwise_kernels() { return list; }

}  // namespace goldilocks::graph
