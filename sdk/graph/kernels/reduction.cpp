// Reductions over some axes or all, and the place of the largest or smallest value along one. Sums and products are
// float64. What is not a number stays so: it wins over every number.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "kernels/elementwise.hpp"
#include "kernels/families.hpp"
#include "kernels/lines.hpp"
#include "kernels/takes.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<std::size_t> reduced_axes(const OperationView& operation, std::size_t rank) {
  std::vector<std::size_t> axes;
  if (!operation.has_attribute("axes")) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    return axes;
  }
  for (const std::int64_t axis : operation.integers("axes")) {
    axes.push_back(resolve_axis(operation, axis, rank));
    if (std::ranges::count(axes, axes.back()) > 1) operation.fail("axes names axis " + std::to_string(axis) + " twice");
  }
  return axes;
}

// Calls visit(value, index of the result that it goes into) for all values in order.
template <class Visit>
void for_each_value(const OperationView& operation, const TensorView& x, const Visit& visit) {
  const Dims kept = drop_axes(x.dims, reduced_axes(operation, x.dims.size()), true);
  const auto visit_all = [&](const auto& values) {
    for_each_broadcast(x.dims, std::span(kept).first(x.dims.size()), [&](std::size_t element, std::size_t result) {
      visit(static_cast<double>(values[element]), result);
    });
  };
  if (x.type == GLK_FLOAT32) {
    visit_all(x.values);
  } else {
    visit_all(numbers_of(x));
  }
}

// result = step(result, x) from `start`, and at the end finish(result, number of values).
template <class Step, class Finish>
void fold(const OperationView& operation, Inputs inputs, Outputs outputs, double start, const Step& step,
          const Finish& finish) {
  std::vector<double> results(outputs[0].size(), start);
  for_each_value(operation, inputs[0],
                 [&](double x, std::size_t result) { results[result] = step(results[result], x); });
  const double count = static_cast<double>(inputs[0].size()) / static_cast<double>(results.size());
  for (double& result : results) result = finish(result, count);
  store_numbers(results, outputs[0]);
}

double unchanged(double value, double) { return value; }
double plus(double sum, double x) { return sum + x; }
double plus_square(double sum, double x) { return sum + x * x; }
double larger(double left, double right) { return right > left || std::isnan(right) ? right : left; }
double smaller(double left, double right) { return right < left || std::isnan(right) ? right : left; }

void run_sum(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(operation, inputs, outputs, 0, plus, unchanged);
}

void run_mean(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(operation, inputs, outputs, 0, plus, [](double sum, double count) { return sum / count; });
}

void run_product(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(
      operation, inputs, outputs, 1, [](double product, double x) { return product * x; }, unchanged);
}

void run_max(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(operation, inputs, outputs, -infinity, larger, unchanged);
}

void run_min(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(operation, inputs, outputs, infinity, smaller, unchanged);
}

void run_l1(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(
      operation, inputs, outputs, 0, [](double sum, double x) { return sum + std::fabs(x); }, unchanged);
}

void run_l2(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(operation, inputs, outputs, 0, plus_square, [](double sum, double) { return std::sqrt(sum); });
}

void run_sum_square(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(operation, inputs, outputs, 0, plus_square, unchanged);
}

void run_log_sum(const OperationView& operation, Inputs inputs, Outputs outputs) {
  fold(operation, inputs, outputs, 0, plus, [](double sum, double) { return std::log(sum); });
}

void run_sum_log(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const double epsilon = operation.number("epsilon", 0);
  const auto step = [=](double sum, double x) { return sum + std::log(x + epsilon); };
  fold(operation, inputs, outputs, 0, step, unchanged);
}

// The largest value is taken out first, so that no exponential overflows; where it is infinite, it is the result.
void run_log_sum_exp(const OperationView& operation, Inputs inputs, Outputs outputs) {
  std::vector<double> largest(outputs[0].size(), -infinity);
  for_each_value(operation, inputs[0],
                 [&](double x, std::size_t result) { largest[result] = larger(largest[result], x); });
  std::vector<double> sums(largest.size(), 0.0);
  for_each_value(operation, inputs[0],
                 [&](double x, std::size_t result) { sums[result] += std::exp(x - largest[result]); });
  for (std::size_t result = 0; result < sums.size(); ++result) {
    if (std::isfinite(largest[result])) largest[result] += std::log(sums[result]);
  }
  store_numbers(largest, outputs[0]);
}

std::vector<Dims> infer_reduction(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  operation.number("epsilon", 0);
  const bool keep = operation.integer("keep_dims", 0) != 0;
  return {drop_axes(inputs[0], reduced_axes(operation, inputs[0].size()), keep)};
}

// The first of equal values wins, and the first that is not a number over all.
template <bool largest>
void run_arg(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::vector<double> x = numbers_of(inputs[0]);
  std::vector<double> places(outputs[0].size());
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), inputs[0].dims.size());
  for_each_line(inputs[0].dims, axis, [&](const Line& line, std::size_t number) {
    std::size_t best = 0;
    for (std::size_t index = 1; index < line.length; ++index) {
      const double value = x[line.at(index)];
      const double leader = x[line.at(best)];
      if (std::isnan(leader)) break;
      if (std::isnan(value) || (largest ? value > leader : value < leader)) best = index;
    }
    places[number] = static_cast<double>(best);
  });
  store_numbers(places, outputs[0]);
}

std::vector<Dims> infer_arg(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  const std::array axis = {resolve_axis(operation, operation.integer("axis"), inputs[0].size())};
  return {drop_axes(inputs[0], axis, operation.integer("keep_dims", 0) != 0)};
}

constexpr std::array list = {
    Kernel{"arg_max", infer_arg, run_arg<true>, nullptr, nullptr, takes_counted},
    Kernel{"arg_min", infer_arg, run_arg<false>, nullptr, nullptr, takes_counted},
    Kernel{"reduce_l1", infer_reduction, run_l1, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_l2", infer_reduction, run_l2, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_log_sum", infer_reduction, run_log_sum, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_log_sum_exp", infer_reduction, run_log_sum_exp, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_max", infer_reduction, run_max, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_mean", infer_reduction, run_mean, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_min", infer_reduction, run_min, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_product", infer_reduction, run_product, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_sum", infer_reduction, run_sum, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_sum_log", infer_reduction, run_sum_log, nullptr, nullptr, takes_numbers},
    Kernel{"reduce_sum_square", infer_reduction, run_sum_square, nullptr, nullptr, takes_numbers},
};

}  // namespace

std::span<const Kernel> reduction_kernels() { return list; }

}  // namespace goldilocks::graph
