// Compressed weights made dense. Codes, table entries and masks are read element by element through the value's own
// accessor; the arithmetic is that of the reference implementation's evaluator: in the type of the scale, each step
// rounded, but constexpr_affine_dequantize in float32, rounded once.
#include "core/formats/ml_program/constants.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"

namespace goldilocks::ml_program {
namespace {

constexpr int largest_depth = 6;

// Numbers of one type, computed with as the type's own arithmetic does.
float rounded(ElementType type, float value) {
  return type == ElementType::float16 ? float_from_half(half_from_float(value)) : value;
}

// A tensor under construction.
class Builder {
 public:
  Builder(ElementType element, Shape shape) {
    tensor_.type = ml_program::tensor(element, std::move(shape));
    const std::int64_t count = element_count(tensor_.type.shape).value_or(0);
    tensor_.owned.resize(packed_bytes(element, count));
  }

  void put(std::size_t index, float value) {
    if (tensor_.type.element == ElementType::float16) {
      write(index, half_from_float(value));
    } else {
      write(index, value);
    }
  }

  // Bits are packed from the lowest on, as masks have them.
  void put_bit(std::size_t index, bool value) {
    if (value) tensor_.owned[index / 8] |= std::byte{1} << (index % 8);
  }

  // Element `from` of a tensor of the same type, in whole bytes or packed.
  void copy(std::size_t index, std::span<const std::byte> bytes, std::size_t from) {
    const auto width = static_cast<std::size_t>(bits(tensor_.type.element));
    if (width >= 8) {
      std::memcpy(tensor_.owned.data() + index * (width / 8), bytes.data() + from * (width / 8), width / 8);
      return;
    }
    for (std::size_t bit = 0; bit < width; ++bit) {
      const std::size_t source = from * width + bit;
      put_bit(index * width + bit, (bytes[source / 8] >> (source % 8) & std::byte{1}) != std::byte{0});
    }
  }

  DenseTensor finish() { return std::move(tensor_); }

 private:
  template <class T>
  void write(std::size_t index, T number) {
    std::memcpy(tensor_.owned.data() + index * sizeof(T), &number, sizeof(T));
  }

  DenseTensor tensor_;
};

// Reads elements of a tensor by the accessors of constants.
Value as_value(const DenseTensor& tensor) {
  Value value;
  value.type = tensor.type;
  value.bytes = tensor.bytes();
  return value;
}

bool bit_at(const Value& mask, std::size_t index) {
  return (mask.bytes[index / 8] >> (index % 8) & std::byte{1}) != std::byte{0};
}

// Walks the positions of a tensor in order and knows the block of another shape that each lies in: the other's
// dimensions divide the tensor's.
class BlockIndex {
 public:
  BlockIndex(const Shape& dense, const Shape& blocks) : dense_(dense), position_(dense.size(), 0) {
    std::size_t stride = 1;
    strides_.resize(dense.size());
    lengths_.resize(dense.size());
    for (std::size_t i = dense.size(); i-- > 0;) {
      strides_[i] = stride;
      stride *= static_cast<std::size_t>(blocks[i]);
      lengths_[i] = blocks[i] == 0 ? 1 : dense[i] / blocks[i];
    }
  }

  std::size_t block() const {
    std::size_t index = 0;
    for (std::size_t i = 0; i < dense_.size(); ++i) {
      index += static_cast<std::size_t>(position_[i] / lengths_[i]) * strides_[i];
    }
    return index;
  }

  void next() {
    for (std::size_t i = dense_.size(); i-- > 0;) {
      if (++position_[i] < dense_[i]) return;
      position_[i] = 0;
    }
  }

 private:
  Shape dense_;
  Shape position_;
  Shape lengths_;
  std::vector<std::size_t> strides_;
};

std::size_t count_of(const Shape& shape) { return static_cast<std::size_t>(element_count(shape).value_or(0)); }

std::int64_t axis_of(const Value& value, std::size_t rank) {
  const std::int64_t axis = integer_at(value, 0);
  return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
}

DenseTensor affine(const Value& data, const Value& zero_point, const Value& scale, const Value& axis) {
  Builder builder(scale.type.element, data.type.shape);
  const auto along = static_cast<std::size_t>(axis_of(axis, data.type.shape.size()));
  Shape channels(data.type.shape.size(), 1);
  channels[along] = data.type.shape[along];
  BlockIndex index(data.type.shape, channels);
  for (std::size_t i = 0; i < element_count(data); ++i, index.next()) {
    const std::size_t channel = index.block();
    const auto zero = static_cast<float>(number_at(zero_point, element_count(zero_point) == 1 ? 0 : channel));
    const auto factor = static_cast<float>(number_at(scale, element_count(scale) == 1 ? 0 : channel));
    builder.put(i, factor * (static_cast<float>(number_at(data, i)) - zero));
  }
  return builder.finish();
}

// One element of blockwise_shift_scale.
float shifted_and_scaled(const Value& data, std::size_t index, const Value& scale, const Value* offset,
                         std::size_t block) {
  const ElementType type = scale.type.element;
  float value = rounded(type, static_cast<float>(number_at(data, index)));
  if (offset != nullptr) {
    value = rounded(type, value - rounded(type, static_cast<float>(number_at(*offset, block))));
  }
  return rounded(type, static_cast<float>(number_at(scale, block)) * value);
}

DenseTensor blockwise(const Value& data, const Value& scale, const Value* offset) {
  Builder builder(scale.type.element, data.type.shape);
  BlockIndex index(data.type.shape, scale.type.shape);
  for (std::size_t i = 0; i < element_count(data); ++i, index.next()) {
    builder.put(i, shifted_and_scaled(data, i, scale, offset, index.block()));
  }
  return builder.finish();
}

DenseTensor sparse_blockwise(const Value& mask, const Value& data, const Value& scale, const Value* offset) {
  Builder builder(scale.type.element, data.type.shape);
  BlockIndex index(mask.type.shape, scale.type.shape);
  std::size_t stored = 0;
  for (std::size_t i = 0; i < count_of(mask.type.shape); ++i, index.next()) {
    if (!bit_at(mask, i)) continue;
    builder.put(stored, shifted_and_scaled(data, stored, scale, offset, index.block()));
    ++stored;
  }
  return builder.finish();
}

DenseTensor scattered(const Value& data, const Value& mask, const Shape& shape) {
  Builder builder(data.type.element, shape);
  std::size_t stored = 0;
  for (std::size_t i = 0; i < count_of(shape); ++i) {
    if (bit_at(mask, i)) builder.copy(i, data.bytes, stored++);
  }
  return builder.finish();
}

// Indices as one stream of bits, a table for all.
DenseTensor looked_up(const Value& indices, const Value& lut, const Shape& shape) {
  Value codes = indices;
  const std::size_t entries = element_count(lut);
  codes.type.element = entries == 2    ? ElementType::uint1
                       : entries == 4  ? ElementType::uint2
                       : entries == 16 ? ElementType::uint4
                       : entries == 64 ? ElementType::uint6
                                       : ElementType::uint8;
  Builder builder(lut.type.element, shape);
  for (std::size_t i = 0; i < count_of(shape); ++i) {
    builder.copy(i, lut.bytes, static_cast<std::size_t>(integer_at(codes, i)));
  }
  return builder.finish();
}

// What a table of vectors says of its indices.
struct Table {
  const Value* lut;
  std::size_t entries;
  std::size_t length;  // of a vector
  std::size_t axis;    // along which vectors lie
  Shape blocks;        // as many tables as this along each dimension of the indices

  Table(const Value& table, const Value* vector_axis) : lut(&table) {
    const Shape& shape = table.type.shape;
    const std::size_t rank = shape.size() - 2;
    entries = static_cast<std::size_t>(shape[rank]);
    length = static_cast<std::size_t>(shape[rank + 1]);
    axis = vector_axis == nullptr ? 0 : static_cast<std::size_t>(axis_of(*vector_axis, rank));
    blocks.assign(shape.begin(), shape.end() - 2);
  }

  std::size_t entry(std::size_t block, std::int64_t code, std::size_t component) const {
    return (block * entries + static_cast<std::size_t>(code)) * length + component;
  }

  // The elements before and behind the axis: one code covers `length` elements, `inner` apart.
  std::size_t inner(const Shape& indices) const {
    return count_of(Shape(indices.begin() + static_cast<std::ptrdiff_t>(axis) + 1, indices.end()));
  }

  // The place of a code's component in the expanded tensor.
  std::size_t place(std::size_t code, std::size_t component, std::size_t inner) const {
    return (code / inner * length + component) * inner + code % inner;
  }
};

DenseTensor looked_up(const Value& indices, const Value& lut, const Value* vector_axis) {
  const Table table(lut, vector_axis);
  Shape shape = indices.type.shape;
  shape[table.axis] *= static_cast<std::int64_t>(table.length);
  Builder builder(lut.type.element, shape);
  BlockIndex index(indices.type.shape, table.blocks);
  const std::size_t inner = table.inner(indices.type.shape);
  for (std::size_t i = 0; i < element_count(indices); ++i, index.next()) {
    const std::int64_t code = integer_at(indices, i);
    for (std::size_t j = 0; j < table.length; ++j) {
      builder.copy(table.place(i, j, inner), lut.bytes, table.entry(index.block(), code, j));
    }
  }
  return builder.finish();
}

// The mask of the expanded tensor, and its values in that tensor's order.
DenseTensor sparse_looked_up(const Value& mask, const Value& indices, const Value& lut, const Value* vector_axis,
                             std::size_t result) {
  const Table table(lut, vector_axis);
  const std::size_t inner = table.inner(mask.type.shape);
  Shape shape = mask.type.shape;
  shape[table.axis] *= static_cast<std::int64_t>(table.length);
  if (result == 0) {
    Builder builder(ElementType::uint1, shape);
    for (std::size_t i = 0; i < count_of(mask.type.shape); ++i) {
      for (std::size_t j = 0; j < table.length; ++j) builder.put_bit(table.place(i, j, inner), bit_at(mask, i));
    }
    return builder.finish();
  }
  // The dense tensor with what is stored, from which the values are read in order.
  Builder dense(lut.type.element, shape);
  std::vector<bool> set(count_of(shape), false);
  BlockIndex index(mask.type.shape, table.blocks);
  std::size_t stored = 0;
  for (std::size_t i = 0; i < count_of(mask.type.shape); ++i, index.next()) {
    if (!bit_at(mask, i)) continue;
    const std::int64_t code = integer_at(indices, stored++);
    for (std::size_t j = 0; j < table.length; ++j) {
      const std::size_t place = table.place(i, j, inner);
      dense.copy(place, lut.bytes, table.entry(index.block(), code, j));
      set[place] = true;
    }
  }
  const DenseTensor whole = dense.finish();
  Builder values(lut.type.element, {static_cast<std::int64_t>(stored * table.length)});
  std::size_t next = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set[i]) values.copy(next++, whole.bytes(), i);
  }
  return values.finish();
}

DenseTensor widened_to_float(const Value& half) {
  Builder builder(ElementType::float32, half.type.shape);
  for (std::size_t i = 0; i < element_count(half); ++i) builder.put(i, static_cast<float>(number_at(half, i)));
  return builder.finish();
}

Shape shape_of(const Value& numbers) {
  Shape shape;
  for (std::size_t i = 0; i < element_count(numbers); ++i) shape.push_back(integer_at(numbers, i));
  return shape;
}

// The parameters of one constexpr operation, each as a constant.
class Parameters {
 public:
  Parameters(const Constants& constants, const Operation& operation) : constants_(&constants), operation_(&operation) {}

  bool has(std::string_view name) const {
    return find_argument(*operation_, name) != nullptr || find_attribute(*operation_, name) != nullptr;
  }
  const Value& operator[](std::string_view name) {
    auto dense = constants_->dense(*operation_, name);
    tensors_.push_back(dense ? *std::move(dense) : DenseTensor{});
    return values_.emplace_back(as_value(tensors_.back()));
  }
  const Value* optional(std::string_view name) { return has(name) ? &(*this)[name] : nullptr; }

 private:
  const Constants* constants_;
  const Operation* operation_;
  std::deque<DenseTensor> tensors_;
  std::deque<Value> values_;
};

}  // namespace

std::optional<DenseTensor> view_of(const Value& value) {
  if (!value.type.is_tensor() || value.type.element == ElementType::string || value.widened) return std::nullopt;
  return DenseTensor{.type = value.type, .owned = {}, .view = value.bytes};
}

bool is_constant(const Operation& operation) {
  return operation.type == "const" || operation.type.starts_with("constexpr_");
}

Constants::Constants(const Block& block, const Constants* around) : around_(around) {
  for (const Operation& operation : block.operations) {
    if (!is_constant(operation)) continue;
    int depth = 0;
    for (const Argument& argument : operation.inputs) {
      for (const Binding& binding : argument.bindings) {
        const ConstantSource* source = binding.value == nullptr ? find(binding.name) : nullptr;
        if (source != nullptr) depth = std::max(depth, source->depth + 1);
      }
    }
    if (depth > largest_depth) {
      throw ModelError(
          fmt::format("'{}': more than {} constexpr operations feed one another", name_of(operation), largest_depth));
    }
    for (std::size_t i = 0; i < operation.outputs.size(); ++i) {
      sources_.emplace(operation.outputs[i].name, ConstantSource{&operation, i, depth});
    }
  }
}

const ConstantSource* Constants::find(std::string_view name) const {
  const auto found = sources_.find(name);
  if (found != sources_.end()) return &found->second;
  return around_ == nullptr ? nullptr : around_->find(name);
}

std::optional<DenseTensor> Constants::dense(const Operation& operation, std::string_view parameter) const {
  const Value* stored = nullptr;
  if (const Attribute* attribute = find_attribute(operation, parameter)) {
    stored = attribute->value.get();
  } else if (const Argument* argument = find_argument(operation, parameter)) {
    if (argument->bindings.size() != 1) return std::nullopt;
    const Binding& binding = argument->bindings[0];
    if (binding.value == nullptr) {
      const ConstantSource* source = find(binding.name);
      return source == nullptr ? std::nullopt : dense(*source);
    }
    stored = binding.value.get();
  }
  return stored == nullptr ? std::nullopt : view_of(*stored);
}

std::optional<DenseTensor> Constants::dense(const ConstantSource& source) const {
  const Operation& operation = *source.operation;
  if (operation.type == "const") return dense(operation, "val");
  Parameters in(*this, operation);
  if (operation.type == "constexpr_affine_dequantize") {
    return affine(in["quantized_data"], in["zero_point"], in["scale"], in["axis"]);
  }
  if (operation.type == "constexpr_blockwise_shift_scale") {
    return blockwise(in["data"], in["scale"], in.optional("offset"));
  }
  if (operation.type == "constexpr_cast") return widened_to_float(in["source_val"]);
  if (operation.type == "constexpr_lut_to_dense") {
    return in.has("shape") ? looked_up(in["indices"], in["lut"], shape_of(in["shape"]))
                           : looked_up(in["indices"], in["lut"], in.optional("vector_axis"));
  }
  if (operation.type == "constexpr_sparse_to_dense") {
    const Value& mask = in["mask"];
    return scattered(in["nonzero_data"], mask, in.has("shape") ? shape_of(in["shape"]) : mask.type.shape);
  }
  if (operation.type == "constexpr_lut_to_sparse") {
    return sparse_looked_up(in["indices_mask"], in["indices_nonzero_data"], in["lut"], in.optional("vector_axis"),
                            source.result);
  }
  if (operation.type == "constexpr_sparse_blockwise_shift_scale") {
    if (source.result == 0) return dense(operation, "data_mask");
    return sparse_blockwise(in["data_mask"], in["nonzero_data"], in["scale"], in.optional("offset"));
  }
  return std::nullopt;
}

}  // namespace goldilocks::ml_program
