// Slices by numpy's rules: begin, end and stride for each dimension, and masks that override them.
#include <algorithm>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

// Vectors with an entry for each dimension; nothing where they are computed when the program runs.
struct Slices {
  std::optional<std::vector<std::int64_t>> begin, end, stride, begin_mask, end_mask, squeeze_mask;
};

std::optional<std::vector<std::int64_t>> entries(const Inference& op, std::string_view parameter) {
  const Shape& shape = op.shape(parameter);
  op.require(shape.size() == 1 && (shape[0] == unknown || shape[0] == op.rank("x")),
             "{} must have {} numbers, and is {}", parameter, op.rank("x"), text(shape));
  return op.integers(parameter);
}

std::optional<std::vector<std::int64_t>> entries(const Inference& op, std::string_view parameter,
                                                 std::int64_t fallback) {
  if (op.has(parameter)) return entries(op, parameter);
  return std::vector<std::int64_t>(static_cast<std::size_t>(op.rank("x")), fallback);
}

Slices read_slices(const Inference& op) {
  Slices slices{.begin = entries(op, "begin"),
                .end = entries(op, "end"),
                .stride = entries(op, "stride", 1),
                .begin_mask = entries(op, "begin_mask", 0),
                .end_mask = entries(op, "end_mask", 0),
                .squeeze_mask = entries(op, "squeeze_mask", 0)};
  if (!slices.stride || !slices.begin_mask || !slices.end_mask || !slices.squeeze_mask) throw Undetermined{};
  return slices;
}

// The number of elements from begin to end, where both are known or masked.
std::int64_t sliced_length(const Inference& op, const Slices& slices, std::size_t i, std::int64_t dim) {
  const std::int64_t stride = (*slices.stride)[i];
  op.require(stride != 0, "stride has a 0");
  const bool from_start = (*slices.begin_mask)[i] != 0;
  const bool to_end = (*slices.end_mask)[i] != 0;
  if (dim == unknown || (!from_start && !slices.begin) || (!to_end && !slices.end)) return unknown;
  const std::int64_t low = stride > 0 ? 0 : -1;
  const std::int64_t high = stride > 0 ? dim : dim - 1;
  const auto place = [&](std::int64_t index) { return std::clamp(index < 0 ? index + dim : index, low, high); };
  const std::int64_t begin = from_start ? (stride > 0 ? 0 : dim - 1) : place((*slices.begin)[i]);
  const std::int64_t end = to_end ? (stride > 0 ? dim : -1) : place((*slices.end)[i]);
  const std::int64_t distance = stride > 0 ? end - begin : begin - end;
  const std::int64_t step = stride > 0 ? stride : -stride;
  return distance <= 0 ? 0 : (distance - 1) / step + 1;
}

Shape sliced_shape(const Inference& op) {
  const Slices slices = read_slices(op);
  const Shape& x = op.shape("x");
  Shape shape;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if ((*slices.squeeze_mask)[i] == 0) {
      shape.push_back(sliced_length(op, slices, i, x[i]));
      continue;
    }
    const bool known = slices.begin && x[i] != unknown && (*slices.begin_mask)[i] == 0;
    op.require(!known || ((*slices.begin)[i] >= -x[i] && (*slices.begin)[i] < x[i]), "begin {} is outside of {}",
               known ? (*slices.begin)[i] : 0, x[i]);
  }
  return shape;
}

void slice_by_index(Inference& op) { op.result(op.element("x"), sliced_shape(op)); }

void slice_update(Inference& op) {
  const Shape& update = op.shape("update");
  op.require(!update.empty(), "update must have a dimension");
  const Shape shape = sliced_shape(op);
  op.require(may_be_equal(update, shape), "update is {}, and the slice {}", text(update), text(shape));
  same_as_x(op);
}

void slice_by_size(Inference& op) {
  const Shape& x = op.shape("x");
  const auto begin = entries(op, "begin");
  const auto size = entries(op, "size");
  Shape shape(x.size(), unknown);
  for (std::size_t i = 0; size && i < x.size(); ++i) {
    const std::int64_t length = (*size)[i];
    op.require(length >= -1, "size has the number {}", length);
    if (length >= 0) shape[i] = length;
    if (!begin || x[i] == unknown) {
      op.require(x[i] == unknown || length <= x[i], "a size of {} is more than {}", length, x[i]);
      continue;
    }
    const std::int64_t first = (*begin)[i] < 0 ? (*begin)[i] + x[i] : (*begin)[i];
    op.require(first >= 0 && first <= x[i] && (length < 0 || length <= x[i] - first), "begin {} and size {} leave {}",
               (*begin)[i], length, x[i]);
    if (length < 0) shape[i] = x[i] - first;
  }
  op.result(op.element("x"), shape);
}

// Every bound of one type: a set of types at first, a letter from iOS 17 on.
std::vector<Parameter> bounds(What type) {
  return {in("begin", type),
          in("end", type),
          constant("stride", type, none),
          constant("begin_mask", boolean, none),
          constant("end_mask", boolean, none),
          constant("squeeze_mask", boolean, none)};
}

std::vector<Parameter> after(std::vector<Parameter> first, const std::vector<Parameter>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

}  // namespace

std::vector<OperationRow> slice_operations() {
  constexpr TypeSet wide = numbers_and_bool | short_integers;
  constexpr TypeSet indices = i8 | i16 | i32;
  return {
      {"slice_by_index", ios15, {{'T', numbers_and_bool}}, after({in("x", 'T')}, bounds(i32)), slice_by_index},
      {"slice_by_index", ios17, {{'T', wide}, {'U', indices}}, after({in("x", 'T')}, bounds('U')), slice_by_index},
      {"slice_by_size",
       ios15,
       {{'T', numbers_and_bool}},
       {in("x", 'T'), in("begin", i32), in("size", i32)},
       slice_by_size},
      {"slice_by_size",
       ios17,
       {{'T', wide}, {'U', indices}},
       {in("x", 'T'), in("begin", 'U'), in("size", 'U')},
       slice_by_size},
      {"slice_update",
       ios18,
       {{'T', wide}, {'U', indices}},
       after({in("x", 'T'), in("update", 'T')}, bounds('U')),
       slice_update},
  };
}

}  // namespace goldilocks::ml_program
