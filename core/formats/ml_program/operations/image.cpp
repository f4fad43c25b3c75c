// Crops, resampling and resizing of the last two dimensions.
#include <cmath>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

const std::initializer_list<std::string_view> grids = {"DEFAULT", "STRICT_ALIGN_CORNERS", "ALIGN_CORNERS",
                                                       "OFFSET_CORNERS", "UNALIGN_CORNERS"};

// A size that must be positive; unknown where it isn't a constant that can be read.
std::int64_t size_of(const Inference& op, std::string_view parameter) {
  const auto size = op.integer(parameter);
  op.require(!size || *size >= 1, "{} is {}", parameter, size.value_or(0));
  return size.value_or(unknown);
}

// x with other lengths of its last two dimensions.
void with_size(Inference& op, std::int64_t height, std::int64_t width) {
  op.require(op.rank("x") >= 3, "x must have at least 3 dimensions, and has {}", op.rank("x"));
  Shape shape = op.shape("x");
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width;
  op.result(op.element("x"), shape);
}

void affine(Inference& op) {
  op.require_rank("x", 4, 4);
  const Shape& x = op.shape("x");
  const Shape& matrix = op.shape("transform_matrix");
  op.require(matrix.size() == 2 && (matrix[1] == 6 || matrix[1] == unknown),
             "transform_matrix must be [batch, 6], not {}", text(matrix));
  op.require(matrix[0] == 1 || matrix[0] == unknown || x[0] == unknown || matrix[0] == x[0],
             "transform_matrix has {} rows for a batch of {}", matrix[0], x[0]);
  op.one_of("sampling_mode", {"bilinear"});
  op.one_of("padding_mode", {"constant"});
  op.one_of("coordinates_mode", {"normalized_minus_one_to_one"});
  const auto padding = op.real("padding_value");
  op.require(!padding || *padding == 0, "padding_value must be 0");
  op.require(op.flag("align_corners").value_or(true), "align_corners must be true");
  with_size(op, size_of(op, "output_height"), size_of(op, "output_width"));
}

void resample(Inference& op) {
  op.require_rank("x", 4, 4);
  op.require_rank("coordinates", 4, 4);
  const Shape& x = op.shape("x");
  const Shape& coordinates = op.shape("coordinates");
  op.require(coordinates[3] == 2 || coordinates[3] == unknown, "coordinates must be [batch, height, width, 2], not {}",
             text(coordinates));
  std::int64_t batch = x[0];
  op.require(unify(batch, coordinates[0]), "coordinates {} for a batch of {}", text(coordinates), batch);
  op.one_of("sampling_mode", {"bilinear", "nearest"});
  op.one_of("padding_mode", {"constant", "border", "reflection", "symmetric"});
  op.one_of("coordinates_mode", {"unnormalized", "normalized_minus_one_to_one", "normalized_zero_to_one"});
  op.result(op.element("x"), {batch, x[1], coordinates[1], coordinates[2]});
}

void crop(Inference& op) {
  op.require(op.rank("x") >= 3, "x must have at least 3 dimensions, and has {}", op.rank("x"));
  Shape shape = op.shape("x");
  std::size_t dim = shape.size() - 2;
  for (const std::string_view parameter : {"crop_height", "crop_width"}) {
    op.require_length(parameter, 2);
    const auto amounts = op.integers(parameter);
    std::int64_t& length = shape[dim++];
    if (!amounts || length == unknown) {
      length = unknown;
      continue;
    }
    op.require((*amounts)[0] >= 0 && (*amounts)[1] >= 0, "{} {} has a negative number", parameter, text(*amounts));
    const std::int64_t rest = length - (*amounts)[0] - (*amounts)[1];
    op.require(rest > 0, "{} {} leaves nothing of {}", parameter, text(*amounts), length);
    length = rest;
  }
  op.result(op.element("x"), shape);
}

void check_crop_resize(const Inference& op) {
  op.require_rank("x", 4, 4);
  op.one_of("sampling_mode", grids);
  op.one_of("box_coordinate_mode",
            {"CORNERS_HEIGHT_FIRST", "CORNERS_WIDTH_FIRST", "CENTER_SIZE_HEIGHT_FIRST", "CENTER_SIZE_WIDTH_FIRST"});
}

// Boxes as [N, 1, 4 or 5, 1, 1]; the fifth number is the image's index.
void crop_resize(Inference& op) {
  check_crop_resize(op);
  const Shape& x = op.shape("x");
  const Shape& roi = op.shape("roi");
  const bool indexed = roi.size() == 5 && roi[2] == 5;
  op.require(may_be_equal(roi, {unknown, 1, indexed ? 5 : 4, 1, 1}), "roi must be [N, 1, 4 or 5, 1, 1], not {}",
             text(roi));
  op.result(op.element("x"),
            {roi[0], indexed ? unknown : x[0], x[1], size_of(op, "target_height"), size_of(op, "target_width")});
}

void crop_resize_ios17(Inference& op) {
  check_crop_resize(op);
  const Shape& x = op.shape("x");
  const Shape& boxes = op.shape("boxes");
  op.require(may_be_equal(boxes, {unknown, 4}), "boxes must be [N, 4], not {}", text(boxes));
  if (op.has("box_indices")) {
    const Shape& indices = op.shape("box_indices");
    op.require(may_be_equal(indices, {boxes[0]}), "box_indices {} for boxes {}", text(indices), text(boxes));
  } else {
    op.require(boxes[0] == unknown || x[0] == unknown || boxes[0] <= x[0], "{} boxes without box_indices for {} images",
               boxes[0], x[0]);
  }
  op.result(op.element("x"), {boxes[0], x[1], size_of(op, "target_height"), size_of(op, "target_width")});
}

void resize(Inference& op) {
  op.one_of("interpolation_mode", {"LINEAR", "NEAREST_NEIGHBOR"});
  op.one_of("sampling_mode", grids);
  const Shape& target = op.shape("shape");
  op.require(target.size() == 1, "shape must be a vector");
  const auto resized = op.integer("resized_dims");
  if (!resized || target[0] == unknown) throw Undetermined{};
  Shape shape = op.shape("x");
  op.require(target[0] <= op.rank("x") && *resized <= target[0],
             "{} resized dimensions, a shape of {} and x of {}: none may exceed the next", *resized, target[0],
             shape.size());
  const auto sizes = op.integers("shape");
  for (std::int64_t i = 1; i <= *resized; ++i) {
    std::int64_t& dim = shape[shape.size() - static_cast<std::size_t>(i)];
    const std::int64_t size = sizes ? (*sizes)[sizes->size() - static_cast<std::size_t>(i)] : unknown;
    op.require(!sizes || size >= 0, "shape has the length {}", size);
    if (size != 0) dim = size;
  }
  op.result(op.element("x"), shape);
}

void resize_bilinear(Inference& op) {
  op.one_of("sampling_mode", grids);
  with_size(op, size_of(op, "target_size_height"), size_of(op, "target_size_width"));
}

void resize_nearest_neighbor(Inference& op) {
  with_size(op, size_of(op, "target_size_height"), size_of(op, "target_size_width"));
}

// The length times a factor, rounded down; unknown where float32 and float64 give different ones.
std::int64_t scaled(const Inference& op, std::int64_t length, std::string_view parameter) {
  double factor = 1;
  if (op.has(parameter)) {
    const auto given = op.real(parameter);
    if (!given) return unknown;
    factor = *given;
  }
  op.require(factor > 0, "{} is {}", parameter, factor);
  if (length == unknown) return unknown;
  const double exact = std::floor(static_cast<double>(length) * factor);
  const float rounded = std::floor(static_cast<float>(length) * static_cast<float>(factor));
  op.require(exact >= 1 && exact < 1e15, "{} {} makes {} of {}", parameter, factor, exact, length);
  return exact == static_cast<double>(rounded) ? static_cast<std::int64_t>(exact) : unknown;
}

void upsample(Inference& op) {
  op.require(op.rank("x") >= 3, "x must have at least 3 dimensions, and has {}", op.rank("x"));
  const Shape& x = op.shape("x");
  with_size(op, scaled(op, x[x.size() - 2], "scale_factor_height"), scaled(op, x[x.size() - 1], "scale_factor_width"));
}

std::vector<Parameter> crop_resize_parameters(std::vector<Parameter> boxes) {
  std::vector<Parameter> parameters = {in("x", 'T')};
  parameters.insert(parameters.end(), boxes.begin(), boxes.end());
  parameters.insert(parameters.end(),
                    {constant("target_height", i32, number(1)), constant("target_width", i32, number(1)),
                     constant("normalized_coordinates", boolean, no), constant("spatial_scale", fp32, real(1.0)),
                     constant("box_coordinate_mode", str, word("CORNERS_HEIGHT_FIRST")),
                     constant("sampling_mode", str, word("DEFAULT"))});
  return parameters;
}

std::vector<Parameter> with_pad_value(std::vector<Parameter> parameters) {
  parameters.push_back(constant("pad_value", 'T', real(0.0)));
  return parameters;
}

OperationRow resampling(Opset since, TypeSet coordinates) {
  return {"resample",
          since,
          {{'T', floats}, {'U', coordinates}},
          {in("x", 'T'), in("coordinates", 'U'), constant("sampling_mode", str), constant("padding_mode", str),
           constant("padding_value", 'T'), constant("coordinates_mode", str), constant("align_corners", boolean)},
          resample};
}

}  // namespace

std::vector<OperationRow> image_operations() {
  return {
      {"affine",
       ios15,
       {{'T', floats}},
       {in("x", 'T'), in("transform_matrix", 'T'), constant("output_height", i32), constant("output_width", i32),
        constant("sampling_mode", str), constant("padding_mode", str), constant("padding_value", 'T'),
        constant("coordinates_mode", str), constant("align_corners", boolean)},
       affine},
      resampling(ios15, i32 | fp32),
      resampling(ios16, i32 | floats),
      resampling(ios17, i32 | floats | short_integers),

      {"crop", ios15, {{'T', floats}}, {in("x", 'T'), constant("crop_height", i32), constant("crop_width", i32)}, crop},
      {"crop_resize", ios15, {{'T', floats}}, crop_resize_parameters({in("roi", 'T')}), crop_resize},
      {"crop_resize", ios16, {{'T', floats}}, with_pad_value(crop_resize_parameters({in("roi", 'T')})), crop_resize},
      {"crop_resize",
       ios17,
       {{'T', floats}, {'B', floats | u16}, {'I', u16 | i32}},
       with_pad_value(crop_resize_parameters({in("boxes", 'B'), in("box_indices", 'I', Derived{"0..N-1"})})),
       crop_resize_ios17},

      {"resize",
       ios17,
       {{'T', numbers}, {'U', i32 | i16 | u16 | u32}},
       {in("x", 'T'), in("shape", 'U'), constant("resized_dims", u32),
        constant("interpolation_mode", str, word("LINEAR")), constant("sampling_mode", str, word("DEFAULT"))},
       resize},
      {"resize_bilinear",
       ios15,
       {{'T', floats}},
       {in("x", 'T'), constant("target_size_height", i32, number(1)), constant("target_size_width", i32, number(1)),
        constant("sampling_mode", str, word("DEFAULT"))},
       resize_bilinear},
      {"resize_nearest_neighbor",
       ios15,
       {{'T', floats}},
       {in("x", 'T'), constant("target_size_height", i32), constant("target_size_width", i32)},
       resize_nearest_neighbor},
      {"upsample_bilinear",
       ios15,
       {{'T', floats}, {'U', i32 | fp32}},
       {in("x", 'T'), constant("scale_factor_height", 'U', number(1)), constant("scale_factor_width", 'U', number(1)),
        constant("align_corners", boolean, yes)},
       upsample},
      {"upsample_bilinear",
       ios16,
       {{'T', floats}, {'U', i32 | fp32}},
       {in("x", 'T'), constant("scale_factor_height", 'U', number(1)), constant("scale_factor_width", 'U', number(1)),
        constant("align_corners", boolean, yes), constant("half_pixel_centers", boolean, Derived{"not align_corners"})},
       upsample},
      {"upsample_nearest_neighbor",
       ios15,
       {{'T', floats}, {'U', i32 | fp32}},
       {in("x", 'T'), constant("scale_factor_height", 'U', number(1)), constant("scale_factor_width", 'U', number(1))},
       upsample},
  };
}

}  // namespace goldilocks::ml_program
