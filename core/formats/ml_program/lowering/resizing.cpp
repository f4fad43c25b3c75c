// Planes in other sizes. Where the output's points lie among the input's n is a grid; the nearest point is a place, and
// so a gather along the axis.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

std::string grid_of(Op& op, std::string_view mode) {
  if (mode == "STRICT_ALIGN_CORNERS") return "strict_align_endpoints";
  if (mode == "ALIGN_CORNERS") return "align_endpoints";
  if (mode == "DEFAULT") return "upsample";
  if (mode == "OFFSET_CORNERS") return "roi_align";
  if (mode == "UNALIGN_CORNERS") return "half_pixel";
  op.fail("has no sampling mode '" + std::string(mode) + "'");
}

Node resized(Op& op, Node x, std::int64_t height, std::int64_t width, const std::string& grid) {
  return op.add("resize", {x}, {{"size", std::vector<std::int64_t>{height, width}}, {"grid", grid}});
}

// The nearest places along an axis: of point i of `count`, floor((i + shift) * size / count).
Node nearest(Op& op, Node x, std::int64_t axis, std::int64_t count, double shift) {
  const std::int64_t size = op.dims(x)[static_cast<std::size_t>(axis)];
  if (size < 1) op.fail("is run where the sizes of x are known");
  if (size == count) return x;
  std::vector<std::int64_t> places;
  for (std::int64_t point = 0; point < count; ++point) {
    const double place = (static_cast<double>(point) + shift) * static_cast<double>(size) / static_cast<double>(count);
    places.push_back(std::min(static_cast<std::int64_t>(std::floor(place)), size - 1));
  }
  return op.gather(x, axis, places);
}

void lower_resize_bilinear(Op& op) {
  const Node x = op.input("x");
  op.give(resized(op, x, op.integer("target_size_height"), op.integer("target_size_width"),
                  grid_of(op, op.word("sampling_mode"))));
}

void lower_resize_nearest_neighbor(Op& op) {
  const Node x = op.input("x");
  const auto rank = static_cast<std::int64_t>(op.rank(x));
  const Node rows = nearest(op, x, rank - 2, op.integer("target_size_height"), 0.5);
  op.give(nearest(op, rows, rank - 1, op.integer("target_size_width"), 0.5));
}

// Axes are resized two at a time; one that stays is no part of a plane, as some grids move its points.
Node resized_axis(Op& op, Node x, std::size_t axis, std::int64_t count, const std::string& grid) {
  const Dims dims = op.dims(x);
  std::vector<std::int64_t> order;
  for (std::size_t at = 0; at < dims.size(); ++at) {
    if (at != axis) order.push_back(static_cast<std::int64_t>(at));
  }
  order.push_back(static_cast<std::int64_t>(axis));
  Node y = op.transpose(x, order);
  Dims shape = op.dims(y);
  Dims lines = shape;
  lines.insert(lines.end() - 1, 1);
  y = resized(op, op.reshape(y, lines), 1, count, grid);
  shape.back() = count;
  y = op.reshape(y, shape);
  std::vector<std::int64_t> back(order.size());
  for (std::size_t at = 0; at < order.size(); ++at)
    back[static_cast<std::size_t>(order[at])] = static_cast<std::int64_t>(at);
  return op.transpose(y, back);
}

// Planes to a size that is known only as it runs; 0 keeps a size.
Node resized_as_it_runs(Op& op, Node x, bool linear) {
  if (!linear || op.integer("resized_dims") != 2)
    op.fail("is run with an unknown shape for planes by interpolation alone");
  const Node shape = op.cast(op.input("shape"), GLK_INT32);
  const Node size = op.slice(shape, 0, op.dims(shape)[0] - 2, 2);
  const Node sizes = op.add_as(GLK_INT32, "shape", {x});
  const Node present = op.slice(sizes, 0, op.dims(sizes)[0] - 2, 2);
  const Node kept = op.add_as(GLK_BOOL, "equal", {size, op.scalar(GLK_INT32, 0)});
  return op.add("resize", {op.cast(x, GLK_FLOAT32), op.add_as(GLK_INT32, "where", {kept, present, size})},
                {{"grid", grid_of(op, op.word("sampling_mode"))}});
}

void lower_resize(Op& op) {
  Node x = op.input("x");
  const std::int32_t type = op.type(x);
  const bool linear = op.word("interpolation_mode") == "LINEAR";
  if (!op.known_integers("shape")) return op.give(op.cast(resized_as_it_runs(op, x, linear), type));
  std::vector<std::int64_t> shape = op.integers("shape");
  const auto count = static_cast<std::size_t>(op.integer("resized_dims"));
  if (count > shape.size() || count > op.rank(x)) op.fail("resizes more dimensions than there are");
  shape.erase(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(count));
  const std::size_t first = op.rank(x) - count;
  for (std::size_t index = 0; index < count; ++index) {
    if (shape[index] == 0) shape[index] = op.dims(x)[first + index];
  }
  const std::string grid = grid_of(op, op.word("sampling_mode"));
  if (linear) x = op.cast(x, GLK_FLOAT32);
  const bool plane = linear && count == 2 && op.dims(x)[first] != shape[0] && op.dims(x)[first + 1] != shape[1];
  if (plane) return op.give(op.cast(resized(op, x, shape[0], shape[1], grid), type));
  for (std::size_t index = 0; index < count; ++index) {
    const std::size_t axis = first + index;
    if (op.dims(x)[axis] == shape[index]) continue;
    x = linear ? resized_axis(op, x, axis, shape[index], grid)
               : nearest(op, x, static_cast<std::int64_t>(axis), shape[index], 0.5);
  }
  op.give(op.cast(x, type));
}

std::int64_t scaled_size(Op& op, Node x, std::size_t from_end, std::string_view factor) {
  const std::int64_t size = op.dims(x)[op.rank(x) - from_end];
  if (size < 1) op.fail("is run where the sizes of x are known");
  return static_cast<std::int64_t>(std::floor(static_cast<float>(size) * static_cast<float>(op.real(factor))));
}

void lower_upsample_bilinear(Op& op) {
  const Node x = op.input("x");
  const bool align = op.flag("align_corners");
  const bool half = op.has("half_pixel_centers") ? op.flag("half_pixel_centers") : !align;
  const std::int64_t height = scaled_size(op, x, 2, "scale_factor_height");
  const std::int64_t width = scaled_size(op, x, 1, "scale_factor_width");
  op.give(resized(op, x, height, width, align ? "strict_align_endpoints" : half ? "half_pixel" : "upsample"));
}

void lower_upsample_nearest_neighbor(Op& op) {
  const Node x = op.input("x");
  const auto rank = static_cast<std::int64_t>(op.rank(x));
  const std::int64_t height = scaled_size(op, x, 2, "scale_factor_height");
  const std::int64_t width = scaled_size(op, x, 1, "scale_factor_width");
  op.give(nearest(op, nearest(op, x, rank - 2, height, 0), rank - 1, width, 0));
}

// ---- boxes

std::string boxes_of(Op& op) {
  const std::string_view mode = op.word("box_coordinate_mode");
  if (mode == "CORNERS_HEIGHT_FIRST") return "corners_height_first";
  if (mode == "CORNERS_WIDTH_FIRST") return "corners_width_first";
  return mode == "CENTER_SIZE_HEIGHT_FIRST" ? "center_height_first" : "center_width_first";
}

// The boxes as rows [N, 1, 5, 1, 1], which begin with the number of their image.
Node boxes_with_images(Op& op) {
  const Node boxes = op.cast(op.input("boxes"), GLK_FLOAT32);
  const std::int64_t count = op.dims(boxes)[0];
  Node images = op.input_or_none("box_indices");
  if (images == GLK_NO_VALUE) {
    std::vector<double> numbers;
    for (std::int64_t box = 0; box < count; ++box) numbers.push_back(static_cast<double>(box));
    images = op.constant(GLK_FLOAT32, {count}, numbers);
  }
  images = op.reshape(op.cast(images, GLK_FLOAT32), {count, 1});
  return op.reshape(op.concat({images, boxes}, 1), {count, 1, 5, 1, 1});
}

void lower_crop_resize(Op& op) {
  const bool rows = op.opset() >= Opset::ios17;
  const Node x = op.input("x");
  Dims images = op.dims(x);
  images.insert(images.begin(), 1);
  const Node boxes = rows ? boxes_with_images(op) : op.input("roi");
  const double value = op.opset() >= Opset::ios16 ? op.real("pad_value") : 0;
  const std::vector<std::int64_t> size = {op.integer("target_height"), op.integer("target_width")};
  Node y = op.add("crop_resize", {op.reshape(x, images), boxes},
                  {{"size", size},
                   {"grid", grid_of(op, op.word("sampling_mode"))},
                   {"boxes", boxes_of(op)},
                   {"normalized", std::int64_t{op.flag("normalized_coordinates") ? 1 : 0}},
                   {"spatial_scale", op.real("spatial_scale")},
                   {"outside", std::string("value")},
                   {"value", value}});
  const Dims dims = op.dims(y);
  if (rows) return op.give(op.reshape(y, {dims[0], dims[2], dims[3], dims[4]}));
  // A box that names its image stands for all of them.
  if (dims[1] != images[1])
    y = op.add("broadcast", {y}, {{"shape", Dims{dims[0], images[1], dims[2], dims[3], dims[4]}}});
  op.give(y);
}

constexpr std::array resizing_rows = {
    LoweringRow{"crop_resize", lower_crop_resize},
    LoweringRow{"resize", lower_resize},
    LoweringRow{"resize_bilinear", lower_resize_bilinear},
    LoweringRow{"resize_nearest_neighbor", lower_resize_nearest_neighbor, true},
    LoweringRow{"upsample_bilinear", lower_upsample_bilinear},
    LoweringRow{"upsample_nearest_neighbor", lower_upsample_nearest_neighbor, true},
};

}  // namespace

std::span<const LoweringRow> resizing_lowerings() { return resizing_rows; }

}  // namespace goldilocks::ml_program
