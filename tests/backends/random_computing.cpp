// Operations that compute: products of matrices, volumes, grids and borders.
#include "tests/backends/random_operations.hpp"

namespace goldilocks::testing {

using lowering::Attributes;
using lowering::Dims;
using Values = std::vector<std::uint32_t>;

std::vector<std::int64_t> RandomOperations::list(std::size_t count, std::int64_t low, std::int64_t high) {
  std::vector<std::int64_t> entries(count);
  for (std::int64_t& entry : entries) entry = between(low, high);
  return entries;
}

Attributes RandomOperations::volume_attributes() {
  return {{"padding", one_of<std::string>({"explicit", "explicit", "same_upper", "same_lower"})},
          {"pads", list(6, 0, 1)},
          {"strides", list(3, 1, 2)}};
}

Values RandomOperations::convolution_3d(const std::string& type, std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  if (dims.size() < 4) return emit(type, {x, x}, {});  // refused
  const std::int64_t inputs = dims[dims.size() - 4], groups = chance(0.7) ? 1 : inputs, outputs = between(1, 2);
  const std::vector<std::int64_t> kernel = list(3, 1, 3);
  const bool transposed = type == "deconvolution_3d";
  Attributes attributes = volume_attributes();
  attributes.push_back({"groups", groups});
  if (chance(0.4)) attributes.push_back({"dilations", list(3, 1, 2)});
  if (transposed && chance(0.2)) attributes.push_back({"output_shape", list(3, 1, 8)});
  Dims weight = transposed ? Dims{inputs, outputs} : Dims{outputs * groups, inputs / groups};
  weight.insert(weight.end(), kernel.begin(), kernel.end());
  Inputs all = {x, constant(weight, 0.5)};
  if (chance(0.6)) all.push_back(constant({outputs * groups}, 0.5));
  return emit(type, all, std::move(attributes));
}

Values RandomOperations::pool_3d(const std::string& type, std::uint32_t x) {
  if (chance(0.15)) return emit(type, {x}, {{"global", std::int64_t{1}}});
  Attributes attributes = volume_attributes();
  attributes.push_back({"kernel", list(3, 1, 3)});
  attributes.push_back({"exclude_padding", between(0, 1)});
  return emit(type, {x}, std::move(attributes));
}

Values RandomOperations::constant_pad(std::uint32_t x) {
  const std::size_t count = 2 * graph_.dims(x).size();
  Attributes attributes = {{"value", number(-1, 1)}, {"to_size", between(0, 1)}};
  std::vector<std::int64_t> pads = list(count, 0, 3);
  for (std::size_t at = 0; at < count; at += 2) pads[at + static_cast<std::size_t>(between(0, 1))] = 0;
  if (chance(0.7)) {
    attributes.push_back({"pads", pads});
    return emit("constant_pad", {x}, std::move(attributes));
  }
  const std::uint32_t amounts = graph_.add_constant(graph_.derived_name("amounts"), {static_cast<std::int64_t>(count)},
                                                    std::vector<float>(pads.begin(), pads.end()));
  return emit("constant_pad", {x, emit("multiply", {amounts, one_from(x)}, {})[0]}, std::move(attributes));
}

Values RandomOperations::resize(const std::string& type, std::uint32_t x) {
  Attributes attributes = {
      {"size", list(2, 1, 9)},
      {"grid", one_of<std::string>({"strict_align_endpoints", "align_endpoints", "upsample", "roi_align"})}};
  if (type == "resize") return emit(type, {x}, std::move(attributes));
  const Dims dims = graph_.dims(x);
  Dims shape = {1, -1};
  shape.insert(shape.end(), dims.end() - 3, dims.end());
  const std::uint32_t images = emit("reshape", {x}, {{"shape", shape}})[0];
  attributes.push_back({"boxes", one_of<std::string>({"corners_height_first", "corners_width_first",
                                                      "center_height_first", "center_width_first"})});
  attributes.push_back({"normalized", between(0, 1)});
  attributes.push_back({"spatial_scale", number(0.5, 4)});
  const std::int64_t count = between(1, 3);
  std::vector<float> boxes;
  const bool chosen = chance(0.5);
  for (std::int64_t box = 0; box < count; ++box) {
    if (chosen) boxes.push_back(static_cast<float>(between(0, graph_.dims(images)[1] - 1)));
    for (int entry = 0; entry < 4; ++entry) boxes.push_back(static_cast<float>(number(0, 1.2)));
  }
  const std::uint32_t given =
      graph_.add_constant(graph_.derived_name("boxes"), {count, 1, chosen ? 5 : 4, 1, 1}, std::move(boxes));
  return emit(type, {images, given}, std::move(attributes));
}

Values RandomOperations::random_numbers(const std::string& type, std::uint32_t x) {
  Attributes attributes = {{"seed", between(0, 1000)}, {"minimum", -1.0},   {"maximum", 1.0}, {"mean", 0.5},
                           {"deviation", 2.0},         {"probability", 0.4}};
  if (type == "random_categorical") {
    return emit(type, {x},
                {{"seed", between(0, 1000)},
                 {"samples", between(1, 5)},
                 {"logits", std::int64_t{1}},
                 {"temperature", number(0.5, 2)}});
  }
  if (chance(0.6)) return emit(type, {x}, std::move(attributes));
  if (chance(0.5)) {
    attributes.push_back({"shape", list(3, 1, 6)});
    return emit(type, {}, std::move(attributes));
  }
  attributes.push_back({"shape_from", std::string("values")});
  const std::uint32_t sizes = graph_.add_constant(graph_.derived_name("sizes"), {3}, {2, 1, 3});
  return emit(type, {emit("multiply", {sizes, one_from(x)}, {})[0]}, std::move(attributes));
}

// Boxes and scores out of x's values.
Values RandomOperations::suppression(std::uint32_t x) {
  const std::int64_t count = graph::element_count(graph_.dims(x)) / 5;
  if (count == 0) return emit("non_maximum_suppression", {x, x}, {});  // refused
  const std::uint32_t flat = emit("reshape", {x}, {{"shape", std::vector<std::int64_t>{-1}}})[0];
  const auto part = [&](std::int64_t begin, std::int64_t size) {
    const std::uint32_t values = emit("slice", {flat},
                                      {{"axes", std::vector<std::int64_t>{0}},
                                       {"begin", std::vector{begin * count}},
                                       {"end", std::vector{(begin + size) * count}}})[0];
    return emit("reshape", {values}, {{"shape", std::vector{std::int64_t{1}, count, size}}})[0];
  };
  return emit("non_maximum_suppression", {part(0, 4), part(4, 1)},
              {{"iou_threshold", number(0, 0.5)},
               {"score_threshold", number(-0.5, 0.5)},
               {"boxes", between(1, 8)},
               {"per_class", between(0, 1)}},
              4);
}

// Every value of x, as a row of its own, chooses between a few vectors.
Values RandomOperations::embedding(std::uint32_t x) {
  const std::int64_t count = graph::element_count(graph_.dims(x));
  const std::uint32_t steps = emit("linear", {x}, {{"alpha", 1.5}, {"beta", 1.5}})[0];  // 0 to 3 for x from -1 to 1
  const std::uint32_t column = emit("reshape", {steps}, {{"shape", std::vector{count, std::int64_t{1}}}})[0];
  const std::uint32_t indexes = emit("clip", {column}, {{"minimum", 0.0}, {"maximum", 2.0}})[0];
  const std::int64_t size = between(1, 5);
  Inputs inputs = {indexes, constant({size, 3}, 1)};
  if (chance(0.5)) inputs.push_back(constant({size}, 1));
  return emit("embedding", inputs, {});
}

// x with a matrix on either side, or with itself transposed.
Values RandomOperations::matmul(std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  const std::int64_t transpose = between(0, 1);
  if (chance(0.3)) {
    return emit("matmul", {x, x}, {{"transpose_a", transpose}, {"transpose_b", 1 - transpose}});
  }
  const bool left = chance(0.5);
  const std::int64_t flip = between(0, 1), size = between(1, 6);
  // The dimension of x that is summed over: its last one on the left, unless transposed.
  const std::int64_t inner = dims[dims.size() - (left == (transpose == 0) ? 1 : 2)];
  const bool inner_first = left != (flip == 1);
  Dims other = inner_first ? Dims{inner, size} : Dims{size, inner};
  if (chance(0.5)) other.insert(other.begin(), chance(0.5) ? 1 : dims[dims.size() - 3]);
  if (left) return emit("matmul", {x, constant(other, 1)}, {{"transpose_a", transpose}, {"transpose_b", flip}});
  return emit("matmul", {constant(other, 1), x}, {{"transpose_a", flip}, {"transpose_b", transpose}});
}

}  // namespace goldilocks::testing
