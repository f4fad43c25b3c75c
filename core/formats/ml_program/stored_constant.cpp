// Each constexpr operation says one part of an encoding: the table, the scales, the mask. They are read from the
// outermost one in, as they nest: sparse_to_dense over sparse_blockwise_shift_scale over lut_to_sparse,
// blockwise_shift_scale over lut_to_dense, and blockwise_shift_scale again over the table of either.
#include "core/formats/ml_program/stored_constant.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace goldilocks::ml_program {
namespace {

using weights::Array;
using weights::Kind;
using weights::NumberType;
using weights::Stored;

bool is_weight_type(ElementType element) { return element == ElementType::float16 || element == ElementType::float32; }

NumberType number_type(ElementType element) {
  if (element == ElementType::float16) return weights::float16;
  if (element == ElementType::float32) return weights::float32;
  return is_signed_integer(element) ? weights::signed_code(bits(element)) : weights::code(bits(element));
}

Array array_of(const Value& value) {
  return {.type = number_type(value.type.element), .count = element_count(value), .bytes = value.bytes};
}

// A parameter of an operation: a constant of its own, or what another constexpr operation makes.
struct Parameter {
  const Value* value = nullptr;
  const ConstantSource* source = nullptr;
};

class Reader {
 public:
  Reader(const Constants& constants, weights::Axes axes) : constants_(&constants), axes_(axes) {}

  bool read(const ConstantSource& source) {
    const Operation& operation = *source.operation;
    const Type& type = operation.outputs[source.result].type;
    if (!type.is_tensor() || !is_weight_type(type.element)) return false;
    stored_.shape = type.shape;
    stored_.encoding.entry = number_type(type.element);
    return read_dense(operation) && settle();
  }

  Stored take() { return std::move(stored_); }

 private:
  Parameter parameter(const Operation& operation, std::string_view name) const {
    if (const Attribute* attribute = find_attribute(operation, name)) return {attribute->value.get(), nullptr};
    const Argument* argument = find_argument(operation, name);
    if (argument == nullptr || argument->bindings.size() != 1) return {};
    const Binding& binding = argument->bindings[0];
    if (binding.value != nullptr) return {binding.value.get(), nullptr};
    const ConstantSource* source = constants_->find(binding.name);
    if (source == nullptr) return {};
    if (source->operation->type == "const") return {parameter(*source->operation, "val").value, nullptr};
    return {nullptr, source};
  }

  const Value* value(const Operation& operation, std::string_view name) const {
    return parameter(operation, name).value;
  }

  bool read_dense(const Operation& operation) {
    if (operation.type == "const") {
      const Value* val = value(operation, "val");
      if (val == nullptr || val->widened) return false;
      kind_ = val->type.element == ElementType::float16 ? Kind::float16 : Kind::float32;
      stored_.values = array_of(*val);
      return true;
    }
    if (operation.type == "constexpr_affine_dequantize") return read_affine(operation);
    if (operation.type == "constexpr_blockwise_shift_scale") {
      const Parameter data = parameter(operation, "data");
      if (!read_scaling(operation, stored_.scaling)) return false;
      if (data.source != nullptr) {
        stored_.encoding.has_channel_scale = true;
        return data.source->operation->type == "constexpr_lut_to_dense" && read_dense(*data.source->operation);
      }
      return read_codes(data.value);
    }
    if (operation.type == "constexpr_lut_to_dense") return read_table(operation, "indices");
    return operation.type == "constexpr_sparse_to_dense" && read_sparse(operation);
  }

  bool read_sparse(const Operation& operation) {
    if (const Value* mask = value(operation, "mask")) read_mask(*mask, stored_.shape);
    const Parameter data = parameter(operation, "nonzero_data");
    is_sparse_ = true;
    if (data.source != nullptr) return read_sparse_values(*data.source->operation);
    if (data.value == nullptr || stored_.mask.empty()) return false;
    if (!is_weight_type(data.value->type.element)) return false;
    kind_ = Kind::float32;
    stored_.values = array_of(*data.value);
    return true;
  }

  // What gives the values that a mask keeps.
  bool read_sparse_values(const Operation& operation) {
    if (operation.type == "constexpr_lut_to_sparse") {
      const Value* mask = value(operation, "indices_mask");
      if (mask == nullptr) return false;
      read_mask(*mask, mask->type.shape);
      return read_table(operation, "indices_nonzero_data");
    }
    if (operation.type != "constexpr_sparse_blockwise_shift_scale") return false;
    if (!read_scaling(operation, stored_.scaling)) return false;
    const Parameter data = parameter(operation, "nonzero_data");
    if (data.source != nullptr) {
      stored_.encoding.has_channel_scale = true;
      return data.source->operation->type == "constexpr_lut_to_sparse" && read_sparse_values(*data.source->operation);
    }
    if (const Value* mask = value(operation, "data_mask")) read_mask(*mask, mask->type.shape);
    return read_codes(data.value);
  }

  void read_mask(const Value& mask, const Shape& shape) {
    const auto count = static_cast<std::size_t>(element_count(shape).value_or(0));
    stored_.mask = {.type = weights::code(1), .count = count, .bytes = mask.bytes};
  }

  bool read_codes(const Value* data) {
    if (data == nullptr || data->widened || is_float(data->type.element)) return false;
    kind_ = Kind::zero_point;
    stored_.values = array_of(*data);
    stored_.encoding.bits = stored_.values.type.bits;
    stored_.encoding.is_signed = is_signed_integer(data->type.element);
    return true;
  }

  bool read_scaling(const Operation& operation, weights::Scaling& scaling) const {
    const Value* scale = value(operation, "scale");
    if (scale == nullptr) return false;
    scaling.grid = scale->type.shape;
    scaling.scale = array_of(*scale);
    const Parameter offset = parameter(operation, "offset");
    if (offset.source != nullptr) return false;
    if (offset.value != nullptr) scaling.offset = array_of(*offset.value);
    return true;
  }

  // Scales and zero points are one number or one for each channel, either of them.
  bool read_affine(const Operation& operation) {
    const Value* scale = value(operation, "scale");
    const Value* zero_point = value(operation, "zero_point");
    const Value* axis = value(operation, "axis");
    if (scale == nullptr || zero_point == nullptr || axis == nullptr) return false;
    if (element_count(*scale) != element_count(*zero_point)) return false;
    stored_.scaling.grid.assign(stored_.shape.size(), 1);
    if (!scale->type.shape.empty()) {
      const std::int64_t along = integer_at(*axis, 0);
      const auto rank = static_cast<std::int64_t>(stored_.shape.size());
      stored_.scaling.grid.at(static_cast<std::size_t>(along < 0 ? along + rank : along)) = scale->type.shape[0];
    }
    stored_.scaling.scale = array_of(*scale);
    stored_.scaling.offset = array_of(*zero_point);
    stored_.scaling.rounds_once = true;
    return read_codes(value(operation, "quantized_data"));
  }

  bool read_table(const Operation& operation, std::string_view indices_name) {
    const Value* indices = value(operation, indices_name);
    const Parameter lut = parameter(operation, "lut");
    if (indices == nullptr) return false;
    kind_ = Kind::table;
    Shape table_shape;
    if (lut.source != nullptr) {
      const Operation& scaled = *lut.source->operation;
      const Value* data = value(scaled, "data");
      if (scaled.type != "constexpr_blockwise_shift_scale" || data == nullptr) return false;
      if (!read_scaling(scaled, stored_.table_scaling)) return false;
      // A scale for each table: entries have none of their own.
      weights::Grid& grid = stored_.table_scaling.grid;
      if (grid.size() < 3 || grid.back() != 1 || grid[grid.size() - 2] != 1) return false;
      grid.resize(grid.size() - 2);
      stored_.table = array_of(*data);
      table_shape = data->type.shape;
    } else {
      if (lut.value == nullptr) return false;
      stored_.table = array_of(*lut.value);
      table_shape = lut.value->type.shape;
    }
    stored_.encoding.entry = stored_.table.type;
    if (table_shape.size() == 1) return read_packed_codes(*indices, table_shape[0]);
    stored_.encoding.bits = bits(indices->type.element);
    stored_.values = array_of(*indices);
    stored_.encoding.vector = static_cast<int>(table_shape.back());
    stored_.table_grid.assign(table_shape.begin(), table_shape.end() - 2);
    if (const Value* axis = value(operation, "vector_axis")) {
      const std::int64_t given = integer_at(*axis, 0);
      const auto rank = static_cast<std::int64_t>(stored_.table_grid.size());
      stored_.vector_axis = static_cast<std::size_t>(given < 0 ? given + rank : given);
    }
    return true;
  }

  // The form before iOS 18: bytes of packed codes, a table for all.
  bool read_packed_codes(const Value& indices, std::int64_t entries) {
    stored_.encoding.bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(entries))) - 1;
    stored_.values = {.type = weights::code(stored_.encoding.bits), .count = stored_.count(), .bytes = indices.bytes};
    return true;
  }

  // The kind and the granularity follow from what was read.
  bool settle() {
    weights::Encoding& encoding = stored_.encoding;
    if (kind_ == Kind::float16 || kind_ == Kind::float32) {
      encoding.kind = is_sparse_ ? Kind::sparse_float32 : kind_;
      encoding.bits = stored_.values.type.bits;
      encoding.entry = stored_.values.type;
      return true;
    }
    if (kind_ == Kind::zero_point) {
      encoding.entry = stored_.scaling.scale.type;
      const bool has_float_offset = !stored_.scaling.offset.empty() && stored_.scaling.offset.type.is_float();
      if (has_float_offset) kind_ = Kind::linear;
      encoding.granularity = weights::granularity_of(stored_.scaling.grid, stored_.shape, axes_);
    } else {
      weights::Grid& grid = stored_.table_grid;
      const bool has_one = std::ranges::all_of(grid, [](std::int64_t blocks) { return blocks == 1; });
      kind_ = encoding.vector > 1 ? Kind::vector_table : has_one ? Kind::table : Kind::group_table;
      if (has_one) stored_.table_scaling.grid = grid = {};
      Shape codes = stored_.shape;
      if (encoding.vector > 1) codes[stored_.vector_axis] /= encoding.vector;
      encoding.granularity = weights::granularity_of(grid, codes, axes_);
    }
    const auto with_mask = weights::sparse(kind_);
    if (is_sparse_ && !with_mask) return false;
    encoding.kind = is_sparse_ ? *with_mask : kind_;
    return true;
  }

  const Constants* constants_;
  weights::Axes axes_;
  Stored stored_;
  Kind kind_ = Kind::none;
  bool is_sparse_ = false;
};

}  // namespace

std::optional<Stored> stored_constant(const ConstantSource& source, const Constants& constants, weights::Axes axes) {
  Reader reader(constants, axes);
  if (!reader.read(source)) return std::nullopt;
  return reader.take();
}

}  // namespace goldilocks::ml_program
