#include "core/weights/encoding.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace goldilocks::weights {
namespace {

// "4 bit table", "int8", "8 bit linear", ...: the kind with its width, without a mask.
std::string kind_text(const Encoding& encoding) {
  switch (encoding.kind) {
    case Kind::none:
      if (encoding.bits == 0) return "empty";
      return encoding.bits < 0 ? "unknown" : fmt::format("{} bit unknown", encoding.bits);
    case Kind::int8:
      return "int8";
    case Kind::float16:
      return "float16";
    case Kind::float32:
      return "float32";
    case Kind::sparse_float32:
      return to_text(encoding.entry);
    case Kind::linear:
    case Kind::sparse_linear:
      return fmt::format("{} bit linear", encoding.bits);
    case Kind::zero_point:
    case Kind::sparse_zero_point:
      return fmt::format("{}int{} linear", encoding.is_signed ? "" : "u", encoding.bits);
    case Kind::table:
    case Kind::group_table:
    case Kind::vector_table:
    case Kind::sparse_table:
      return fmt::format("{} bit table", encoding.bits);
  }
  return "unknown";
}

// The grid of blocks of these lengths; 0: the whole axis.
GridOrReason grid_of_blocks(const std::vector<std::int64_t>& sizes, std::span<const std::int64_t> shape) {
  GridOrReason result;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const std::int64_t size = sizes[axis] == 0 ? shape[axis] : sizes[axis];
    if (size == 0) {
      result.grid.push_back(1);
      continue;
    }
    if (shape[axis] % size != 0) {
      return {{}, fmt::format("{} doesn't divide the {} of axis {}", size, shape[axis], axis)};
    }
    result.grid.push_back(shape[axis] / size);
  }
  return result;
}

std::optional<std::int64_t> size_from(std::string_view text) {
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || size < 0) return std::nullopt;
  return size;
}

}  // namespace

bool is_sparse(Kind kind) { return kind >= Kind::sparse_float32; }

bool is_table(Kind kind) {
  return kind == Kind::table || kind == Kind::group_table || kind == Kind::vector_table || kind == Kind::sparse_table;
}

bool is_scaled(Kind kind) {
  return kind == Kind::linear || kind == Kind::int8 || kind == Kind::zero_point || kind == Kind::sparse_linear ||
         kind == Kind::sparse_zero_point;
}

bool is_coded(Kind kind) { return is_table(kind) || is_scaled(kind); }

std::optional<Kind> sparse(Kind kind) {
  if (is_sparse(kind)) return kind;
  if (is_table(kind)) return Kind::sparse_table;
  switch (kind) {
    case Kind::float16:
    case Kind::float32:
      return Kind::sparse_float32;
    case Kind::linear:
      return Kind::sparse_linear;
    case Kind::int8:
    case Kind::zero_point:
      return Kind::sparse_zero_point;
    default:
      return std::nullopt;
  }
}

std::string to_text(NumberType type) {
  if (type.is_float()) return fmt::format("float{}", type.bits);
  return fmt::format("{}int{}", type.kind == NumberType::Class::signed_integer ? "" : "u", type.bits);
}

std::string to_text(const Granularity& granularity) {
  switch (granularity.kind) {
    case Granularity::Kind::tensor:
      return "tensor";
    case Granularity::Kind::channel:
      return "channel";
    case Granularity::Kind::group:
      return fmt::format("group:{}", granularity.size);
    case Granularity::Kind::block:
      return fmt::format("block:{}", granularity.size);
    case Granularity::Kind::blocks:
      return fmt::format("block:{}", fmt::join(granularity.sizes, ","));
  }
  return "";
}

std::optional<Granularity> granularity_from_text(std::string_view text) {
  if (text == "tensor") return Granularity{};
  if (text == "channel") return Granularity{.kind = Granularity::Kind::channel};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  std::vector<std::int64_t> sizes;
  while (true) {
    const std::size_t comma = rest.find(',');
    const auto size = size_from(rest.substr(0, comma));
    if (!size) return std::nullopt;
    sizes.push_back(*size);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  const bool is_one = sizes.size() == 1;
  if (word == "group" && is_one && sizes[0] > 0) return Granularity{Granularity::Kind::group, sizes[0]};
  if (word != "block" || (is_one && sizes[0] == 0)) return std::nullopt;
  if (is_one) return Granularity{Granularity::Kind::block, sizes[0]};
  return Granularity{Granularity::Kind::blocks, 0, std::move(sizes)};
}

GridOrReason grid_of(const Granularity& granularity, std::span<const std::int64_t> shape, Axes axes) {
  std::vector<std::int64_t> sizes(shape.size(), 0);
  const auto size_at = [&](std::int64_t axis) -> std::int64_t& { return sizes[static_cast<std::size_t>(axis)]; };
  switch (granularity.kind) {
    case Granularity::Kind::tensor:
      return {};
    case Granularity::Kind::channel:
      if (axes.output < 0) return {};
      size_at(axes.output) = 1;
      break;
    case Granularity::Kind::group:
      if (axes.output < 0) return {{}, "it has no axis of channels"};
      size_at(axes.output) = granularity.size;
      break;
    case Granularity::Kind::block:
      if (axes.input < 0) return {{}, "it has no input axis"};
      size_at(axes.input) = granularity.size;
      if (axes.output >= 0) size_at(axes.output) = 1;
      break;
    case Granularity::Kind::blocks:
      if (granularity.sizes.size() != shape.size()) {
        return {{}, fmt::format("{} block sizes don't suit its {} axes", granularity.sizes.size(), shape.size())};
      }
      sizes = granularity.sizes;
      break;
  }
  return grid_of_blocks(sizes, shape);
}

Granularity granularity_of(const Grid& grid, std::span<const std::int64_t> shape, Axes axes) {
  const bool is_whole = std::ranges::all_of(grid, [](std::int64_t blocks) { return blocks == 1; });
  if (is_whole) return {};
  Granularity result{.kind = Granularity::Kind::blocks};
  bool only_output = axes.output >= 0;
  bool output_and_input = axes.input >= 0;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    const auto number = static_cast<std::int64_t>(axis);
    result.sizes.push_back(grid[axis] == 1 ? 0 : shape[axis] / grid[axis]);
    if (grid[axis] != 1 && number != axes.output) only_output = false;
    const bool suits_block = number == axes.input    ? grid[axis] != 1
                             : number == axes.output ? grid[axis] == shape[axis]
                                                     : grid[axis] == 1;
    if (!suits_block) output_and_input = false;
  }
  if (only_output) {
    const std::int64_t size = result.sizes[static_cast<std::size_t>(axes.output)];
    if (size == 1) return {.kind = Granularity::Kind::channel};
    return {Granularity::Kind::group, size};
  }
  if (output_and_input) return {Granularity::Kind::block, result.sizes[static_cast<std::size_t>(axes.input)]};
  return result;
}

std::string to_text(const Encoding& encoding) {
  std::string text = (is_sparse(encoding.kind) ? "sparse " : "") + kind_text(encoding);
  if (!is_coded(encoding.kind)) return text;
  const bool is_usual = encoding.granularity.kind == Granularity::Kind::tensor ||
                        (is_scaled(encoding.kind) && encoding.granularity.kind == Granularity::Kind::channel);
  if (!is_usual) text += ", " + to_text(encoding.granularity);
  if (encoding.vector > 1) text += fmt::format(", vectors of {}", encoding.vector);
  if (is_table(encoding.kind) && encoding.entry == int8) text += ", int8 entries";
  if (encoding.has_channel_scale) text += ", scaled per channel";
  return text;
}

}  // namespace goldilocks::weights
