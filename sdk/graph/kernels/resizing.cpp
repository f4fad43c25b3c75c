// resize and crop_resize: a plane, or boxes of it, on a grid of a given size, by interpolation between the four points
// around.
//
// n points are taken from an interval of length l (l = size - 1 for a whole axis), by the `grid` attribute:
//      strict_align_endpoints  i * l / (n - 1), so that both ends are hit; a single point lies at the beginning
//      align_endpoints         the same, but a single point lies in the middle
//      upsample                i * (l + 1) / n
//      roi_align               (i + 1/2) * max(1, l) / n
//      half_pixel              (i + 1/2) * (l + 1) / n - 1/2, but none lies before 0
// but none lies beyond l.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/bilinear.hpp"
#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/sampling.hpp"
#include "kernels/takes.hpp"
#include "kernels/whole_numbers.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

double offset_of(std::string_view grid, std::int64_t at, std::int64_t count, double length) {
  const auto index = static_cast<double>(at);
  const auto points = static_cast<double>(count);
  if (grid == "upsample") return index * (length + 1) / points;
  if (grid == "half_pixel") return std::max(0.0, (index + 0.5) * (length + 1) / points - 0.5);
  if (grid == "roi_align") return (index + 0.5) * std::max(1.0, length) / points;
  if (count == 1) return grid == "align_endpoints" ? length / 2 : 0.0;
  return index * length / (points - 1);
}

// A grid of `count` points along an axis of `size`, in the interval from `start` of this length.
std::vector<Sample> grid_samples(std::string_view grid, double start, double length, std::int64_t count,
                                 std::int64_t size) {
  std::vector<Sample> result;
  for (std::int64_t at = 0; at < count; ++at) {
    result.push_back(sample_at(start + std::min(length, offset_of(grid, at, count, length)), size));
  }
  return result;
}

// Planes of height x width, one after another, to `out`.
void sample_planes(const float* planes, std::int64_t count, std::int64_t height, std::int64_t width,
                   std::span<const Sample> rows, std::span<const Sample> columns, float* out) {
  for (std::int64_t plane = 0; plane < count; ++plane) {
    for (const Sample& row : rows) {
      for (const Sample& column : columns) {
        *out++ = interpolate(planes + plane * height * width, width, row, column);
      }
    }
  }
}

void check_grid(const OperationView& operation) {
  check_choice(operation, "grid", operation.text("grid"),
               {"strict_align_endpoints", "align_endpoints", "upsample", "roi_align", "half_pixel"});
}

void run_resize(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::size_t rank = inputs[0].dims.size();
  const std::int64_t height = inputs[0].dims[rank - 2];
  const std::int64_t width = inputs[0].dims[rank - 1];
  const std::string_view grid = operation.text("grid");
  const auto rows = grid_samples(grid, 0, static_cast<double>(height - 1), outputs[0].dims[rank - 2], height);
  const auto columns = grid_samples(grid, 0, static_cast<double>(width - 1), outputs[0].dims[rank - 1], width);
  sample_planes(inputs[0].values.data(), leading_count(inputs[0].dims, 2), height, width, rows, columns,
                outputs[0].values.data());
}

std::vector<Dims> infer_resize(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 2);
  check_rank(operation, inputs[0], 2);
  check_grid(operation);
  if (operation.has_input(1)) {
    check_shape(operation, "the size", inputs[1], Dims{2});
    Dims open = inputs[0];
    std::fill(open.end() - 2, open.end(), -1);
    return {open};
  }
  operation.integers("size");
  const std::array<std::int64_t, 2> size = pair_attribute(operation, "size", 1);
  Dims out = inputs[0];
  out[out.size() - 2] = size[0];
  out[out.size() - 1] = size[1];
  return {out};
}

std::vector<Dims> resize_shapes(const OperationView& operation, Inputs inputs) {
  Dims out(inputs[0].dims.begin(), inputs[0].dims.end());
  if (!operation.has_input(1)) return infer_resize(operation, std::vector<Dims>{out});
  std::ranges::copy(whole_numbers(operation, inputs[1], "size"), out.end() - 2);
  for (const std::int64_t size : out) {
    if (size < 1) operation.fail("can't resize to " + to_text(out));
  }
  element_count(out);
  return {out};
}

bool takes_resized(const ElementTypes& types) { return types.inputs[0] == GLK_FLOAT32 && takes_placed(types); }

// Where a box begins along an axis, and how long it is, in steps from point to point.
struct Extent {
  double start, length;
};

// `box` is two coordinates each of height and width, in the order that `boxes` names. Of a box that ends before it
// begins there is only its beginning, unless it `turns`: then it runs backwards.
std::array<Extent, 2> box_extents(std::string_view boxes, const float* box, std::array<double, 2> scale, bool turns) {
  const bool width_first = boxes.ends_with("width_first");
  std::array<Extent, 2> extents{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::size_t at = width_first ? 1 - axis : axis;
    const double first = static_cast<double>(box[at]) * scale[axis];
    const double second = static_cast<double>(box[at + 2]) * scale[axis];
    const double size = boxes.starts_with("corners") ? second - first : second;
    extents[axis].length = turns ? size : std::max(0.0, size);
    extents[axis].start = boxes.starts_with("corners") ? first : first - extents[axis].length / 2;
  }
  return extents;
}

// The points of a box along an axis of this size. Where what lies outside has a value of its own, those are marked.
struct BoxAxis {
  std::vector<Sample> samples;
  std::vector<bool> outside;
};

BoxAxis box_axis(std::string_view grid, const Extent& extent, std::int64_t count, std::int64_t size, bool marks) {
  if (!marks) return {grid_samples(grid, extent.start, extent.length, count, size), {}};
  BoxAxis axis;
  const double direction = extent.length < 0 ? -1 : 1;
  const double length = std::fabs(extent.length);
  for (std::int64_t at = 0; at < count; ++at) {
    const double position = extent.start + direction * std::min(length, offset_of(grid, at, count, length));
    axis.samples.push_back(sample_at(position, size));
    axis.outside.push_back(!(position >= 0 && position <= static_cast<double>(size - 1)));
  }
  return axis;
}

// Writes the value to the points of `count` planes that lie outside.
void fill_outside(const BoxAxis& rows, const BoxAxis& columns, std::int64_t count, float value, float* out) {
  for (std::int64_t plane = 0; plane < count; ++plane) {
    for (const bool row : rows.outside) {
      for (const bool column : columns.outside) {
        if (row || column) *out = value;
        ++out;
      }
    }
  }
}

// The one image that a box names, as its number.
std::int64_t image_of(const OperationView& operation, float number, std::int64_t images) {
  const double whole = std::trunc(static_cast<double>(number));
  if (!(whole >= 0 && whole < static_cast<double>(images))) {
    operation.fail("a box is of image " + std::to_string(number) + ", which is not one of 0 to " +
                   std::to_string(images - 1));
  }
  return static_cast<std::int64_t>(whole);
}

void run_crop_resize(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> in = inputs[0].dims;
  const std::int64_t images = in[1], channels = in[2], height = in[3], width = in[4];
  const std::int64_t entries = inputs[1].dims[2];
  const std::span<const std::int64_t> out = outputs[0].dims;
  const std::string_view grid = operation.text("grid"), boxes = operation.text("boxes");
  const bool normalized = operation.integer("normalized", 0) != 0;
  const double factor = operation.number("spatial_scale", 1);
  const std::array<double, 2> scale = {normalized ? factor * static_cast<double>(height - 1) : factor,
                                       normalized ? factor * static_cast<double>(width - 1) : factor};
  const bool marks = operation.text("outside", "edge") == "value";
  const auto value = static_cast<float>(operation.number("value", 0));
  float* y = outputs[0].values.data();
  for (std::int64_t number = 0; number < out[0]; ++number) {
    const float* box = inputs[1].values.data() + number * entries;
    const std::array<Extent, 2> extents = box_extents(boxes, box + (entries - 4), scale, marks);
    for (const Extent& extent : extents) {
      if (!std::isfinite(extent.start + extent.length)) operation.fail("a box is not finite");
    }
    const BoxAxis rows = box_axis(grid, extents[0], out[3], height, marks);
    const BoxAxis columns = box_axis(grid, extents[1], out[4], width, marks);
    const std::int64_t first = entries == 5 ? image_of(operation, box[0], images) : 0;
    sample_planes(inputs[0].values.data() + first * channels * height * width, out[1] * channels, height, width,
                  rows.samples, columns.samples, y);
    if (marks) fill_outside(rows, columns, out[1] * channels, value, y);
    y += out[1] * channels * out[3] * out[4];
  }
}

std::vector<Dims> infer_crop_resize(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  check_grid(operation);
  check_choice(operation, "boxes", operation.text("boxes"),
               {"corners_height_first", "corners_width_first", "center_height_first", "center_width_first"});
  check_choice(operation, "outside", operation.text("outside", "edge"), {"edge", "value"});
  operation.integer("normalized", 0);
  for (const char* name : {"spatial_scale", "value"}) operation.number(name, 0);
  operation.integers("size");
  const std::array<std::int64_t, 2> size = pair_attribute(operation, "size", 1);
  const Dims &x = inputs[0], &boxes = inputs[1];
  if (x.size() != 5 || x[0] != 1) operation.fail("the input has shape " + to_text(x) + " instead of [1, B, C, H, W]");
  if (boxes.size() != 5 || (boxes[2] != 4 && boxes[2] != 5) || boxes[1] != 1 || boxes[3] != 1 || boxes[4] != 1) {
    operation.fail("the boxes have shape " + to_text(boxes) + " instead of [N, 1, 4, 1, 1] or [N, 1, 5, 1, 1]");
  }
  return {{boxes[0], boxes[2] == 5 ? 1 : x[1], x[2], size[0], size[1]}};
}

constexpr std::array list = {Kernel{"crop_resize", infer_crop_resize, run_crop_resize},
                             Kernel{"resize", infer_resize, run_resize, resize_shapes, nullptr, takes_resized, 0b10},
                             Kernel{"sample", infer_sample, run_sample}};

}  // namespace

std::span<const Kernel> resizing_kernels() { return list; }

}  // namespace goldilocks::graph
