// Compressed weights made dense, some thousand elements at a time. The arithmetic is that of the reference
// implementation's evaluator: in the type of the scale, each step rounded, but constexpr_affine_dequantize in float32,
// rounded once. It shares nothing with the codec of core/weights, which is held against it.
#include "core/formats/ml_program/constants.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"

namespace goldilocks::ml_program {
namespace {

constexpr int largest_depth = 6;

constexpr std::size_t elements_at_once = 4096;

// use(begin, count) for some of the elements after the other.
template <class Use>
void in_parts(std::size_t count, const Use& use) {
  for (std::size_t begin = 0; begin < count; begin += elements_at_once)
    use(begin, std::min(elements_at_once, count - begin));
}

std::string_view characters(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Element `index` of a stream of numbers of less than 8 bits, the first in the lowest bits.
std::uint8_t packed_at(std::span<const std::byte> bytes, std::size_t index, unsigned width) {
  const std::size_t bit = index * width;
  const auto shift = static_cast<unsigned>(bit % 8);
  auto window = std::to_integer<unsigned>(bytes[bit / 8]);
  if (shift + width > 8) window |= std::to_integer<unsigned>(bytes[bit / 8 + 1]) << 8U;
  return static_cast<std::uint8_t>(window >> shift & ((1U << width) - 1));
}

bool bit_at(const Value& mask, std::size_t index) { return packed_at(mask.bytes, index, 1) != 0; }

// A code as it is stored, without its sign.
std::uint8_t code_at(const Value& codes, std::size_t index) {
  const auto width = static_cast<unsigned>(bits(codes.type.element));
  return width == 8 ? std::to_integer<std::uint8_t>(codes.bytes[index]) : packed_at(codes.bytes, index, width);
}

// The elements from `begin` on, as float32, which holds what the format scales: halves, and integers of 8 bits.
void read_numbers(const Value& value, std::size_t begin, std::span<float> numbers) {
  const ElementType type = value.type.element;
  if (type == ElementType::float16) {
    widen_halves(characters(value.bytes.subspan(2 * begin)), numbers);
  } else if (type == ElementType::float32) {
    std::memcpy(numbers.data(), value.bytes.data() + begin * sizeof(float), numbers.size() * sizeof(float));
  } else if (type == ElementType::int8) {
    for (float& number : numbers) number = static_cast<std::int8_t>(code_at(value, begin++));
  } else if (type == ElementType::int4) {
    for (float& number : numbers) {
      const int code = code_at(value, begin++);
      number = static_cast<float>(code < 8 ? code : code - 16);
    }
  } else if (bits(type) <= 8) {
    for (float& number : numbers) number = code_at(value, begin++);
  } else {
    for (float& number : numbers) number = static_cast<float>(number_at(value, begin++));
  }
}

std::vector<float> all_numbers(const Value& value) {
  std::vector<float> numbers(element_count(value));
  read_numbers(value, 0, numbers);
  return numbers;
}

// Numbers of one type, computed with as the type's own arithmetic does.
void round_to(ElementType type, std::span<float> values) {
  if (type == ElementType::float16) round_to_halves(values);
}

// A tensor under construction.
class Builder {
 public:
  Builder(ElementType element, Shape shape) {
    tensor_.type = ml_program::tensor(element, std::move(shape));
    const std::int64_t count = element_count(tensor_.type.shape).value_or(0);
    tensor_.owned.resize(packed_bytes(element, count));
  }

  // Floats from position `begin` on, rounded to the tensor's type.
  void put(std::size_t begin, std::span<const float> values) {
    if (tensor_.type.element != ElementType::float16) {
      std::memcpy(tensor_.owned.data() + begin * sizeof(float), values.data(), values.size_bytes());
    } else if (first_beyond(values, float16_limit) == values.size()) {
      const std::string halves = narrow_to_halves(values);
      std::memcpy(tensor_.owned.data() + begin * sizeof(std::uint16_t), halves.data(), halves.size());
    } else {
      for (const float value : values) {
        const std::uint16_t half = half_from_float(value);
        std::memcpy(tensor_.owned.data() + begin++ * sizeof half, &half, sizeof half);
      }
    }
  }

  // Bits are packed from the lowest on, as masks have them.
  void put_bit(std::size_t index, bool value) {
    if (value) tensor_.owned[index / 8] |= std::byte{1} << (index % 8);
  }

  // Element `from` of a tensor of the same type, in whole bytes or packed.
  void copy(std::size_t index, std::span<const std::byte> bytes, std::size_t from) {
    const auto width = static_cast<std::size_t>(bits(tensor_.type.element));
    switch (width) {
      case 8:
        tensor_.owned[index] = bytes[from];
        return;
      case 16:
        return copy_bytes<2>(index, bytes, from);
      case 32:
        return copy_bytes<4>(index, bytes, from);
      default:
        break;
    }
    if (width > 8) {
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
  template <std::size_t width>
  void copy_bytes(std::size_t index, std::span<const std::byte> bytes, std::size_t from) {
    std::memcpy(tensor_.owned.data() + index * width, bytes.data() + from * width, width);
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

// Walks the positions of a tensor in order and knows the block of another shape that each lies in: the other's
// dimensions divide the tensor's.
class BlockIndex {
 public:
  BlockIndex(const Shape& dense, const Shape& blocks)
      : dense_(dense), position_(dense.size(), 0), lengths_(dense.size()), strides_(dense.size()) {
    std::size_t stride = 1;
    for (std::size_t i = dense.size(); i-- > 0;) {
      strides_[i] = stride;
      stride *= static_cast<std::size_t>(blocks[i]);
      lengths_[i] = blocks[i] == 0 ? 1 : dense[i] / blocks[i];
    }
    // Positions that follow one another in one block: whole dimensions, and part of one more.
    first_whole_ = dense.size();
    while (first_whole_ > 0) {
      run_ *= static_cast<std::size_t>(lengths_[--first_whole_]);
      if (lengths_[first_whole_] != dense[first_whole_]) break;
    }
    left_ = run_;
  }

  // The blocks of the positions that follow.
  void next(std::span<std::uint32_t> blocks) {
    for (std::size_t i = 0; i < blocks.size();) {
      const std::size_t count = std::min(left_, blocks.size() - i);
      std::fill_n(blocks.begin() + static_cast<std::ptrdiff_t>(i), count, block_);
      i += count;
      left_ -= count;
      if (left_ == 0) start_run();
    }
  }

 private:
  void start_run() {
    left_ = run_;
    for (std::size_t i = first_whole_ + 1; i-- > 0;) {
      if (i >= dense_.size()) continue;
      position_[i] += i == first_whole_ ? lengths_[i] : 1;
      if (position_[i] < dense_[i]) break;
      position_[i] = 0;
    }
    std::size_t index = 0;
    for (std::size_t i = 0; i < dense_.size(); ++i) {
      index += static_cast<std::size_t>(position_[i] / lengths_[i]) * strides_[i];
    }
    block_ = static_cast<std::uint32_t>(index);
  }

  Shape dense_;
  Shape position_;  // of the run's first
  Shape lengths_;
  std::vector<std::size_t> strides_;
  std::size_t first_whole_ = 0;  // the outermost dimension of a run
  std::size_t run_ = 1;
  std::size_t left_ = 0;  // of the current run
  std::uint32_t block_ = 0;
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
  const std::vector<float> zeros = all_numbers(zero_point);
  const std::vector<float> factors = all_numbers(scale);
  std::array<float, elements_at_once> values{};
  std::array<std::uint32_t, elements_at_once> blocks{};
  in_parts(element_count(data), [&](std::size_t begin, std::size_t count) {
    const auto some = std::span(values).first(count);
    read_numbers(data, begin, some);
    index.next(std::span(blocks).first(count));
    for (std::size_t i = 0; i < count; ++i) {
      const float zero = zeros.size() == 1 ? zeros[0] : zeros[blocks[i]];
      values[i] = (factors.size() == 1 ? factors[0] : factors[blocks[i]]) * (values[i] - zero);
    }
    builder.put(begin, some);
  });
  return builder.finish();
}

// The arithmetic of blockwise_shift_scale: a scale, and an offset or none, for each block.
class Scaling {
 public:
  Scaling(const Value& scale, const Value* offset) : type_(scale.type.element), scales_(all_numbers(scale)) {
    if (offset != nullptr) offsets_ = all_numbers(*offset);
    round_to(type_, offsets_);
  }

  void apply(std::span<float> values, std::span<const std::uint32_t> blocks) const {
    round_to(type_, values);
    if (!offsets_.empty()) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] -= offsets_[blocks[i]];
      round_to(type_, values);
    }
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scales_[blocks[i]];
  }

 private:
  ElementType type_;
  std::vector<float> scales_, offsets_;
};

DenseTensor blockwise(const Value& data, const Value& scale, const Value* offset) {
  Builder builder(scale.type.element, data.type.shape);
  BlockIndex index(data.type.shape, scale.type.shape);
  const Scaling scaling(scale, offset);
  std::array<float, elements_at_once> values{};
  std::array<std::uint32_t, elements_at_once> blocks{};
  in_parts(element_count(data), [&](std::size_t begin, std::size_t count) {
    const auto some = std::span(values).first(count);
    read_numbers(data, begin, some);
    index.next(std::span(blocks).first(count));
    scaling.apply(some, std::span(blocks).first(count));
    builder.put(begin, some);
  });
  return builder.finish();
}

DenseTensor sparse_blockwise(const Value& mask, const Value& data, const Value& scale, const Value* offset) {
  Builder builder(scale.type.element, data.type.shape);
  BlockIndex index(mask.type.shape, scale.type.shape);
  const Scaling scaling(scale, offset);
  std::array<float, elements_at_once> values{};
  std::array<std::uint32_t, elements_at_once> blocks{};
  std::size_t stored = 0;
  in_parts(count_of(mask.type.shape), [&](std::size_t begin, std::size_t count) {
    index.next(std::span(blocks).first(count));
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (bit_at(mask, begin + i)) blocks[kept++] = blocks[i];
    }
    const auto some = std::span(values).first(kept);
    read_numbers(data, stored, some);
    scaling.apply(some, std::span(blocks).first(kept));
    builder.put(stored, some);
    stored += kept;
  });
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
  for (std::size_t i = 0; i < count_of(shape); ++i) builder.copy(i, lut.bytes, code_at(codes, i));
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

  std::size_t entry(std::size_t block, std::size_t code, std::size_t component) const {
    return (block * entries + code) * length + component;
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
  std::array<std::uint32_t, elements_at_once> blocks{};
  in_parts(element_count(indices), [&](std::size_t begin, std::size_t count) {
    index.next(std::span(blocks).first(count));
    if (table.length == 1) {
      for (std::size_t i = 0; i < count; ++i) {
        builder.copy(begin + i, lut.bytes, table.entry(blocks[i], code_at(indices, begin + i), 0));
      }
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t code = code_at(indices, begin + i);
      for (std::size_t j = 0; j < table.length; ++j) {
        builder.copy(table.place(begin + i, j, inner), lut.bytes, table.entry(blocks[i], code, j));
      }
    }
  });
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
  std::array<std::uint32_t, elements_at_once> blocks{};
  in_parts(count_of(mask.type.shape), [&](std::size_t begin, std::size_t count) {
    index.next(std::span(blocks).first(count));
    for (std::size_t i = 0; i < count; ++i) {
      if (!bit_at(mask, begin + i)) continue;
      const std::size_t code = code_at(indices, stored++);
      for (std::size_t j = 0; j < table.length; ++j) {
        const std::size_t place = table.place(begin + i, j, inner);
        dense.copy(place, lut.bytes, table.entry(blocks[i], code, j));
        set[place] = true;
      }
    }
  });
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
  std::vector<float> numbers = all_numbers(half);
  builder.put(0, numbers);
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
