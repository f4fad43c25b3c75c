// scatter, scatter_nd and scatter_along_axis: values put to the places that indexes name, or combined with what is
// there; list_write: one element of a list. Updates come one after another in their own order, so that the last of
// several for one place stays; sums and products are gathered in float64 and rounded once.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/families.hpp"
#include "kernels/indexing.hpp"
#include "kernels/takes.hpp"

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
  const std::vector<double> updates = numbers_of(inputs[2]);
  std::vector<double> sums = numbers_of(inputs[0]);
  visit_all([&](std::size_t from, std::size_t to, std::size_t run) {
    for (std::size_t at = 0; at < run; ++at) {
      sums[to + at] = combine(sums[to + at], updates[from + at]);
    }
  });
  store_numbers(sums, outputs[0]);
}

void check_updates(const OperationView& operation, std::span<const std::int64_t> updates,
                   std::span<const std::int64_t> expected) {
  mode_of(operation);
  check_shape(operation, "the tensor of updates", updates, expected);
}

void run_scatter(const OperationView& operation, Inputs inputs, Outputs outputs) {
  scatter(operation, inputs, outputs, [&](const auto& visit) {
    for_each_indexed(operation, inputs[0].dims, axis_of(operation, inputs[0].dims.size()), inputs[1], visit);
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

// ---- lists: tensors with their elements along the first axis

std::int64_t place_of(const OperationView& operation, Inputs inputs) {
  const std::int64_t place = whole_number(operation, numbers_of(inputs[1])[0], "the index");
  if (place < 0) operation.fail("can't write to place " + std::to_string(place));
  return place;
}

std::vector<Dims> infer_list_write(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 3, 3);
  if (element_count(inputs[1]) != 1) operation.fail("its index is not one number");
  const Dims element(inputs[0].begin() + std::min<std::ptrdiff_t>(1, std::ssize(inputs[0])), inputs[0].end());
  check_shape(operation, "the element", inputs[2], element);
  Dims out = inputs[0];
  if (operation.integer("grows", 0) != 0) out[0] = -1;
  return {out};
}

std::vector<Dims> list_write_shapes(const OperationView& operation, Inputs inputs) {
  Dims out(inputs[0].dims.begin(), inputs[0].dims.end());
  if (operation.integer("grows", 0) != 0) out[0] = std::max(out[0], place_of(operation, inputs) + 1);
  element_count(out);
  return {out};
}

void run_list_write(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::int64_t place = place_of(operation, inputs);
  if (place >= outputs[0].dims[0]) {
    operation.fail("place " + std::to_string(place) + " is out of range for a list of " +
                   std::to_string(outputs[0].dims[0]));
  }
  const std::size_t size = element_size(outputs[0].type);
  const std::size_t element = inputs[2].size() * size;
  const std::size_t given = inputs[0].size() * size;
  auto* out = static_cast<std::byte*>(outputs[0].bytes());
  std::memcpy(out, inputs[0].bytes(), given);
  std::memset(out + given, 0, outputs[0].size() * size - given);
  std::memcpy(out + static_cast<std::size_t>(place) * element, inputs[2].bytes(), element);
}

bool takes_element(const ElementTypes& types) {
  return types.inputs.size() == 3 && types.inputs[2] == types.inputs[0] && types.inputs[0] != GLK_STRING &&
         takes_placed({{types.inputs[0], types.inputs[1]}, types.outputs});
}

constexpr std::array list = {
    Kernel{"list_write", infer_list_write, run_list_write, list_write_shapes, nullptr, takes_element, 0b10},
    Kernel{"scatter", infer_scatter, run_scatter, nullptr, nullptr, takes_updates},
    Kernel{"scatter_along_axis", infer_scatter_along_axis, run_scatter_along_axis, nullptr, nullptr, takes_updates},
    Kernel{"scatter_nd", infer_scatter_nd, run_scatter_nd, nullptr, nullptr, takes_updates},
};

}  // namespace

std::span<const Kernel> scattering_kernels() { return list; }

}  // namespace goldilocks::graph
