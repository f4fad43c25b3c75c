#include "tests/backends/random_operations.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::testing {

using lowering::Attributes;
using lowering::Dims;
using Values = std::vector<std::uint32_t>;

std::vector<std::string> RandomOperations::types() {
  std::vector<std::string> types;
  for (const graph::Kernel& kernel : graph::kernels()) {
    if (kernel.run != nullptr) types.emplace_back(kernel.type);
  }
  return types;
}

std::int64_t RandomOperations::between(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution(low, high)(random_);
}

std::uint32_t RandomOperations::constant(Dims dims, double size) {
  std::vector<float> values(static_cast<std::size_t>(graph::element_count(dims)));
  for (float& value : values) value = static_cast<float>(number(-size, size));
  return graph_.add_constant(graph_.derived_name("constant"), std::move(dims), std::move(values));
}

Values RandomOperations::emit(const std::string& type, Inputs inputs, Attributes attributes, std::size_t outputs) {
  const std::string layer = type + "_" + std::to_string(count_++);
  std::vector<std::string> names;
  for (std::size_t output = 0; output < outputs; ++output) names.push_back(graph_.derived_name(layer));
  return graph_.add_operation(type, layer, std::move(inputs), std::move(attributes), names);
}

Attributes RandomOperations::padding(std::int64_t most) {
  const auto mode = one_of<std::string>({"explicit", "explicit", "same_upper", "same_lower"});
  std::vector<std::int64_t> pads(4);
  for (std::int64_t& pad : pads) pad = between(0, most);
  return {{"padding", mode}, {"pads", pads}};
}

// A 1 that no graph knows to be one beforehand.
std::uint32_t RandomOperations::one_from(std::uint32_t x) {
  const std::uint32_t most = emit("reduce_max", {x}, {})[0];
  return emit("greater", {most, graph_.add_constant(graph_.derived_name("low"), {1}, {-1e30F})}, {})[0];
}

Values RandomOperations::convolution(std::uint32_t x) {
  const Dims& dims = graph_.dims(x);
  const std::int64_t inputs = dims[dims.size() - 3];
  const std::int64_t groups = chance(0.7) ? 1 : one_of<std::int64_t>({inputs, std::gcd(inputs, std::int64_t{4})});
  const std::int64_t outputs = groups * (groups > 4 ? between(1, 2) : one_of<std::int64_t>({1, 5, 8, 16, 20, 32}));
  const bool small = chance(0.5);  // the shapes that fast code is written for
  const std::vector<std::int64_t> kernel =
      small ? std::vector<std::int64_t>(2, one_of<std::int64_t>({1, 3})) : std::vector{between(1, 5), between(1, 5)};
  Attributes attributes = padding(kernel[0] - 1);
  attributes.push_back({"groups", groups});
  attributes.push_back(
      {"strides", small ? std::vector<std::int64_t>{1, 1} : std::vector{between(1, 3), between(1, 3)}});
  if (!small && chance(0.4)) attributes.push_back({"dilations", std::vector{between(1, 2), between(1, 3)}});
  const std::int64_t depth = inputs / groups * kernel[0] * kernel[1];
  std::uint32_t weight =
      constant({outputs, inputs / groups, kernel[0], kernel[1]}, std::sqrt(3 / static_cast<double>(depth)));
  if (chance(0.1)) weight = emit("multiply", {weight, one_from(x)}, {})[0];
  Inputs all = {x, weight};
  if (chance(0.6)) all.push_back(constant({outputs}, 0.5));
  return emit("convolution", all, std::move(attributes));
}

Values RandomOperations::deconvolution(std::uint32_t x) {
  const Dims& dims = graph_.dims(x);
  const std::int64_t inputs = dims[dims.size() - 3];
  const std::int64_t groups = chance(0.7) ? 1 : one_of<std::int64_t>({inputs, std::gcd(inputs, std::int64_t{4})});
  const std::int64_t outputs = groups > 4 ? between(1, 2) : one_of<std::int64_t>({1, 5, 16});
  const std::vector<std::int64_t> kernel = {between(1, 4), between(1, 4)};
  Attributes attributes = padding(1);
  attributes.push_back({"groups", groups});
  attributes.push_back({"strides", std::vector{between(1, 3), between(1, 3)}});
  if (chance(0.2)) {
    attributes.push_back({"output_shape", std::vector{dims[dims.size() - 2] + between(0, 3), between(1, 9)}});
  }
  const std::int64_t depth = inputs / groups * kernel[0] * kernel[1];
  Inputs all = {x, constant({inputs, outputs, kernel[0], kernel[1]}, std::sqrt(3 / static_cast<double>(depth)))};
  if (chance(0.6)) all.push_back(constant({outputs * groups}, 0.5));
  return emit("deconvolution", all, std::move(attributes));
}

Values RandomOperations::inner_product(std::uint32_t x) {
  const Dims& dims = graph_.dims(x);
  const std::int64_t axes = between(1, 3);
  std::int64_t width = 1;
  for (std::size_t axis = dims.size() - static_cast<std::size_t>(axes); axis < dims.size(); ++axis) width *= dims[axis];
  const auto outputs = one_of<std::int64_t>({1, 7, 16, 33});
  Inputs all = {x, constant({outputs, width}, std::sqrt(3 / static_cast<double>(width)))};
  if (chance(0.6)) all.push_back(constant({outputs}, 0.5));
  return emit("inner_product", all, {{"input_axes", axes}});
}

Values RandomOperations::pool(const std::string& type, std::uint32_t x) {
  if (chance(0.15)) return emit(type, {x}, {{"global", std::int64_t{1}}});
  const std::vector<std::int64_t> kernel = {between(1, 4), between(1, 4)};
  Attributes attributes = padding(2);
  attributes.push_back({"kernel", kernel});
  attributes.push_back({"strides", std::vector{between(1, 3), between(1, 3)}});
  attributes.push_back({"round_up", between(0, 1)});
  if (type == "average_pool") attributes.push_back({"exclude_padding", between(0, 1)});
  return emit(type, {x}, std::move(attributes));
}

Dims RandomOperations::broadcastable(const Dims& dims) {
  if (chance(0.4)) return {dims[dims.size() - 3], 1, 1};  // one value a channel
  Dims shape = dims;
  for (std::int64_t& size : shape) size = chance(0.4) ? 1 : size;
  if (chance(0.3)) shape.erase(shape.begin(), shape.begin() + between(0, static_cast<std::int64_t>(shape.size())));
  return shape;
}

// What has further inputs that broadcast to the first.
Values RandomOperations::parameters(const std::string& type, std::uint32_t x) {
  Inputs all = {x};
  const std::size_t count = type == "prelu" ? 1 : 2;
  for (std::size_t index = 0; index < count; ++index) {
    const bool absent = type == "affine" && chance(0.2);
    all.push_back(absent ? GLK_NO_VALUE : constant(broadcastable(graph_.dims(x)), 1.0));
  }
  return emit(type, all, {});
}

Values RandomOperations::arithmetic(const std::string& type, std::uint32_t x) {
  Inputs all = {x};
  const std::int64_t more = between(1, 3);
  for (std::int64_t index = 0; index < more; ++index) {
    if (chance(0.3)) {
      all.push_back(constant(broadcastable(graph_.dims(x)), 1.0));
    } else {
      all.push_back(chance(0.2) ? x : elementwise(one_of<std::string>({"tanh", "relu"}), x)[0]);
    }
  }
  std::ranges::shuffle(all, random_);
  return emit(type, all, {});
}

// x with a tensor that broadcasts to it, on either side; for where, a condition with zeros in front.
Values RandomOperations::pairwise(const std::string& type, std::uint32_t x) {
  Inputs all = {x, constant(broadcastable(graph_.dims(x)), 1.0)};
  std::ranges::shuffle(all, random_);
  if (type == "where") all.insert(all.begin(), elementwise("relu", constant(broadcastable(graph_.dims(x)), 1.0))[0]);
  return emit(type, all, {});
}

Values RandomOperations::reduction(const std::string& type, std::uint32_t x) {
  const auto rank = static_cast<std::int64_t>(graph_.dims(x).size());
  Attributes attributes = {{"keep_dims", between(0, 1)}};
  if (!type.starts_with("reduce_")) {
    attributes.push_back({"axis", between(-rank, rank - 1)});
  } else if (chance(0.8)) {
    std::vector<std::int64_t> axes;
    for (std::int64_t axis = 0; axis < rank; ++axis) {
      if (chance(0.4)) axes.push_back(chance(0.5) ? axis : axis - rank);
    }
    attributes.push_back({"axes", axes});
  }
  return emit(type, {x}, std::move(attributes));
}

Values RandomOperations::ordering(const std::string& type, std::uint32_t x) {
  const Dims& dims = graph_.dims(x);
  const std::int64_t axis = between(0, static_cast<std::int64_t>(dims.size()) - 1);
  Attributes attributes = {{"axis", axis}};
  if (type == "top_k") {
    attributes.push_back({"k", between(1, dims[static_cast<std::size_t>(axis)])});
    attributes.push_back({"smallest", between(0, 1)});
    return emit(type, {x}, std::move(attributes), 2);
  }
  for (const char* name : {"descending", "exclusive", "reverse"}) attributes.push_back({name, between(0, 1)});
  if (type == "cumulative_sum" && chance(0.3)) return emit(type, {x, list({axis})}, std::move(attributes));
  return emit(type, {x}, std::move(attributes));
}

Values RandomOperations::normalize(std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  Inputs all = {x};
  if (chance(0.5)) {  // over layers
    const auto first = static_cast<std::ptrdiff_t>(between(0, static_cast<std::int64_t>(dims.size()) - 1));
    const Dims shape(dims.begin() + first, dims.end());
    std::vector<std::int64_t> axes;
    for (auto axis = first; axis < std::ssize(dims); ++axis) axes.push_back(axis);
    if (chance(0.7)) all.push_back(constant(chance(0.8) ? shape : Dims{1}, 1.0));
    if (all.size() > 1 && chance(0.7)) all.push_back(constant(shape, 1.0));
    return emit("normalize", all, {{"axes", axes}, {"epsilon", 0.1}});
  }
  if (chance(0.6)) all.push_back(constant({dims[dims.size() - 3], 1, 1}, 1.0));
  return emit("normalize", all, {{"axes", std::vector<std::int64_t>{-2, -1}}, {"epsilon", 0.1}});
}

// Along channels mostly, with parts that are computed, given and repeated.
Values RandomOperations::concat(std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t axis = chance(0.7) ? rank - 3 : between(0, rank - 1);
  Inputs all = {x};
  const std::int64_t more = between(0, 3);
  for (std::int64_t index = 0; index < more; ++index) {
    Dims other = dims;
    other[static_cast<std::size_t>(axis)] = one_of<std::int64_t>({1, 3, 8, 16});
    if (axis == rank - 3 && chance(0.7)) {
      const auto outputs = one_of<std::int64_t>({5, 16, 32});
      const double size = std::sqrt(3 / static_cast<double>(dims[static_cast<std::size_t>(axis)]));
      const std::uint32_t weight = constant({outputs, dims[static_cast<std::size_t>(axis)], 1, 1}, size);
      all.push_back(emit("convolution", {x, weight}, {})[0]);
    } else {
      all.push_back(chance(0.3) ? x : constant(other, 1.0));
    }
  }
  std::ranges::shuffle(all, random_);
  return emit("concat", all, {{"axis", chance(0.5) ? axis : axis - rank}});
}

Values RandomOperations::split(std::uint32_t x) {
  const Dims& dims = graph_.dims(x);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t axis = chance(0.7) ? rank - 3 : between(0, rank - 1);
  std::int64_t rest = dims[static_cast<std::size_t>(axis)];
  std::vector<std::int64_t> sizes;
  while (rest > 0 && sizes.size() < 3) {
    sizes.push_back(rest > 16 && chance(0.6) ? 16 : between(1, rest));
    rest -= sizes.back();
  }
  if (rest > 0) sizes.push_back(rest);
  const std::size_t outputs = sizes.size();
  Attributes attributes = {{"axis", axis}};
  if (chance(0.8)) attributes.push_back({"sizes", std::move(sizes)});
  return emit("split", {x}, std::move(attributes), outputs);
}

Values RandomOperations::slice(std::uint32_t x) {
  const Dims& dims = graph_.dims(x);
  const std::int64_t axis = between(0, static_cast<std::int64_t>(dims.size()) - 1);
  const std::int64_t begin = between(0, dims[static_cast<std::size_t>(axis)] - 1);
  return emit("slice", {x},
              {{"axes", std::vector{axis}},
               {"begin", std::vector{begin}},
               {"end", std::vector{between(-1, dims[static_cast<std::size_t>(axis)])}},
               {"strides", std::vector{one_of<std::int64_t>({1, 2, -1, -2})}}});
}

// The same dimensions in another order, or folded.
Values RandomOperations::reshape(std::uint32_t x) {
  Dims shape = graph_.dims(x);
  if (chance(0.3)) {
    return emit("reshape", {x},
                {{"shape", std::vector<std::int64_t>{0, -1, 1}}, {"source", std::vector<std::int64_t>{-3, 0, 0}}});
  }
  if (chance(0.3)) {
    shape = {1, -1, 1, 1};
  } else {
    std::ranges::shuffle(shape, random_);
  }
  return emit("reshape", {x}, {{"shape", shape}});
}

Values RandomOperations::transpose(std::uint32_t x) {
  std::vector<std::int64_t> axes(graph_.dims(x).size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  std::ranges::shuffle(axes, random_);
  return emit("transpose", {x}, {{"axes", axes}});
}

Values RandomOperations::resample(const std::string& type, std::uint32_t x) {
  if (type == "pad") {
    std::vector<std::int64_t> pads(4);
    for (std::int64_t& pad : pads) pad = between(0, 2);
    const auto mode = one_of<std::string>({"constant", "reflect", "replicate"});
    return emit("pad", {x}, {{"mode", mode}, {"pads", pads}, {"value", number(-1, 1)}});
  }
  return emit("upsample", {x},
              {{"mode", one_of<std::string>({"nearest", "bilinear"})},
               {"grid", one_of<std::string>({"scaled", "align_corners", "half_pixel"})},
               {"scale", std::vector{number(1, 2.5), number(1, 2.5)}}});
}

Values RandomOperations::elementwise(const std::string& type, std::uint32_t x) {
  Attributes attributes = {
      {"alpha", number(0.1, 2)}, {"beta", number(-1, 1)}, {"minimum", number(-1, 0)}, {"maximum", number(0, 1)}};
  if (chance(0.3)) {
    attributes.push_back({"scale", number(-2, 2)});
    attributes.push_back({"shift", number(-1, 1)});
  }
  return emit(type, {x}, std::move(attributes));
}

Values RandomOperations::recurrent(const std::string& type, std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  const std::int64_t gates = type == "lstm" ? 4 : type == "gru" ? 3 : 1;
  const bool usual = chance(0.5);  // the functions that fast code is written for, and sizes that fill its vectors
  const std::int64_t size = usual ? between(1, 50) : between(1, 5),
                     width = graph::element_count(std::span(dims).subspan(2));
  const std::size_t states = type == "lstm" ? 2 : 1;
  Dims state(dims.size(), 1);
  state[1] = dims[1];
  state[2] = size;
  Inputs inputs = {x, constant({gates * size, width}, 0.3), constant({gates * size, size}, 1 / std::sqrt(size)),
                   chance(0.5) ? constant({gates * size}, 0.5) : GLK_NO_VALUE};
  if (type == "lstm") inputs.push_back(chance(0.5) ? constant({3 * size}, 0.5) : GLK_NO_VALUE);
  for (std::size_t index = 0; index < states; ++index) {
    inputs.push_back(chance(0.5) ? constant(state, 1) : GLK_NO_VALUE);
  }
  Attributes attributes = {{"clip", 50.0},
                           {"cell_clip", one_of<double>({50, 0.5})},
                           {"coupled", between(0, 1)},
                           {"sequence_output", between(0, 1)},
                           {"reverse", between(0, 1)},
                           {"aligned", between(0, 1)}};
  for (const char* name : {"f", "g", "h"}) {
    const auto any = one_of<std::string>({"linear", "sigmoid", "tanh", "relu", "scaled_tanh", "hard_sigmoid"});
    const std::string common = *name == 'f' ? "sigmoid" : "tanh";
    attributes.push_back({name, usual ? common : any});
    attributes.push_back({std::string(name) + "_parameters", std::vector<double>{number(0.1, 0.5), number(0, 0.5)}});
  }
  return emit(type, inputs, std::move(attributes), states + 1);
}

Values RandomOperations::add(const std::string& type, std::uint32_t x) {
  const auto is = [&](std::initializer_list<std::string_view> types) {
    return std::ranges::find(types, type) != types.end();
  };
  const Dims& dims = graph_.dims(x);
  if (Values moved = moving(type, x); !moved.empty()) return moved;
  if (type == "convolution") return convolution(x);
  if (type == "deconvolution") return deconvolution(x);
  if (type == "inner_product") return inner_product(x);
  if (type == "embedding") return embedding(x);
  if (is({"convolution_3d", "deconvolution_3d"})) return convolution_3d(type, x);
  if (is({"max_pool_3d", "average_pool_3d"})) return pool_3d(type, x);
  if (type == "constant_pad") return constant_pad(x);
  if (type.starts_with("random_")) return random_numbers(type, x);
  if (type == "non_maximum_suppression") return suppression(x);
  if (is({"resize", "crop_resize"})) return resize(type, x);
  if (type == "matmul") return matmul(x);
  if (is({"max_pool", "average_pool", "l2_pool"})) return pool(type, x);
  if (is({"affine", "prelu", "parametric_softplus"})) return parameters(type, x);
  if (is({"add", "multiply", "maximum", "minimum", "average"})) return arithmetic(type, x);
  if (is({"subtract", "divide", "floor_divide", "modulo", "pow", "equal", "not_equal", "less", "less_equal", "greater",
          "greater_equal", "logical_and", "logical_or", "logical_xor", "where"})) {
    return pairwise(type, x);
  }
  if (type.starts_with("reduce_") || type.starts_with("arg_m")) return reduction(type, x);
  if (is({"arg_sort", "cumulative_sum", "top_k"})) return ordering(type, x);
  if (type == "normalize") return normalize(x);
  if (is({"gru", "lstm", "simple_recurrent"})) return recurrent(type, x);
  if (type == "concat") return concat(x);
  if (type == "split") return split(x);
  if (type == "slice") return slice(x);
  if (type == "reshape") return reshape(x);
  if (type == "transpose") return transpose(x);
  if (is({"pad", "upsample"})) return resample(type, x);
  if (type == "softmax") return emit(type, {x}, {{"axis", between(0, static_cast<std::int64_t>(dims.size()) - 1)}});
  if (type == "local_response_normalization") {
    return emit(type, {x},
                {{"size", between(1, 6)},
                 {"alpha", number(0, 2)},
                 {"beta", one_of<double>({0.75, 0.5, 1})},
                 {"k", number(1, 2)}});
  }
  return elementwise(type, x);
}

}  // namespace goldilocks::testing
