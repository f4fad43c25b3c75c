// Writing by index: a copy of `data` in which `updates` are added, multiplied, ... at the places that `indices` name.
#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

void check_mode(const Inference& op) { op.one_of("mode", {"update", "add", "sub", "mul", "div", "max", "min"}); }

void require_updates(const Inference& op, const Shape& expected) {
  const Shape& updates = op.shape("updates");
  op.require(may_be_equal(updates, expected), "updates must be {}, and is {}", text(expected), text(updates));
}

void scatter(Inference& op) {
  check_mode(op);
  const Shape& data = op.shape("data");
  const Shape& indices = op.shape("indices");
  const auto given = op.integer("axis");
  if (!given) throw Undetermined{};
  const auto axis = op.axis("axis", *given, op.rank("data"));
  Shape expected(data.begin(), data.begin() + axis);
  expected.insert(expected.end(), indices.begin(), indices.end());
  expected.insert(expected.end(), data.begin() + axis + 1, data.end());
  require_updates(op, expected);
  op.result(op.type("data"));
}

void scatter_along_axis(Inference& op) {
  check_mode(op);
  const Shape& data = op.shape("data");
  const Shape& indices = op.shape("indices");
  const auto axis = op.integer("axis");
  if (!axis) throw Undetermined{};
  Shape expected = data;
  expected[static_cast<std::size_t>(op.axis("axis", *axis, op.rank("data")))] = unknown;
  op.require(may_be_equal(indices, expected), "indices {} and data {} may differ in axis {} alone", text(indices),
             text(data), *axis);
  require_updates(op, indices);
  op.result(op.type("data"));
}

void scatter_nd(Inference& op) {
  check_mode(op);
  const Shape& data = op.shape("data");
  const Shape& indices = op.shape("indices");
  op.require(!indices.empty(), "indices must have a dimension");
  const std::int64_t depth = indices.back();
  if (depth == unknown) throw Undetermined{};
  op.require(depth <= op.rank("data"), "indices {} address {} of {} dimensions", text(indices), depth, data.size());
  Shape expected(indices.begin(), indices.end() - 1);
  expected.insert(expected.end(), data.begin() + depth, data.end());
  require_updates(op, expected);
  op.result(op.type("data"));
}

OperationRow scattering(std::string_view name, Opset since, bool has_axis, Rule rule) {
  OperationRow row{name, since, {{'T', numbers}}, {in("data", 'T'), in("indices", i32), in("updates", 'T')}, rule};
  if (has_axis) row.parameters.push_back(constant("axis", i32, number(0)));
  row.parameters.push_back(constant("mode", str, word("add")));
  if (since >= ios17) row.parameters.push_back(constant("validate_indices", boolean, no));
  return row;
}

}  // namespace

std::vector<OperationRow> scatter_operations() {
  return {
      scattering("scatter", ios15, true, scatter),
      scattering("scatter", ios17, true, scatter),
      scattering("scatter_along_axis", ios15, true, scatter_along_axis),
      scattering("scatter_along_axis", ios17, true, scatter_along_axis),
      scattering("scatter_nd", ios15, false, scatter_nd),
      scattering("scatter_nd", ios17, false, scatter_nd),
  };
}

}  // namespace goldilocks::ml_program
