// Values from and to the places that indexes name.
#include <array>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

// The kit gathers by places along one axis, or by rows of them. Leading dimensions that go in pairs become one: x and
// the indexes are flattened over them, and each index is moved to its own part of x.
struct Paired {
  Node x, indexes;
  std::int64_t pairs = 1;
};

std::int64_t batch_dims(Op& op) { return op.opset() >= Opset::ios16 ? op.integer("batch_dims") : 0; }

// [pairs * length, ...] and indexes into it. `length` is of the axis (or row) that indexes count along.
Paired paired(Op& op, Node x, Node indexes, std::int64_t batch, std::int64_t length) {
  Paired result{x, op.cast(indexes, GLK_INT32), 1};
  std::vector<double> offsets;
  Dims shape = op.dims(indexes);
  for (std::int64_t axis = 0; axis < batch; ++axis) result.pairs *= shape[static_cast<std::size_t>(axis)];
  for (std::int64_t pair = 0; pair < result.pairs; ++pair) offsets.push_back(static_cast<double>(pair * length));
  for (std::size_t axis = static_cast<std::size_t>(batch); axis < shape.size(); ++axis) shape[axis] = 1;
  // Negative ones count from the end of their own part.
  const Node zero = op.scalar(GLK_INT32, 0);
  const Node from_end = op.add("add", {result.indexes, op.scalar(GLK_INT32, static_cast<double>(length))});
  const Node resolved =
      op.add_as(GLK_INT32, "where", {op.add_as(GLK_BOOL, "less", {result.indexes, zero}), from_end, result.indexes});
  result.indexes = op.add("add", {resolved, op.constant(GLK_INT32, shape, offsets)});
  return result;
}

void lower_gather(Op& op) {
  const Node x = op.input("x");
  const Node indexes = op.input("indices");
  const std::int64_t axis = op.axis(op.integer("axis"), op.rank(x));
  const std::int64_t batch = batch_dims(op);
  if (batch == 0) return op.give(op.add("gather", {x, indexes}, {{"axis", axis}}));
  // The axis comes first behind the pairs, and what lay between follows.
  const Dims dims = op.dims(x);
  const Dims index_dims = op.dims(indexes);
  if (graph::is_open(dims) || graph::is_open(index_dims)) op.fail("is run with batch_dims where sizes are known");
  std::vector<std::int64_t> order;
  for (std::int64_t at = 0; at < batch; ++at) order.push_back(at);
  order.push_back(axis);
  for (std::int64_t at = batch; at < static_cast<std::int64_t>(dims.size()); ++at) {
    if (at != axis) order.push_back(at);
  }
  const std::int64_t length = dims[static_cast<std::size_t>(axis)];
  const Paired pair = paired(op, op.transpose(x, order), indexes, batch, length);
  Dims flat = {pair.pairs * length};
  for (std::size_t at = static_cast<std::size_t>(batch) + 1; at < order.size(); ++at) {
    flat.push_back(dims[static_cast<std::size_t>(order[at])]);
  }
  const Node y = op.add("gather", {op.reshape(pair.x, flat), pair.indexes}, {{"axis", std::int64_t{0}}});
  // [pairs ..., indexes ..., between ..., behind ...]: what lay between goes back before the indexes.
  const auto indexed = static_cast<std::int64_t>(index_dims.size()) - batch;
  const std::int64_t between = axis - batch;
  std::vector<std::int64_t> back;
  for (std::int64_t at = 0; at < batch; ++at) back.push_back(at);
  for (std::int64_t at = 0; at < between; ++at) back.push_back(batch + indexed + at);
  for (std::int64_t at = 0; at < indexed; ++at) back.push_back(batch + at);
  for (auto at = static_cast<std::int64_t>(back.size()); at < static_cast<std::int64_t>(op.rank(y)); ++at) {
    back.push_back(at);
  }
  op.give(op.transpose(y, back));
}

void lower_gather_nd(Op& op) {
  const Node x = op.input("x");
  const Node indexes = op.input("indices");
  const std::int64_t batch = batch_dims(op);
  if (batch == 0) return op.give(op.add("gather_nd", {x, indexes}));
  // The pair's number is a coordinate more.
  const Dims dims = op.dims(x);
  const Dims index_dims = op.dims(indexes);
  if (graph::is_open(dims) || graph::is_open(index_dims)) op.fail("is run with batch_dims where sizes are known");
  std::int64_t pairs = 1;
  for (std::int64_t at = 0; at < batch; ++at) pairs *= index_dims[static_cast<std::size_t>(at)];
  Dims flat = {pairs};
  flat.insert(flat.end(), dims.begin() + batch, dims.end());
  const std::int64_t rows = graph::element_count(std::span(index_dims).first(index_dims.size() - 1)) / pairs;
  std::vector<double> numbers;
  for (std::int64_t pair = 0; pair < pairs; ++pair)
    numbers.insert(numbers.end(), static_cast<std::size_t>(rows), static_cast<double>(pair));
  const Node places = op.concat({op.constant(GLK_INT32, {pairs * rows, 1}, numbers),
                                 op.reshape(op.cast(indexes, GLK_INT32), {pairs * rows, index_dims.back()})},
                                1);
  const Node y = op.add("gather_nd", {op.reshape(x, flat), places});
  Dims shape(index_dims.begin(), index_dims.end() - 1);
  shape.insert(shape.end(), op.dims(y).begin() + 1, op.dims(y).end());
  if (graph::element_count(shape) != graph::element_count(op.dims(y))) shape = op.dims(y);
  op.give(op.reshape(y, shape));
}

void lower_gather_along_axis(Op& op) {
  const Node x = op.input("x");
  op.give(op.add("gather_along_axis", {x, op.input("indices")}, {{"axis", op.axis(op.integer("axis"), op.rank(x))}}));
}

std::string scatter_mode(Op& op) {
  const std::string_view mode = op.word("mode");
  constexpr std::array<std::array<std::string_view, 2>, 7> words = {{{"update", "update"},
                                                                     {"add", "add"},
                                                                     {"sub", "subtract"},
                                                                     {"mul", "multiply"},
                                                                     {"div", "divide"},
                                                                     {"max", "maximum"},
                                                                     {"min", "minimum"}}};
  for (const auto& [ours, kits] : words) {
    if (mode == ours) return std::string(kits);
  }
  op.fail("has no mode '" + std::string(mode) + "'");
}

void give_scattered(Op& op, const char* type, bool along) {
  const Node data = op.input("data");
  const Node indexes = op.input("indices");
  Attributes attributes = {{"mode", scatter_mode(op)}};
  if (along) attributes.push_back({"axis", op.axis(op.integer("axis"), op.rank(data))});
  op.give(op.add(type, {data, indexes, op.input("updates")}, std::move(attributes)));
}

void lower_scatter(Op& op) { give_scattered(op, "scatter", true); }
void lower_scatter_along_axis(Op& op) { give_scattered(op, "scatter_along_axis", true); }
void lower_scatter_nd(Op& op) { give_scattered(op, "scatter_nd", false); }

// Where the index is the place along the new axis.
void lower_one_hot(Op& op) {
  const Node indexes = op.cast(op.input("indices"), GLK_INT32);
  const std::int64_t size = op.integer("one_hot_vector_size");
  const std::int64_t axis = op.axis(op.integer("axis"), op.rank(indexes) + 1);
  Dims shape = op.dims(indexes);
  shape.insert(shape.begin() + axis, 1);
  Dims places(shape.size(), 1);
  places[static_cast<std::size_t>(axis)] = size;
  std::vector<double> numbers;
  for (std::int64_t place = 0; place < size; ++place) numbers.push_back(static_cast<double>(place));
  const Node hot = op.add_as(GLK_BOOL, "equal", {op.reshape(indexes, shape), op.constant(GLK_INT32, places, numbers)});
  const std::int32_t type = op.has("on_value")    ? op.type(op.input("on_value"))
                            : op.has("off_value") ? op.type(op.input("off_value"))
                                                  : GLK_INT32;
  const auto value = [&](std::string_view name) {
    return op.has(name) ? op.input(name) : op.scalar(type, op.real(name));
  };
  const Node on = value("on_value");
  op.give(op.add_as(type, "where", {hot, on, value("off_value")}));
}

void lower_non_zero(Op& op) { op.give(op.add_as(GLK_INT32, "non_zero", {op.input("x")})); }

constexpr std::array indexing_rows = {
    LoweringRow{"gather", lower_gather, true},
    LoweringRow{"gather_along_axis", lower_gather_along_axis, true},
    LoweringRow{"gather_nd", lower_gather_nd, true},
    LoweringRow{"non_zero", lower_non_zero},
    LoweringRow{"one_hot", lower_one_hot},
    LoweringRow{"scatter", lower_scatter},
    LoweringRow{"scatter_along_axis", lower_scatter_along_axis},
    LoweringRow{"scatter_nd", lower_scatter_nd},
};

}  // namespace

std::span<const LoweringRow> indexing_lowerings() { return indexing_rows; }

}  // namespace goldilocks::ml_program
