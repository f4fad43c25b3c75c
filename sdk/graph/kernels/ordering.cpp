// arg_sort, top_k and cumulative_sum: the values along an axis by size, or one after another.
//
// Equal values keep their order. What is not a number counts as larger than every number, as in numpy.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/lines.hpp"
#include "kernels/numbers.hpp"
#include "kernels/takes.hpp"
#include "kernels/whole_numbers.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

bool comes_before(double left, double right) { return std::isnan(right) ? !std::isnan(left) : left < right; }

std::size_t axis_of(const OperationView& operation, std::size_t rank) {
  return resolve_axis(operation, operation.integer("axis"), rank);
}

// The indexes along the line, of the smallest (or largest) value first; the first `count` of them are in order.
void sort_line(std::span<const double> x, const Line& line, bool descending, std::size_t count,
               std::vector<std::size_t>& order) {
  order.resize(line.length);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto sooner = [&](std::size_t left, std::size_t right) {
    const double a = x[line.at(left)];
    const double b = x[line.at(right)];
    if (descending ? comes_before(b, a) : comes_before(a, b)) return true;
    if (descending ? comes_before(a, b) : comes_before(b, a)) return false;
    return left < right;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), sooner);
}

void run_arg_sort(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const bool descending = operation.integer("descending", 0) != 0;
  const std::vector<double> x = numbers_of(inputs[0]);
  std::vector<double> places(x.size());
  std::vector<std::size_t> order;
  for_each_line(inputs[0].dims, axis_of(operation, inputs[0].dims.size()), [&](const Line& line, std::size_t) {
    sort_line(x, line, descending, line.length, order);
    for (std::size_t place = 0; place < line.length; ++place) {
      places[line.at(place)] = static_cast<double>(order[place]);
    }
  });
  store_numbers(places, outputs[0]);
}

std::vector<Dims> infer_arg_sort(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  axis_of(operation, inputs[0].size());
  operation.integer("descending", 0);
  return {inputs[0]};
}

void run_top_k(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const bool smallest = operation.integer("smallest", 0) != 0;
  const std::size_t axis = axis_of(operation, inputs[0].dims.size());
  const auto count = static_cast<std::size_t>(outputs[0].dims[axis]);
  const std::vector<double> x = numbers_of(inputs[0]);
  std::vector<double> values(outputs[0].size());
  std::vector<double> places(values.size());
  std::vector<std::size_t> order;
  for_each_line(inputs[0].dims, axis, [&](const Line& line, std::size_t number) {
    sort_line(x, line, !smallest, count, order);
    const Line result = line_of_length(line, number, count);
    for (std::size_t place = 0; place < count; ++place) {
      values[result.at(place)] = x[line.at(order[place])];
      places[result.at(place)] = static_cast<double>(order[place]);
    }
  });
  store_numbers(values, outputs[0]);
  store_numbers(places, outputs[1]);
}

std::vector<Dims> top_k_shapes(const OperationView& operation, std::span<const std::int64_t> dims, std::int64_t k) {
  Dims out(dims.begin(), dims.end());
  std::int64_t& length = out[axis_of(operation, out.size())];
  if (k < 1 || k > length) {
    operation.fail("k = " + std::to_string(k) + " is out of range for " + std::to_string(length) + " values");
  }
  length = k;
  return {out, out};
}

std::vector<Dims> infer_top_k(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  operation.integer("smallest", 0);
  return top_k_shapes(operation, inputs[0], operation.integer("k"));
}

std::vector<Dims> infer_dynamic_top_k(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  operation.integer("smallest", 0);
  if (element_count(inputs[1]) != 1) {
    operation.fail("the input for k has shape " + to_text(inputs[1]) + "; it must be one number");
  }
  Dims out = inputs[0];
  out[axis_of(operation, out.size())] = -1;
  return {out, out};
}

std::vector<Dims> dynamic_top_k_shapes(const OperationView& operation, Inputs inputs) {
  return top_k_shapes(operation, inputs[0].dims, whole_number(operation, numbers_of(inputs[1])[0], "k"));
}

void run_cumulative_sum(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const bool exclusive = operation.integer("exclusive", 0) != 0;
  const bool reverse = operation.integer("reverse", 0) != 0;
  const std::size_t rank = inputs[0].dims.size();
  const std::size_t axis = operation.has_input(1)
                               ? resolve_index(operation, numbers_of(inputs[1])[0], static_cast<std::int64_t>(rank))
                               : axis_of(operation, rank);
  const std::vector<double> x = numbers_of(inputs[0]);
  std::vector<double> sums(x.size());
  for_each_line(inputs[0].dims, axis, [&](const Line& line, std::size_t) {
    double sum = 0;
    for (std::size_t step = 0; step < line.length; ++step) {
      const std::size_t place = line.at(reverse ? line.length - 1 - step : step);
      const double before = sum;
      sum += x[place];
      sums[place] = exclusive ? before : sum;
    }
  });
  store_numbers(sums, outputs[0]);
}

std::vector<Dims> infer_cumulative_sum(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 2);
  if (!operation.has_input(1)) {
    axis_of(operation, inputs[0].size());
  } else if (element_count(inputs[1]) != 1) {
    operation.fail("its axis has shape " + to_text(inputs[1]) + "; it must be one number");
  }
  for (const char* name : {"exclusive", "reverse"}) operation.integer(name, 0);
  return {inputs[0]};
}

bool takes_placed_numbers(const ElementTypes& types) { return takes_placed(types) && takes_sorted(types); }

constexpr std::array list = {
    Kernel{"arg_sort", infer_arg_sort, run_arg_sort, nullptr, nullptr, takes_counted},
    Kernel{"cumulative_sum", infer_cumulative_sum, run_cumulative_sum, nullptr, nullptr, takes_placed_numbers},
    Kernel{"dynamic_top_k", infer_dynamic_top_k, run_top_k, dynamic_top_k_shapes, nullptr, takes_sorted, 0b10},
    Kernel{"top_k", infer_top_k, run_top_k, nullptr, nullptr, takes_sorted},
};

}  // namespace

std::span<const Kernel> ordering_kernels() { return list; }

}  // namespace goldilocks::graph
