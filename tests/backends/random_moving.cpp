// Operations that move values: by shapes and lists that are attributes, or come as values.
#include <algorithm>
#include <numeric>

#include <goldilocks/graph/kernel.hpp>

#include "tests/backends/random_operations.hpp"

namespace goldilocks::testing {

using lowering::Attributes;
using lowering::Dims;
using Values = std::vector<std::uint32_t>;

std::uint32_t RandomOperations::list(const std::vector<std::int64_t>& values) {
  std::vector<float> content(values.begin(), values.end());
  return graph_.add_constant(graph_.derived_name("list"), {static_cast<std::int64_t>(values.size())},
                             std::move(content));
}

// From -size to size - 1.
std::uint32_t RandomOperations::indexes(Dims dims, std::int64_t size) {
  std::vector<float> values(static_cast<std::size_t>(graph::element_count(dims)));
  for (float& value : values) value = static_cast<float>(between(-size, size - 1));
  return graph_.add_constant(graph_.derived_name("indexes"), std::move(dims), std::move(values));
}

Values RandomOperations::gathering(const std::string& type, std::uint32_t x) {
  const Dims& dims = graph_.dims(x);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t axis = between(0, rank - 1);
  const std::int64_t size = dims[static_cast<std::size_t>(axis)];
  if (type == "gather_nd") {
    const std::int64_t depth = between(1, rank);
    const std::int64_t smallest = *std::min_element(dims.begin(), dims.begin() + depth);
    return emit(type, {x, indexes({between(1, 4), depth}, smallest)}, {});
  }
  Dims shape = {between(1, 3), between(1, 3)};
  if (type == "gather_along_axis") {
    shape = dims;
    shape[static_cast<std::size_t>(axis)] = between(1, 5);
  }
  return emit(type, {x, indexes(std::move(shape), size)}, {{"axis", chance(0.5) ? axis : axis - rank}});
}

// The tensor as a list of its rows: one of them is written, or one behind them where the list may grow.
Values RandomOperations::list_write(std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  const std::int64_t grows = between(0, 1);
  const std::int64_t place = between(0, dims[0] - 1 + 2 * grows);
  return emit("list_write", {x, list({place}), constant({dims.begin() + 1, dims.end()}, 1)}, {{"grows", grows}});
}

// Places inside and outside of the planes, well away from where the nearest point changes.
Values RandomOperations::sample(std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  Dims shape = {dims[0], between(1, 4), between(1, 4), 2};
  std::vector<float> places(static_cast<std::size_t>(graph::element_count(shape)));
  for (float& place : places) place = static_cast<float>(between(-2, 14)) + 0.25F;
  const std::uint32_t coordinates =
      graph_.add_constant(graph_.derived_name("places"), std::move(shape), std::move(places));
  return emit("sample", {x, coordinates},
              {{"mode", one_of<std::string>({"bilinear", "nearest"})},
               {"outside", one_of<std::string>({"constant", "border", "reflection", "symmetric"})},
               {"value", number(-1, 1)}});
}

// The updates have the shape of what would be gathered.
Values RandomOperations::scattering(const std::string& type, std::uint32_t x) {
  const auto mode = one_of<std::string>({"update", "add", "subtract", "multiply", "divide", "maximum", "minimum"});
  const Dims dims = graph_.dims(x);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const auto axis = static_cast<std::size_t>(between(0, rank - 1));
  Attributes attributes = {{"axis", static_cast<std::int64_t>(axis)}, {"mode", mode}};
  Dims shape = dims, updates = dims;
  std::int64_t size = dims[axis];
  if (type == "scatter_along_axis") {
    shape[axis] = updates[axis] = between(1, 5);
  } else if (type == "scatter") {
    shape = {between(1, 3), between(1, 3)};
    updates[axis] = shape[0];
    updates.insert(updates.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape[1]);
  } else {
    shape = {between(1, 4), 2};
    size = std::min(dims[0], dims[1]);
    updates.erase(updates.begin());
    updates[0] = shape[0];
  }
  // Divisors keep clear of zero: the reciprocal of a rounding error may be anything.
  std::uint32_t values = constant(std::move(updates), 1.0);
  if (mode == "divide") values = emit("linear", {values}, {{"alpha", 0.25}, {"beta", 1.0}})[0];
  return emit(type, {x, indexes(std::move(shape), size), values}, std::move(attributes));
}

// What is told by a list of sizes or counts, as an attribute or as a value.
Values RandomOperations::with_lists(const std::string& type, std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  if (type.ends_with("tile")) {
    std::vector<std::int64_t> repetitions(static_cast<std::size_t>(between(1, static_cast<std::int64_t>(dims.size()))));
    for (std::int64_t& count : repetitions) count = between(1, 2);
    if (type == "dynamic_tile") return emit(type, {x, list(repetitions)}, {});
    return emit(type, {x}, {{"repetitions", repetitions}});
  }
  if (type == "broadcast_like") return emit(type, {constant(broadcastable(dims), 1.0), x}, {});
  Dims shape = dims;
  if (type.ends_with("broadcast")) {
    shape.insert(shape.begin(), between(1, 3));
    if (type == "broadcast") return emit(type, {x}, {{"shape", shape}});
  } else {
    std::ranges::shuffle(shape, random_);
    if (type == "reshape_like") return emit(type, {x, constant(std::move(shape), 1.0)}, {});
  }
  return emit(type, {x, list(shape)}, {});
}

// Never empty, which would show only as it runs.
Values RandomOperations::dynamic_slice(std::uint32_t x) {
  const Dims& dims = graph_.dims(x);
  const auto size = static_cast<std::int64_t>(dims.size());
  std::vector<std::int64_t> axes = {0, size - 1}, begin, end, strides, masks;
  const bool backwards = chance(0.3);
  for (const std::int64_t axis : axes) {
    const std::int64_t length = dims[static_cast<std::size_t>(axis)];
    const std::int64_t first = between(0, length - 1);
    begin.push_back(chance(0.5) ? first : first - length);
    end.push_back(backwards ? -length - 1 : between(first + 1, length));
    strides.push_back(backwards ? -1 : between(1, 2));
    masks.push_back(between(0, 1));
  }
  Attributes attributes = {{"axes", axes}};
  if (chance(0.3)) attributes.push_back({"sizes", std::vector<std::int64_t>{-1, 1}});
  return emit("dynamic_slice",
              {x, list(begin), list(end), backwards || chance(0.7) ? list(strides) : GLK_NO_VALUE, list(masks),
               chance(0.7) ? list(masks) : GLK_NO_VALUE},
              std::move(attributes));
}

Values RandomOperations::moving(const std::string& type, std::uint32_t x) {
  const Dims dims = graph_.dims(x);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t axis = between(0, rank - 1);
  const std::int64_t length = dims[static_cast<std::size_t>(axis)];
  if (type.starts_with("gather")) return gathering(type, x);
  if (type.starts_with("scatter")) return scattering(type, x);
  if (type == "list_write") return list_write(x);
  if (type == "sample") return sample(x);
  if (type.ends_with("tile") || type.find("broadcast") != std::string::npos || type == "dynamic_reshape" ||
      type == "reshape_like") {
    return with_lists(type, x);
  }
  if (type == "dynamic_slice") return dynamic_slice(x);
  if (type == "sliding_windows") {
    return emit(type, {x}, {{"axis", axis - rank}, {"size", between(1, length)}, {"step", between(1, 3)}});
  }
  if (type == "band") {
    Attributes attributes;
    if (chance(0.7)) attributes.push_back({"lower", between(-1, 3)});
    if (chance(0.7)) attributes.push_back({"upper", between(-1, 3)});
    return emit(type, {x}, std::move(attributes));
  }
  if (type == "reverse_sequence") {
    const std::int64_t batch = (axis + 1) % rank;
    std::vector<std::int64_t> lengths(static_cast<std::size_t>(dims[static_cast<std::size_t>(batch)]));
    for (std::int64_t& each : lengths) each = between(0, length);
    return emit(type, {x, list(lengths)}, {{"axis", axis}, {"batch_axis", batch}});
  }
  if (type == "dynamic_top_k") {
    return emit(type, {x, list({between(1, length)})}, {{"axis", axis}, {"smallest", between(0, 1)}}, 2);
  }
  if (type == "non_zero") return emit(type, elementwise("relu", x), {});
  if (type == "shape") return emit(type, {x}, {});
  if (type == "range") {
    const std::uint32_t largest = emit("reduce_max", {x}, {})[0];
    const std::uint32_t end = emit("linear", {largest}, {{"alpha", 3.0}, {"beta", 4.0}})[0];
    return emit(type, {constant({1}, 1.0), end, list({between(1, 2)})}, {});
  }
  return {};
}

}  // namespace goldilocks::testing
