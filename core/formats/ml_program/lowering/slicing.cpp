// Parts of tensors, and parts put into them.
#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;
using List = std::vector<std::int64_t>;

constexpr std::int64_t far = std::int64_t{1} << 40;

// begin, end, stride and the masks of slice_by_index and slice_update, for a tensor of this rank.
struct IndexSlice {
  List strides, begin_mask, end_mask, squeeze_mask;
};

IndexSlice index_slice_of(Op& op, std::size_t rank) {
  const auto list = [&](std::string_view parameter, std::int64_t absent) {
    List entries = op.integers(parameter, List(rank, absent));
    if (entries.size() != rank) op.fail(std::string(parameter) + " has another number of entries than x has axes");
    return entries;
  };
  return {list("stride", 1), list("begin_mask", 0), list("end_mask", 0), list("squeeze_mask", 0)};
}

// With begins and ends that are known.
Node static_part(Op& op, Node x, const IndexSlice& slice, List begin, List end) {
  const std::size_t rank = op.rank(x);
  if (begin.size() != rank || end.size() != rank)
    op.fail("begin and end have another number of entries than x has axes");
  List strides = slice.strides;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t size = op.dims(x)[axis];
    if (slice.squeeze_mask[axis] != 0) {
      const std::int64_t place = begin[axis] < 0 ? begin[axis] + size : begin[axis];
      begin[axis] = place;
      end[axis] = place + 1;
      strides[axis] = 1;
      continue;
    }
    if (slice.begin_mask[axis] != 0) begin[axis] = strides[axis] > 0 ? 0 : -1;
    if (slice.end_mask[axis] != 0) end[axis] = strides[axis] > 0 ? far : -far;
  }
  List axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  return op.add("slice", {x}, {{"axes", axes}, {"begin", begin}, {"end", end}, {"strides", strides}});
}

Node dynamic_part(Op& op, Node x, const IndexSlice& slice) {
  const std::size_t rank = op.rank(x);
  const auto list = [&](const List& numbers) {
    return op.constant(GLK_INT32, {static_cast<std::int64_t>(rank)}, {numbers.begin(), numbers.end()});
  };
  List sizes(rank, -1);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (slice.squeeze_mask[axis] != 0) sizes[axis] = 1;
  }
  const Node begin = op.input("begin");
  const Node end = op.input("end");
  return op.add("dynamic_slice", {x, begin, end, list(slice.strides), list(slice.begin_mask), list(slice.end_mask)},
                {{"sizes", sizes}});
}

Node part_of(Op& op, Node x, const IndexSlice& slice) {
  const auto begin = op.known_integers("begin");
  const auto end = op.known_integers("end");
  return begin && end ? static_part(op, x, slice, *begin, *end) : dynamic_part(op, x, slice);
}

Node squeezed(Op& op, Node y, const List& mask) {
  Dims shape;
  for (std::size_t axis = 0; axis < mask.size(); ++axis) {
    if (mask[axis] == 0) shape.push_back(op.dims(y)[axis]);
  }
  if (shape == op.dims(y)) return y;
  if (!graph::is_open(shape)) return op.reshape(y, std::move(shape));
  // One open size is what is left; more come with the values.
  if (std::ranges::count(shape, -1) == 1) return op.add("reshape", {y}, {{"shape", shape}});
  List places;
  for (std::size_t axis = 0; axis < mask.size(); ++axis) {
    if (mask[axis] == 0) places.push_back(static_cast<std::int64_t>(axis));
  }
  return op.add("dynamic_reshape", {y, op.gather(op.add_as(GLK_INT32, "shape", {y}), 0, places)});
}

void lower_slice_by_index(Op& op) {
  const Node x = op.input("x");
  const IndexSlice slice = index_slice_of(op, op.rank(x));
  op.give(squeezed(op, part_of(op, x, slice), slice.squeeze_mask));
}

void lower_slice_by_size(Op& op) {
  const Node x = op.input("x");
  const auto begin = op.known_integers("begin");
  const auto size = op.known_integers("size");
  const std::size_t rank = op.rank(x);
  if (!size) op.fail("is run with a known size");
  if (!begin) {
    List sizes = *size;
    if (std::ranges::find(sizes, -1) == sizes.end()) {
      return op.give(op.add("dynamic_slice", {x, op.input("begin")}, {{"sizes", sizes}}));
    }
    const Node ends =
        op.constant(GLK_INT32, {static_cast<std::int64_t>(rank)}, std::vector<double>(rank, 2147483647.0));
    return op.give(op.add("dynamic_slice", {x, op.input("begin"), ends}, {{"sizes", sizes}}));
  }
  List axes(rank), first = *begin, end(rank);
  std::iota(axes.begin(), axes.end(), 0);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (first.at(axis) < 0) first[axis] += op.dims(x)[axis];
    end[axis] = size->at(axis) < 0 ? far : first[axis] + size->at(axis);
  }
  op.give(op.add("slice", {x}, {{"axes", axes}, {"begin", first}, {"end", end}}));
}

// The part's places among all of x's, in row-major order, are cut as x would be; the update is put there.
void lower_slice_update(Op& op) {
  const Node x = op.input("x");
  const Dims& dims = op.dims(x);
  if (graph::is_open(dims)) op.fail("is run where the sizes of x are known");
  const std::int64_t count = graph::element_count(dims);
  if (count > std::int64_t{1} << 31) op.fail("is run for at most 2^31 values");
  std::vector<double> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0.0);
  const Node places = part_of(op, op.constant(GLK_INT32, dims, numbers), index_slice_of(op, dims.size()));
  const List flat = {-1};
  const auto flattened = [&](Node node) { return op.add("reshape", {node}, {{"shape", flat}}); };
  const Node y = op.add("scatter", {op.reshape(x, {count}), flattened(places), flattened(op.input("update"))},
                        {{"axis", std::int64_t{0}}, {"mode", std::string("update")}});
  op.give(op.reshape(y, dims));
}

void lower_reverse(Op& op) {
  const Node x = op.input("x");
  List axes(op.rank(x));
  std::iota(axes.begin(), axes.end(), 0);
  if (op.has("axes")) axes = op.integers("axes");
  op.give(op.reversed(x, axes));
}

void lower_reverse_sequence(Op& op) {
  const Node x = op.input("x");
  op.give(op.add("reverse_sequence", {x, op.input("lengths")},
                 {{"axis", op.axis(op.integer("seq_axis"), op.rank(x))},
                  {"batch_axis", op.axis(op.integer("batch_axis"), op.rank(x))}}));
}

void lower_band_part(Op& op) {
  Attributes attributes;
  for (const char* side : {"lower", "upper"}) {
    const std::int64_t limit = op.integer(side);
    if (limit >= 0) attributes.push_back({side, limit});
  }
  op.give(op.add("band", {op.input("x")}, std::move(attributes)));
}

constexpr std::array slicing_rows = {
    LoweringRow{"band_part", lower_band_part, true},
    LoweringRow{"reverse", lower_reverse, true},
    LoweringRow{"reverse_sequence", lower_reverse_sequence, true},
    LoweringRow{"slice_by_index", lower_slice_by_index, true},
    LoweringRow{"slice_by_size", lower_slice_by_size, true},
    LoweringRow{"slice_update", lower_slice_update, true},
};

}  // namespace

std::span<const LoweringRow> slicing_lowerings() { return slicing_rows; }

}  // namespace goldilocks::ml_program
