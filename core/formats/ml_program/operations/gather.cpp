// Reading by index.
#include <algorithm>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

// How many leading dimensions of x and indices are paired.
std::size_t batch_dims_of(const Inference& op) {
  if (op.opset() < ios16) return 0;
  const auto given = op.integer("batch_dims");
  if (!given) throw Undetermined{};
  op.require(*given >= 0 && *given <= std::min(op.rank("x"), op.rank("indices")), "batch_dims is {}", *given);
  const auto count = static_cast<std::size_t>(*given);
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t dim = op.shape("x")[i];
    op.require(unify(dim, op.shape("indices")[i]), "x {} and indices {} differ in their first {} dimensions",
               text(op.shape("x")), text(op.shape("indices")), count);
  }
  return count;
}

void gather(Inference& op) {
  const Shape& x = op.shape("x");
  const Shape& indices = op.shape("indices");
  const auto given = op.integer("axis");
  if (!given) throw Undetermined{};
  const auto axis = op.axis("axis", *given, op.rank("x"));
  const std::size_t batch = batch_dims_of(op);
  op.require(axis >= static_cast<std::int64_t>(batch), "axis {} is one of {} batch_dims", axis, batch);
  Shape shape(x.begin(), x.begin() + axis);
  shape.insert(shape.end(), indices.begin() + static_cast<std::ptrdiff_t>(batch), indices.end());
  shape.insert(shape.end(), x.begin() + axis + 1, x.end());
  op.result(op.element("x"), shape);
}

void gather_along_axis(Inference& op) {
  const Shape& x = op.shape("x");
  const Shape& indices = op.shape("indices");
  const auto given = op.integer("axis");
  if (!given) throw Undetermined{};
  const auto axis = static_cast<std::size_t>(op.axis("axis", *given, op.rank("x")));
  Shape expected = x;
  expected[axis] = unknown;
  op.require(may_be_equal(indices, expected), "indices {} and x {} may differ in axis {} alone", text(indices), text(x),
             axis);
  op.result(op.element("x"), indices);
}

void gather_nd(Inference& op) {
  const Shape& x = op.shape("x");
  const Shape& indices = op.shape("indices");
  op.require(!indices.empty(), "indices must have a dimension");
  const std::size_t batch = batch_dims_of(op);
  const std::int64_t depth = indices.back();
  if (depth == unknown) throw Undetermined{};
  op.require(depth + static_cast<std::int64_t>(batch) <= op.rank("x"), "indices {} address {} of {} dimensions",
             text(indices), depth, x.size());
  op.require(batch < indices.size(), "batch_dims {} is too much for indices {}", batch, text(indices));
  Shape shape(indices.begin(), indices.end() - 1);
  shape.insert(shape.end(), x.begin() + static_cast<std::ptrdiff_t>(batch) + depth, x.end());
  op.result(op.element("x"), shape);
}

// What one parameter more each version brought.
OperationRow gathering(std::string_view name, Opset since, bool has_axis, bool has_batch_dims, Rule rule) {
  const TypeSet types = since >= ios17 ? numbers | short_integers : numbers;
  const TypeSet indices = since >= ios17 ? i32 | short_integers : since >= ios16 ? i32 | u16 | i16 : i32;
  OperationRow row{name, since, {{'T', types}, {'I', indices}}, {in("x", 'T'), in("indices", 'I')}, rule};
  if (has_axis) row.parameters.push_back(constant("axis", i32, number(0)));
  if (has_batch_dims) row.parameters.push_back(constant("batch_dims", i32, number(0)));
  if (since >= ios17) row.parameters.push_back(constant("validate_indices", boolean, no));
  return row;
}

}  // namespace

std::vector<OperationRow> gather_operations() {
  return {
      gathering("gather", ios15, true, false, gather),
      gathering("gather", ios16, true, true, gather),
      gathering("gather", ios17, true, true, gather),
      gathering("gather_along_axis", ios15, true, false, gather_along_axis),
      gathering("gather_along_axis", ios16, true, false, gather_along_axis),
      gathering("gather_along_axis", ios17, true, false, gather_along_axis),
      gathering("gather_nd", ios15, false, false, gather_nd),
      gathering("gather_nd", ios16, false, true, gather_nd),
      gathering("gather_nd", ios17, false, true, gather_nd),
  };
}

}  // namespace goldilocks::ml_program
