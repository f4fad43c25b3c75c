// Shapes: what names dimensions anew, strings tensors together or takes them apart, repeats and fills.
#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;
using List = std::vector<std::int64_t>;

void lower_identity(Op& op) {
  if (op.type_of("x").is_tensor()) return op.give(op.input("x"));
  op.give_value(op.block().find(op.names("x").at(0)));
}

// 0 copies a dimension: before iOS 17 the one of the same place, from then on the one of the same place from the right,
// and 1 beyond it.
Dims resolved_shape(Op& op, const Dims& x, List shape) {
  const bool from_right = op.opset() >= Opset::ios17;
  for (std::size_t place = 0; place < shape.size(); ++place) {
    if (shape[place] != 0) continue;
    const std::size_t back = shape.size() - place;
    if (!from_right) {
      shape[place] = place < x.size() ? x[place] : 1;
    } else {
      shape[place] = back <= x.size() ? x[x.size() - back] : 1;
    }
  }
  return shape;
}

void lower_reshape(Op& op) {
  const Node x = op.input("x");
  if (const auto shape = op.known_integers("shape")) {
    return op.give(op.add("reshape", {x}, {{"shape", resolved_shape(op, op.dims(x), *shape)}}));
  }
  op.give(op.add("dynamic_reshape", {x, op.input("shape")}));
}

void lower_reshape_like(Op& op) {
  const Nodes tensors = op.inputs("ref_tensors");
  const auto numbers = [&](std::string_view parameter) {
    List list;
    for (const Node node : op.inputs(parameter)) list.push_back(static_cast<std::int64_t>(op.content(node).at(0)));
    return list;
  };
  const List begins = numbers("begins");
  const List ends = numbers("ends");
  const List masks = numbers("end_masks");
  Dims shape;
  for (std::size_t index = 0; index < tensors.size(); ++index) {
    const Dims& dims = op.dims(tensors[index]);
    const auto size = static_cast<std::int64_t>(dims.size());
    const auto at = [&](std::int64_t place) {
      return std::clamp<std::int64_t>(place < 0 ? place + size : place, 0, size);
    };
    const std::int64_t end = masks.at(index) != 0 ? size : at(ends.at(index));
    for (std::int64_t axis = at(begins.at(index)); axis < end; ++axis) {
      shape.push_back(dims[static_cast<std::size_t>(axis)]);
    }
  }
  if (graph::is_open(shape)) op.fail("is run where the sizes that it copies are known");
  op.give(op.add("reshape", {op.input("x")}, {{"shape", shape}}));
}

void lower_expand_dims(Op& op) {
  const Node x = op.input("x");
  List axes = op.integers("axes");
  for (std::int64_t& axis : axes) axis = op.axis(axis, op.rank(x) + axes.size());
  std::ranges::sort(axes);
  Dims shape = op.dims(x);
  for (const std::int64_t axis : axes) shape.insert(shape.begin() + axis, 1);
  op.give(op.reshape(x, std::move(shape)));
}

void lower_squeeze(Op& op) {
  const Node x = op.input("x");
  const Dims& dims = op.dims(x);
  std::vector<bool> dropped(dims.size(), !op.has("axes"));
  for (const std::int64_t axis : op.integers("axes", {})) {
    dropped[static_cast<std::size_t>(op.axis(axis, dims.size()))] = true;
  }
  Dims shape;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (!dropped[axis] || dims[axis] != 1) shape.push_back(dims[axis]);
  }
  op.give(op.reshape(x, std::move(shape)));
}

void lower_flatten2d(Op& op) {
  const Node x = op.input("x");
  const Dims& dims = op.dims(x);
  const std::int64_t stated = op.integer("axis");
  const auto axis = static_cast<std::size_t>(stated < 0 ? stated + static_cast<std::int64_t>(dims.size()) : stated);
  if (axis > dims.size()) op.fail("axis is out of range");
  op.give(op.reshape(
      x, {graph::element_count(std::span(dims).first(axis)), graph::element_count(std::span(dims).subspan(axis))}));
}

void lower_transpose(Op& op) {
  const Node x = op.input("x");
  List axes = op.integers("perm");
  for (std::int64_t& axis : axes) axis = op.axis(axis, op.rank(x));
  op.give(op.transpose(x, axes));
}

void lower_shape(Op& op) { op.give(op.add_as(GLK_INT32, "shape", {op.input("x")})); }

Node stacked(Op& op, Nodes values, std::int64_t axis) {
  for (Node& value : values) {
    Dims shape = op.dims(value);
    shape.insert(shape.begin() + axis, 1);
    value = op.reshape(value, std::move(shape));
  }
  return op.concat(values, axis);
}

// Interleaved, the parts are stacked behind the axis, and the two become one.
void lower_concat(Op& op) {
  Nodes values = op.inputs("values");
  if (op.rank(values.at(0)) == 0) return op.give(stacked(op, values, 0));
  const std::int64_t axis = op.axis(op.integer("axis"), op.rank(values[0]));
  if (!op.flag("interleave")) return op.give(op.concat(values, axis));
  Dims shape = op.dims(values[0]);
  shape[static_cast<std::size_t>(axis)] *= static_cast<std::int64_t>(values.size());
  op.give(op.reshape(stacked(op, values, axis + 1), std::move(shape)));
}

void lower_stack(Op& op) {
  const Nodes values = op.inputs("values");
  op.give(stacked(op, values, op.axis(op.integer("axis"), op.rank(values.at(0)) + 1)));
}

void lower_split(Op& op) {
  const Node x = op.input("x");
  const std::int64_t axis = op.axis(op.integer("axis"), op.rank(x));
  const std::size_t count = op.operation().outputs.size();
  Attributes attributes = {{"axis", axis}};
  if (op.has("split_sizes")) attributes.push_back({"sizes", op.integers("split_sizes")});
  if (count == 1) return op.give(x);
  for (const Node part : op.add_all("split", {x}, std::move(attributes), std::vector(count, op.type(x)))) op.give(part);
}

void lower_tile(Op& op) {
  const Node x = op.input("x");
  if (const auto repetitions = op.known_integers("reps")) {
    return op.give(op.add("tile", {x}, {{"repetitions", *repetitions}}));
  }
  op.give(op.add("dynamic_tile", {x, op.input("reps")}));
}

Node filled(Op& op, Node value, std::string_view shape) {
  if (const auto known = op.known_integers(shape)) return op.add("broadcast", {value}, {{"shape", *known}});
  return op.add("dynamic_broadcast", {value, op.input(shape)});
}

Node filling(Op& op) { return op.has("value") ? op.input("value") : op.scalar(GLK_FLOAT32, op.real("value")); }

void lower_fill(Op& op) { op.give(filled(op, filling(op), "shape")); }

void lower_fill_like(Op& op) {
  const Node like = op.input("ref_tensor");
  const Node value = filling(op);
  if (!graph::is_open(op.dims(like))) return op.give(op.add("broadcast", {value}, {{"shape", op.dims(like)}}));
  op.give(op.add("dynamic_broadcast", {value, op.add_as(GLK_INT32, "shape", {like})}));
}

void lower_range(Op& op) {
  const Node start = op.input("start");
  const Node end = op.input("end");
  op.give(op.add("range", {start, end, op.input("step")}));
}

void lower_sliding_windows(Op& op) {
  const Node x = op.input("x");
  op.give(op.add("sliding_windows", {x},
                 {{"axis", op.axis(op.integer("axis"), op.rank(x))},
                  {"size", op.integer("size")},
                  {"step", op.integer("stride")}}));
}

// ---- padding

// The indexes of an axis that is padded by what lies in it.
List padded_places(std::int64_t size, std::int64_t before, std::int64_t after, bool reflect) {
  List places;
  for (std::int64_t place = -before; place < size + after; ++place) {
    if (reflect) {
      const std::int64_t inside = place < 0 ? -place : place;
      places.push_back(inside < size ? inside : 2 * (size - 1) - inside);
    } else {
      places.push_back(std::clamp<std::int64_t>(place, 0, size - 1));
    }
  }
  return places;
}

void lower_pad(Op& op) {
  Node x = op.input("x");
  const std::string_view mode = op.word("mode");
  const double value = mode == "constant" ? op.real("constant_val") : 0;
  const auto amounts = op.known_integers("pad");
  if (!amounts) {
    if (mode != "constant") op.fail("is run with known amounts where it is no constant that is added");
    return op.give(op.add("constant_pad", {x, op.input("pad")}, {{"value", value}}));
  }
  List pads(2 * op.rank(x) - amounts->size(), 0);
  pads.insert(pads.end(), amounts->begin(), amounts->end());
  if (mode == "constant") return op.give(op.add("constant_pad", {x}, {{"pads", pads}, {"value", value}}));
  for (std::size_t axis = 0; axis < op.rank(x); ++axis) {
    if (pads[2 * axis] == 0 && pads[2 * axis + 1] == 0) continue;
    const std::int64_t size = op.dims(x)[axis];
    if (mode == "reflect" && std::max(pads[2 * axis], pads[2 * axis + 1]) >= size) {
      op.fail("reflects more than there is");
    }
    x = op.gather(x, static_cast<std::int64_t>(axis),
                  padded_places(size, pads[2 * axis], pads[2 * axis + 1], mode == "reflect"));
  }
  op.give(x);
}

constexpr std::array layout_rows = {
    LoweringRow{"concat", lower_concat, true},
    LoweringRow{"expand_dims", lower_expand_dims, true},
    LoweringRow{"fill", lower_fill},
    LoweringRow{"fill_like", lower_fill_like},
    LoweringRow{"flatten2d", lower_flatten2d, true},
    LoweringRow{"identity", lower_identity, true},
    LoweringRow{"pad", lower_pad},
    LoweringRow{"range_1d", lower_range},
    LoweringRow{"reshape", lower_reshape, true},
    LoweringRow{"reshape_like", lower_reshape_like, true},
    LoweringRow{"shape", lower_shape},
    LoweringRow{"sliding_windows", lower_sliding_windows, true},
    LoweringRow{"split", lower_split, true},
    LoweringRow{"squeeze", lower_squeeze, true},
    LoweringRow{"stack", lower_stack, true},
    LoweringRow{"tile", lower_tile, true},
    LoweringRow{"transpose", lower_transpose, true},
};

}  // namespace

std::span<const LoweringRow> layout_lowerings() { return layout_rows; }

}  // namespace goldilocks::ml_program
