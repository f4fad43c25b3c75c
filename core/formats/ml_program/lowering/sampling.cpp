// Planes at places that are computed: `sample` of the kit takes them in pixels, x before y.
#include <array>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

// Coordinates [..., 2] as scale * c + shift, for x and for y.
Node in_pixels(Op& op, Node coordinates, std::array<double, 2> scale, std::array<double, 2> shift) {
  const Node factor = op.constant(GLK_FLOAT32, {2}, {scale[0], scale[1]});
  return op.add("affine", {coordinates, factor, op.constant(GLK_FLOAT32, {2}, {shift[0], shift[1]})});
}

Node sampled(Op& op, Node x, Node coordinates, const std::string& mode, const std::string& outside, double value) {
  return op.add("sample", {x, coordinates}, {{"mode", mode}, {"outside", outside}, {"value", value}});
}

void lower_resample(Op& op) {
  const Node x = op.input("x");
  const Node coordinates = op.cast(op.input("coordinates"), GLK_FLOAT32);
  const std::string_view mode = op.word("coordinates_mode");
  const bool align = op.flag("align_corners");
  std::array<double, 2> scale{1, 1}, shift{0, 0};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto size = static_cast<double>(op.dims(x)[op.rank(x) - 1 - axis]);
    if (mode == "normalized_minus_one_to_one") {
      scale[axis] = (align ? size - 1 : size) / 2;
      shift[axis] = (size - 1) / 2;
    } else if (mode == "normalized_zero_to_one") {
      scale[axis] = align ? size - 1 : size;
      shift[axis] = align ? 0 : -0.5;
    }
  }
  const Node places = mode == "unnormalized" ? coordinates : in_pixels(op, coordinates, scale, shift);
  op.give(sampled(op, x, places, std::string(op.word("sampling_mode")), std::string(op.word("padding_mode")),
                  op.real("padding_value")));
}

// The transform [B, 2, 3] is applied to a grid of -1 to 1.
void lower_affine(Op& op) {
  const Node x = op.input("x");
  if (!op.flag("align_corners")) op.fail("is run with align_corners alone");
  const std::int64_t height = op.integer("output_height"), width = op.integer("output_width");
  const auto place = [](std::int64_t at, std::int64_t size) {
    return size == 1 ? 0.0 : 2 * static_cast<double>(at) / static_cast<double>(size - 1) - 1;
  };
  std::vector<double> grid;  // [3, height * width]: x, y, 1
  for (std::int64_t at = 0; at < height * width; ++at) grid.push_back(place(at % width, width));
  for (std::int64_t at = 0; at < height * width; ++at) grid.push_back(place(at / width, height));
  grid.insert(grid.end(), static_cast<std::size_t>(height * width), 1.0);
  Node matrix = op.input("transform_matrix");
  const std::int64_t transforms = op.dims(matrix)[0], images = op.dims(x)[0];
  matrix = op.reshape(matrix, {transforms, 2, 3});
  Node places = op.add("matmul", {matrix, op.constant(GLK_FLOAT32, {3, height * width}, grid)});
  places = op.reshape(op.transpose(places, {0, 2, 1}), {transforms, height, width, 2});
  if (transforms != images) places = op.add("broadcast", {places}, {{"shape", Dims{images, height, width, 2}}});
  const auto half = [&](std::size_t from_end) {
    return static_cast<double>(op.dims(x)[op.rank(x) - from_end] - 1) / 2;
  };
  places = in_pixels(op, places, {half(1), half(2)}, {half(1), half(2)});
  op.give(sampled(op, x, places, "bilinear", "constant", op.real("padding_value")));
}

constexpr std::array sampling_rows = {
    LoweringRow{"affine", lower_affine},
    LoweringRow{"resample", lower_resample},
};

}  // namespace

std::span<const LoweringRow> sampling_lowerings() { return sampling_rows; }

}  // namespace goldilocks::ml_program
