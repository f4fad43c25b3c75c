// Operations that move values without computing with them: other shapes, other orders, joined and cut along axes.
#include <algorithm>
#include <numeric>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

// The dimension of x that an entry of 0 copies: before iOS 17 the one at the same place, from then on counted from the
// right; behind the first dimension it is 1.
std::int64_t copied_dim(const Inference& op, const Shape& x, std::size_t index, std::size_t count) {
  if (op.opset() < ios17) {
    op.require(count == x.size(), "a 0 in shape copies a dimension, for which shape must have {} numbers", x.size());
    return x[index];
  }
  const std::size_t from_right = count - index;
  return from_right <= x.size() ? x[x.size() - from_right] : 1;
}

void reshape(Inference& op) {
  const Shape& target = op.shape("shape");
  op.require(target.size() <= 1, "shape must be a vector, not {}", text(target));
  const auto given = op.integers("shape");
  if (!given) {
    if (target.empty() || target[0] == unknown) throw Undetermined{};
    op.require(target[0] < 64, "shape has {} numbers", target[0]);
    op.result(op.element("x"), Shape(static_cast<std::size_t>(target[0]), unknown));
    return;
  }
  const Shape& x = op.shape("x");
  Shape shape = *given;
  std::optional<std::size_t> inferred;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    op.require(shape[i] >= -1, "shape {} has a negative length", text(*given));
    if (shape[i] == 0 && element_count(x) != 0) shape[i] = copied_dim(op, x, i, shape.size());
    if ((*given)[i] != -1) continue;
    op.require(!inferred, "shape has more than one -1");
    inferred = i;
    shape[i] = 1;
  }
  const std::int64_t count = product(x);
  const std::int64_t others = product(shape);
  if (inferred) shape[*inferred] = unknown;
  if (count != unknown && others != unknown) {
    const bool fits = inferred ? (others == 0 ? count == 0 : count % others == 0) : count == others;
    op.require(fits, "{} has {} elements, which can't be reshaped to {}", text(x), count, text(*given));
    if (inferred && others != 0) shape[*inferred] = count / others;
  }
  op.result(op.element("x"), shape);
}

std::optional<std::vector<std::int64_t>> scalars(const Inference& op, std::string_view parameter) {
  std::vector<std::int64_t> numbers;
  for (const Known& binding : op.each(parameter)) {
    if (binding.value == nullptr) return std::nullopt;
    op.require(element_count(*binding.value) == 1, "{} must be single numbers", parameter);
    numbers.push_back(integer_at(*binding.value, 0));
  }
  return numbers;
}

void reshape_like(Inference& op) {
  const auto references = op.each("ref_tensors");
  const auto begins = scalars(op, "begins");
  const auto ends = scalars(op, "ends");
  const auto masks = scalars(op, "end_masks");
  op.require(!begins || !ends || !masks ||
                 (begins->size() == references.size() && ends->size() == references.size() &&
                  masks->size() == references.size()),
             "begins, ends and end_masks must have one number for each of ref_tensors");
  if (!begins || !ends || !masks) throw Undetermined{};
  Shape shape;
  for (std::size_t i = 0; i < references.size(); ++i) {
    const Type& reference = *references[i].type;
    if (!reference.is_tensor() || !reference.ranked) throw Undetermined{};
    const auto rank = static_cast<std::int64_t>(reference.shape.size());
    const auto place = [&](std::int64_t index) { return index < 0 ? index + rank : index; };
    const std::int64_t begin = place((*begins)[i]);
    const std::int64_t end = (*masks)[i] != 0 ? rank : place((*ends)[i]);
    op.require(begin >= 0 && begin <= end && end <= rank, "dimensions {} to {} of a reference with {}", begin, end,
               rank);
    shape.insert(shape.end(), reference.shape.begin() + begin, reference.shape.begin() + end);
  }
  const std::int64_t count = product(op.shape("x"));
  const std::int64_t target = product(shape);
  op.require(count == unknown || target == unknown || count == target, "{} has {} elements, the references' {} has {}",
             text(op.shape("x")), count, text(shape), target);
  op.result(op.element("x"), shape);
}

void transpose(Inference& op) {
  const Shape& x = op.shape("x");
  const auto perm = op.integers("perm");
  if (!perm) throw Undetermined{};
  op.require(perm->size() == x.size(), "perm has {} numbers for {} dimensions", perm->size(), x.size());
  op.axes("perm", op.rank("x"));
  Shape shape;
  for (const std::int64_t axis : *perm)
    shape.push_back(x[static_cast<std::size_t>(op.axis("perm", axis, op.rank("x")))]);
  op.result(op.element("x"), shape);
}

void expand_dims(Inference& op) {
  const auto given = op.integers("axes");
  if (!given) throw Undetermined{};
  Shape shape = op.shape("x");
  for (const std::int64_t axis : op.axes("axes", op.rank("x") + static_cast<std::int64_t>(given->size()))) {
    shape.insert(shape.begin() + axis, 1);
  }
  op.result(op.element("x"), shape);
}

void squeeze(Inference& op) {
  const Shape& x = op.shape("x");
  const bool all = !op.has("axes");
  if (all && std::ranges::find(x, unknown) != x.end()) throw Undetermined{};
  const auto axes = all ? std::set<std::int64_t>() : op.axes("axes", op.rank("x"));
  Shape shape;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool listed = all || axes.contains(static_cast<std::int64_t>(i));
    if (!listed || (x[i] != 1 && x[i] != unknown)) shape.push_back(x[i]);
  }
  op.result(op.element("x"), shape);
}

void flatten2d(Inference& op) {
  const Shape& x = op.shape("x");
  const auto given = op.integer("axis");
  if (!given) throw Undetermined{};
  op.require(*given >= -op.rank("x") && *given <= op.rank("x"), "axis {} is not one of {} dimensions", *given,
             x.size());
  const auto axis = static_cast<std::size_t>(*given < 0 ? *given + op.rank("x") : *given);
  op.result(op.element("x"), {product(std::span(x).first(axis)), product(std::span(x).subspan(axis))});
}

const Shape& shape_of(const Known& known) {
  if (!known.type->is_tensor() || !known.type->ranked) throw Undetermined{};
  return known.type->shape;
}

void concat(Inference& op) {
  const auto values = op.each("values");
  op.require(!values.empty(), "there are no values");
  const auto axis_given = op.integer("axis");
  const auto interleave = op.flag("interleave");
  Shape shape = shape_of(values[0]);
  // Single numbers become a vector.
  if (shape.empty()) shape = {1};
  if (!axis_given || !interleave) throw Undetermined{};
  const auto axis = static_cast<std::size_t>(op.axis("axis", *axis_given, static_cast<std::int64_t>(shape.size())));
  for (const Known& value : values.subspan(1)) {
    Shape next = shape_of(value);
    if (next.empty()) next = {1};
    bool fits = next.size() == shape.size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i) {
      if (i != axis) fits = unify(shape[i], next[i]);
    }
    op.require(fits, "{} and {} can't be joined along axis {}", text(shape), text(next), axis);
    op.require(!*interleave || may_be_equal(shape_of(values[0]), shape_of(value)),
               "interleaved values must have one shape");
    shape[axis] = sum(shape[axis], next[axis]);
  }
  op.result(values[0].type->element, shape);
}

void stack(Inference& op) {
  const auto values = op.each("values");
  op.require(!values.empty(), "there are no values");
  Shape shape = shape_of(values[0]);
  for (const Known& value : values) {
    const Shape& next = shape_of(value);
    bool fits = next.size() == shape.size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i) fits = unify(shape[i], next[i]);
    op.require(fits, "{} and {} can't be stacked", text(shape), text(next));
  }
  const auto axis = op.integer("axis");
  if (!axis) throw Undetermined{};
  shape.insert(shape.begin() + op.axis("axis", *axis, static_cast<std::int64_t>(shape.size()) + 1),
               static_cast<std::int64_t>(values.size()));
  op.result(values[0].type->element, shape);
}

void split(Inference& op) {
  const Shape& x = op.shape("x");
  const auto axis_given = op.integer("axis");
  if (!axis_given) throw Undetermined{};
  const auto axis = static_cast<std::size_t>(op.axis("axis", *axis_given, op.rank("x")));
  op.require(op.has("num_splits") || op.has("split_sizes"), "neither num_splits nor split_sizes is given");
  std::vector<std::int64_t> sizes;
  if (op.has("split_sizes")) {
    const auto given = op.integers("split_sizes");
    if (!given) throw Undetermined{};
    sizes = *given;
    std::int64_t total = 0;
    for (const std::int64_t size : sizes) {
      op.require(size >= 0, "split_sizes has the length {}", size);
      total = sum(total, size);
    }
    op.require(x[axis] == unknown || total == x[axis], "split_sizes make {} of {}", total, x[axis]);
    const auto count = op.integer("num_splits");
    op.require(!count || *count == static_cast<std::int64_t>(sizes.size()), "num_splits is {} with {} split_sizes",
               count.value_or(0), sizes.size());
  } else {
    const auto count = op.integer("num_splits");
    if (!count) throw Undetermined{};
    op.require(*count >= 1, "num_splits is {}", *count);
    op.require(x[axis] == unknown || x[axis] % *count == 0, "{} can't be split into {} equal parts", x[axis], *count);
    op.require(*count == static_cast<std::int64_t>(op.operation().outputs.size()), "{} results for num_splits {}",
               op.operation().outputs.size(), *count);
    sizes.assign(static_cast<std::size_t>(*count), x[axis] == unknown ? unknown : x[axis] / *count);
  }
  for (const std::int64_t size : sizes) {
    Shape shape = x;
    shape[axis] = size;
    op.result(op.element("x"), shape);
  }
}

void tile(Inference& op) {
  Shape shape = op.shape("x");
  const Shape& length = op.shape("reps");
  op.require(length.size() == 1 && (length[0] == unknown || length[0] == op.rank("x")),
             "reps must have {} numbers, and is {}", shape.size(), text(length));
  const auto reps = op.integers("reps");
  for (std::size_t i = 0; i < shape.size(); ++i) {
    op.require(!reps || (*reps)[i] > 0, "reps {} has a number that isn't positive", text(reps.value_or(Shape())));
    shape[i] = reps ? product(shape[i], (*reps)[i]) : unknown;
  }
  op.result(op.element("x"), shape);
}

void pad(Inference& op) {
  const std::string_view mode = op.one_of("mode", {"constant", "reflect", "replicate"});
  Shape shape = op.shape("x");
  const Shape& length = op.shape("pad");
  op.require(length.size() == 1, "pad must be a vector, not {}", text(length));
  const auto amounts = op.integers("pad");
  if (!amounts) {
    op.require(length[0] == unknown || length[0] == 2 * op.rank("x"),
               "pad that is computed must have two numbers for each of {} dimensions", shape.size());
    op.result(op.element("x"), Shape(shape.size(), unknown));
    return;
  }
  op.require(amounts->size() % 2 == 0 && amounts->size() / 2 <= shape.size(), "pad has {} numbers for {} dimensions",
             amounts->size(), shape.size());
  const std::size_t first = shape.size() - amounts->size() / 2;
  for (std::size_t i = first; i < shape.size(); ++i) {
    const std::int64_t before = (*amounts)[2 * (i - first)];
    const std::int64_t after = (*amounts)[2 * (i - first) + 1];
    op.require(before >= 0 && after >= 0, "pad {} has a negative number", text(*amounts));
    op.require(mode != "reflect" || shape[i] == unknown || std::max(before, after) < shape[i],
               "{} and {} are too much to reflect in {}", before, after, shape[i]);
    shape[i] = sum(shape[i], sum(before, after));
  }
  op.result(op.element("x"), shape);
}

void reverse(Inference& op) {
  if (op.has("axes")) op.axes("axes", op.rank("x"));
  same_as_x(op);
}

void reverse_sequence(Inference& op) {
  const auto sequence = op.integer("seq_axis");
  const auto batch = op.integer("batch_axis");
  if (!sequence || !batch) throw Undetermined{};
  op.axis("seq_axis", *sequence, op.rank("x"));
  const Shape& x = op.shape("x");
  std::int64_t count = x[static_cast<std::size_t>(op.axis("batch_axis", *batch, op.rank("x")))];
  const Shape& lengths = op.shape("lengths");
  op.require(lengths.size() == 1 && unify(count, lengths[0]), "lengths {} for a batch of {}", text(lengths), count);
  same_as_x(op);
}

// Channels go into blocks of pixels, or come from them.
std::int64_t block_of(const Inference& op, std::string_view parameter) {
  op.require_rank("x", 4, 4);
  const auto block = op.integer(parameter);
  if (!block) throw Undetermined{};
  op.require(*block >= 1 && *block < (std::int64_t{1} << 24U), "{} is {}", parameter, *block);
  return *block;
}

std::int64_t divided(const Inference& op, std::int64_t length, std::int64_t divisor) {
  if (length == unknown) return unknown;
  op.require(length % divisor == 0, "{} can't be divided by {}", length, divisor);
  return length / divisor;
}

void channels_to_pixels(Inference& op, std::string_view parameter) {
  const std::int64_t block = block_of(op, parameter);
  const Shape& x = op.shape("x");
  op.result(op.element("x"), {x[0], divided(op, x[1], block * block), product(x[2], block), product(x[3], block)});
}

void pixels_to_channels(Inference& op, std::string_view parameter) {
  const std::int64_t block = block_of(op, parameter);
  const Shape& x = op.shape("x");
  op.result(op.element("x"), {x[0], product(x[1], block * block), divided(op, x[2], block), divided(op, x[3], block)});
}

void depth_to_space(Inference& op) { channels_to_pixels(op, "block_size"); }
void space_to_depth(Inference& op) { pixels_to_channels(op, "block_size"); }
void pixel_shuffle(Inference& op) { channels_to_pixels(op, "upscale_factor"); }
void pixel_unshuffle(Inference& op) { pixels_to_channels(op, "downscale_factor"); }

// Two positive block lengths, and [[before, after], [before, after]] of the spatial dimensions, flat.
struct Blocks {
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> margins;
};

Blocks read_blocks(const Inference& op, std::string_view margins) {
  op.require_rank("x", 4, 4);
  const auto lengths = op.integers("block_shape");
  const auto amounts = op.integers(margins);
  if (!lengths || !amounts) throw Undetermined{};
  op.require(lengths->size() == 2, "block_shape must have 2 numbers, and has {}", lengths->size());
  op.require(may_be_equal(op.shape(margins), {2, 2}), "{} must be [2, 2], not {}", margins, text(op.shape(margins)));
  op.require(std::ranges::all_of(*lengths, [](std::int64_t n) { return n >= 1; }), "block_shape {} isn't positive",
             text(*lengths));
  op.require(std::ranges::all_of(*amounts, [](std::int64_t n) { return n >= 0; }), "{} {} has a negative number",
             margins, text(*amounts));
  return {*lengths, *amounts};
}

void space_to_batch(Inference& op) {
  const Blocks blocks = read_blocks(op, "paddings");
  Shape shape = op.shape("x");
  for (std::size_t i = 0; i < 2; ++i) {
    shape[0] = product(shape[0], blocks.lengths[i]);
    const std::int64_t padded = sum(shape[2 + i], sum(blocks.margins[2 * i], blocks.margins[2 * i + 1]));
    shape[2 + i] = divided(op, padded, blocks.lengths[i]);
  }
  op.result(op.element("x"), shape);
}

void batch_to_space(Inference& op) {
  const Blocks blocks = read_blocks(op, "crops");
  Shape shape = op.shape("x");
  for (std::size_t i = 0; i < 2; ++i) {
    shape[0] = divided(op, shape[0], blocks.lengths[i]);
    std::int64_t& dim = shape[2 + i];
    if (dim == unknown) continue;
    const std::int64_t crops = sum(blocks.margins[2 * i], blocks.margins[2 * i + 1]);
    const std::int64_t whole = product(dim, blocks.lengths[i]);
    op.require(crops <= whole, "crops of {} are more than {}", crops, whole);
    dim = whole - crops;
  }
  op.result(op.element("x"), shape);
}

void sliding_windows(Inference& op) {
  const auto axis_given = op.integer("axis");
  const auto size = op.integer("size");
  const auto stride = op.integer("stride");
  if (!axis_given || !size || !stride) throw Undetermined{};
  op.require(*size >= 1 && *stride >= 1, "a size of {} and a stride of {}", *size, *stride);
  const auto axis = op.axis("axis", *axis_given, op.rank("x"));
  Shape shape = op.shape("x");
  std::int64_t& dim = shape[static_cast<std::size_t>(axis)];
  op.require(dim == unknown || dim >= *size, "a window of {} doesn't fit into {}", *size, dim);
  if (dim != unknown) dim = (dim - *size) / *stride + 1;
  shape.insert(shape.begin() + axis + 1, *size);
  op.result(op.element("x"), shape);
}

void band_part(Inference& op) {
  op.require(op.rank("x") >= 2, "x must have at least 2 dimensions, and has {}", op.rank("x"));
  same_as_x(op);
}

void shape_of_x(Inference& op) { op.result(ElementType::int32, {op.rank("x")}); }

constexpr TypeSet wide = numbers_and_bool | short_integers;  // from iOS 17 on
constexpr TypeSet indices = i8 | i16 | i32;

OperationRow layout(std::string_view name, TypeSet types, std::vector<Parameter> parameters, Rule rule,
                    Opset since = ios15) {
  parameters.insert(parameters.begin(), in("x", 'T'));
  return {name, since, {{'T', types}}, std::move(parameters), rule};
}

OperationRow with_letter(OperationRow row, Domain domain) {
  row.domains.push_back(domain);
  return row;
}

}  // namespace

std::vector<OperationRow> shape_operations() {
  using Kind = Parameter::Kind;
  const std::vector<Parameter> reference_dims = {each("ref_tensors", any_tensor), other("begins", Kind::values),
                                                 other("ends", Kind::values), other("end_masks", Kind::values)};
  const std::vector<Parameter> axes = {constant("axes", i32)};
  const std::vector<Parameter> optional_axes = {constant("axes", i32, none)};
  const std::vector<Parameter> sequence_axes = {in("lengths", i32), constant("seq_axis", i32, number(0)),
                                                constant("batch_axis", i32, number(0))};
  const std::vector<Parameter> short_sequence_axes = {in("lengths", 'U'), constant("seq_axis", i32, number(0)),
                                                      constant("batch_axis", i32, number(0))};
  const std::vector<Parameter> windows = {constant("axis", i32), constant("size", i32),
                                          constant("stride", i32, number(1))};
  return {
      layout("reshape", numbers_and_bool, {in("shape", i32)}, reshape),
      with_letter(layout("reshape", wide, {in("shape", 'U')}, reshape, ios17), {'U', indices}),
      layout("reshape_like", numbers_and_bool, reference_dims, reshape_like, ios16),
      layout("reshape_like", wide, reference_dims, reshape_like, ios17),
      layout("transpose", numbers_and_bool, {constant("perm", i32)}, transpose),
      layout("transpose", wide, {constant("perm", i32)}, transpose, ios17),
      layout("expand_dims", numbers_and_bool, axes, expand_dims),
      layout("expand_dims", wide, axes, expand_dims, ios17),
      layout("squeeze", numbers_and_bool, optional_axes, squeeze),
      layout("squeeze", wide, optional_axes, squeeze, ios17),
      layout("flatten2d", numbers_and_bool, {constant("axis", i32, number(1))}, flatten2d),
      layout("reverse", numbers_and_bool, optional_axes, reverse),
      layout("reverse", wide, optional_axes, reverse, ios17),
      layout("reverse_sequence", numbers_and_bool, sequence_axes, reverse_sequence),
      with_letter(layout("reverse_sequence", wide, short_sequence_axes, reverse_sequence, ios17), {'U', indices}),
      layout("sliding_windows", numbers, windows, sliding_windows),
      layout("sliding_windows", wide, windows, sliding_windows, ios17),

      {"concat",
       ios15,
       {{'T', any_tensor}},
       {each("values", 'T'), constant("axis", i32), constant("interleave", boolean, no)},
       concat},
      {"stack", ios15, {{'T', any_tensor}}, {each("values", 'T'), constant("axis", i32)}, stack},
      layout("split", numbers_and_bool,
             {constant("num_splits", i32, none), constant("split_sizes", i32, none), constant("axis", i32)}, split),
      layout("tile", numbers_and_bool, {in("reps", i32)}, tile),
      layout("pad", floats,
             {in("pad", i32), constant("mode", str, word("constant")), constant("constant_val", 'T', real(0.0))}, pad),

      layout("depth_to_space", floats, {constant("block_size", i32)}, depth_to_space),
      layout("space_to_depth", floats, {constant("block_size", i32)}, space_to_depth),
      layout("pixel_shuffle", floats, {constant("upscale_factor", i32)}, pixel_shuffle),
      layout("pixel_unshuffle", floats, {constant("downscale_factor", u32)}, pixel_unshuffle, ios16),
      layout("space_to_batch", floats, {constant("block_shape", i32), constant("paddings", i32)}, space_to_batch),
      layout("batch_to_space", floats, {constant("block_shape", i32), constant("crops", i32)}, batch_to_space),

      layout("band_part", numbers_and_bool, {constant("lower", i32, number(-1)), constant("upper", i32, number(-1))},
             band_part),
      layout("shape", numbers_and_bool, {}, shape_of_x),
  };
}

}  // namespace goldilocks::ml_program
