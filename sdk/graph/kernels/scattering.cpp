// scatter, scatter_nd and scatter_along_axis: values put to the places that indexes name, or combined with what is
// there. Updates come one after another in their own order, so that the last of several for one place stays; sums and
// products are gathered in float64 and rounded once.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/families.hpp"
#include "kernels/indexing.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;
using Combine = double (*)(double there, double update);

struct Mode {
  std::string_view name;
  Combine combine;
};

constexpr std::array modes = {
    Mode{"update", [](double, double update) { return update; }},
    Mode{"add", [](double there, double update) { return there + update; }},
    Mode{"subtract", [](double there, double update) { return there - update; }},
    Mode{"multiply", [](double there, double update) { return there * update; }},
    Mode{"divide", [](double there, double update) { return there / update; }},
    Mode{"maximum", [](double there, double update) { return update > there || std::isnan(update) ? update : there; }},
    Mode{"minimum", [](double there, double update) { return update < there || std::isnan(update) ? update : there; }},
};

Combine mode_of(const OperationView& operation) {
  const std::string_view name = operation.text("mode", "update");
  const auto* const found = std::ranges::find(modes, name, &Mode::name);
  if (found == modes.end()) operation.fail("mode can't be '" + std::string(name) + "'");
  return found->combine;
}

std::size_t axis_of(const OperationView& operation, std::size_t rank) {
  return resolve_axis(operation, operation.integer("axis"), rank);
}

// `visit_all` calls what it is given with (element of the updates, place in the container, how many) for all updates.
template <class VisitAll>
void scatter(const OperationView& operation, Inputs inputs, Outputs outputs, const VisitAll& visit_all) {
  const Combine combine = mode_of(operation);
  const std::span<const float> updates = inputs[2].values;
  std::vector<double> sums(inputs[0].values.begin(), inputs[0].values.end());
  visit_all([&](std::size_t from, std::size_t to, std::size_t run) {
    for (std::size_t at = 0; at < run; ++at) {
      sums[to + at] = combine(sums[to + at], static_cast<double>(updates[from + at]));
    }
  });
  std::ranges::transform(sums, outputs[0].values.begin(), [](double value) { return static_cast<float>(value); });
}

void check_updates(const OperationView& operation, std::span<const std::int64_t> updates,
                   std::span<const std::int64_t> expected) {
  mode_of(operation);
  check_shape(operation, "the tensor of updates", updates, expected);
}

void run_scatter(const OperationView& operation, Inputs inputs, Outputs outputs) {
  scatter(operation, inputs, outputs, [&](const auto& visit) {
    for_each_indexed(operation, inputs[0].dims, axis_of(operation, inputs[0].dims.size()), inputs[1].values, visit);
  });
}

std::vector<Dims> infer_scatter(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 3, 3);
  const std::size_t axis = axis_of(operation, inputs[0].size());
  check_updates(operation, inputs[2], indexed_shape(inputs[0], axis, inputs[1]));
  return {inputs[0]};
}

void run_scatter_nd(const OperationView& operation, Inputs inputs, Outputs outputs) {
  scatter(operation, inputs, outputs,
          [&](const auto& visit) { for_each_pointed(operation, inputs[0].dims, inputs[1], visit); });
}

std::vector<Dims> infer_scatter_nd(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 3, 3);
  check_updates(operation, inputs[2], pointed_shape(operation, inputs[0], inputs[1]));
  return {inputs[0]};
}

void run_scatter_along_axis(const OperationView& operation, Inputs inputs, Outputs outputs) {
  scatter(operation, inputs, outputs, [&](const auto& visit) {
    for_each_along_axis(operation, inputs[0].dims, axis_of(operation, inputs[0].dims.size()), inputs[1], visit);
  });
}

std::vector<Dims> infer_scatter_along_axis(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 3, 3);
  check_along_axis(operation, inputs[0], axis_of(operation, inputs[0].size()), inputs[1]);
  check_updates(operation, inputs[2], inputs[1]);
  return {inputs[0]};
}

constexpr std::array list = {
    Kernel{"scatter", infer_scatter, run_scatter},
    Kernel{"scatter_along_axis", infer_scatter_along_axis, run_scatter_along_axis},
    Kernel{"scatter_nd", infer_scatter_nd, run_scatter_nd},
};

}  // namespace

std::span<const Kernel> scattering_kernels() { return list; }

}  // namespace goldilocks::graph
