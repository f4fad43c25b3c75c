// The inverse of stored_constant.cpp. Up to iOS 17 the parameters of constexpr operations are attributes, codes and
// masks packed bytes and the shape one of them; from iOS 18 on they are inputs, and what is made by one operation is
// the input of the next.
#include "core/formats/ml_program/constant_operations.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/base/half.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::ml_program {
namespace {

using weights::Array;
using weights::Kind;
using weights::Stored;

constexpr std::size_t least_blob = 10;  // elements; fewer are immediate, as the reference implementation has it

ElementType element_of(const weights::NumberType& type) {
  using enum ElementType;
  if (type.is_float()) return type.bits == 16 ? float16 : float32;
  if (type.kind == weights::NumberType::Class::signed_integer) return type.bits == 4 ? int4 : int8;
  switch (type.bits) {
    case 1:
      return uint1;
    case 2:
      return uint2;
    case 3:
      return uint3;
    case 4:
      return uint4;
    case 6:
      return uint6;
    default:
      return uint8;
  }
}

// A value with what its views look at.
struct Held {
  Value value;
  std::shared_ptr<const void> owner;
  std::vector<std::byte> bytes;
  std::string text;
};

std::shared_ptr<const Value> share(std::shared_ptr<Held> held) {
  const Value* value = &held->value;
  return {std::move(held), value};
}

template <class T>
std::shared_ptr<const Value> immediate(ElementType element, const std::vector<T>& numbers, Shape shape) {
  auto held = std::make_shared<Held>();
  const auto bytes = std::as_bytes(std::span(numbers));
  held->bytes.assign(bytes.begin(), bytes.end());
  held->value.type = tensor(element, std::move(shape));
  held->value.bytes = held->bytes;
  return share(std::move(held));
}

std::shared_ptr<const Value> text_value(std::string text) {
  auto held = std::make_shared<Held>();
  held->text = std::move(text);
  held->value.type = tensor(ElementType::string);
  held->value.strings = {held->text};
  return share(std::move(held));
}

Shape ones(std::size_t rank) { return Shape(rank, 1); }

class Writer {
 public:
  Writer(WeightValues& values, const ConstantPlace& place)
      : values_(&values), stored_(&values.stored()), place_(&place), has_inputs_(place.opset >= Opset::ios18) {
    for (const std::int64_t length : stored_->shape) shape_.push_back(length);
  }

  std::vector<Operation> write() {
    const Kind kind = stored_->encoding.kind;
    if (kind == Kind::float16 || kind == Kind::float32) {
      write_floats();
    } else if (weights::is_sparse(kind)) {
      write_sparse();
    } else if (!weights::is_table(kind)) {
      write_scaled();
    } else if (stored_->scaling.empty()) {
      finish(table_operation("constexpr_lut_to_dense", "indices"), constant_type());
    } else {
      const std::string table = add(table_operation("constexpr_lut_to_dense", "indices"), "table", {constant_type()});
      Operation scaled = operation("constexpr_blockwise_shift_scale");
      bind(scaled, "data", table);
      bind_scaling(scaled, "", stored_->scaling, shape_);
      finish(std::move(scaled), constant_type());
    }
    return std::move(operations_);
  }

 private:
  Type constant_type() const { return tensor(values_->element(), shape_); }

  static Operation operation(std::string type) {
    Operation made;
    made.type = std::move(type);
    return made;
  }

  // A parameter: an input or an attribute, by the form.
  void bind(Operation& target, std::string parameter, std::shared_ptr<const Value> value) const {
    if (has_inputs_ && target.type != "constexpr_affine_dequantize") {
      target.inputs.push_back({std::move(parameter), {{.name = {}, .value = std::move(value)}}});
    } else {
      target.attributes.push_back({std::move(parameter), std::move(value)});
    }
  }
  static void bind(Operation& target, std::string parameter, std::string name) {
    target.inputs.push_back({std::move(parameter), {{.name = std::move(name), .value = nullptr}}});
  }

  void bind_array(Operation& target, std::string parameter, const std::string& part, const Array& array, Shape shape) {
    bind(target, std::move(parameter), values_->value(part, array, std::move(shape)));
  }

  // Adds an operation whose results are parts of the constant. Returns the first result's name.
  std::string add(Operation made, std::string_view part, std::vector<Type> types) {
    const std::string wish = place_->output + "_" + std::string(part);
    for (std::size_t i = 0; i < types.size(); ++i) {
      made.outputs.push_back({place_->fresh_name(i == 0 ? wish : wish + "_values"), std::move(types[i])});
    }
    made.attributes.push_back({"name", text_value(made.outputs[0].name)});
    std::string first = made.outputs[0].name;
    put_in_order(made);
    operations_.push_back(std::move(made));
    return first;
  }

  void finish(Operation made, Type type) {
    made.outputs.push_back({place_->output, std::move(type)});
    if (place_->name != nullptr) made.attributes.push_back({"name", place_->name});
    put_in_order(made);
    operations_.push_back(std::move(made));
  }

  // By name, as a program that was read has them.
  static void put_in_order(Operation& made) {
    std::ranges::sort(made.inputs, {}, &Argument::parameter);
    std::ranges::sort(made.attributes, {}, &Attribute::name);
  }

  void write_floats() {
    const Array& array = stored_->values;
    const ElementType stored_element = element_of(array.type);
    Operation constant = operation("const");
    constant.attributes.push_back({"val", values_->value("values", array, shape_)});
    if (stored_element == values_->element()) return finish(std::move(constant), constant_type());
    const std::string half = add(std::move(constant), "half", {tensor(stored_element, shape_)});
    Operation cast = operation("constexpr_cast");
    if (has_inputs_) {
      bind(cast, "source_val", half);
    } else {
      operations_.pop_back();
      cast.attributes.push_back({"source_val", values_->value("values", array, shape_)});
    }
    bind(cast, "output_dtype", text_value("fp32"));
    finish(std::move(cast), constant_type());
  }

  // The table, with an operation of its own where its entries are scaled.
  void bind_table(Operation& target) {
    const int rank = static_cast<int>(shape_.size());
    Shape shape = stored_->table_grid.empty() ? ones(shape_.size()) : stored_->table_grid;
    shape.push_back(std::int64_t{1} << static_cast<unsigned>(stored_->encoding.bits));
    shape.push_back(stored_->encoding.vector);
    if (!has_inputs_) {
      const auto entries = static_cast<std::int64_t>(stored_->table.count);
      return bind_array(target, "lut", "table", stored_->table, {entries});
    }
    if (stored_->table_scaling.empty()) return bind_array(target, "lut", "table", stored_->table, std::move(shape));
    Operation scaled = operation("constexpr_blockwise_shift_scale");
    bind_array(scaled, "data", "table", stored_->table, shape);
    weights::Scaling scaling = stored_->table_scaling;
    if (scaling.grid.empty()) scaling.grid = ones(static_cast<std::size_t>(rank));
    scaling.grid.push_back(1);
    scaling.grid.push_back(1);
    bind_scaling(scaled, "table ", scaling, shape);
    bind(target, "lut", add(std::move(scaled), "lut", {tensor(values_->element(), shape)}));
  }

  Operation table_operation(std::string type, const std::string& indices) {
    Operation made = operation(std::move(type));
    const Array& codes = stored_->values;
    if (has_inputs_) {
      Shape shape = codes_shape();
      if (!stored_->mask.empty()) shape = {static_cast<std::int64_t>(codes.count)};
      bind_array(made, indices, "codes", codes, std::move(shape));
      if (stored_->encoding.vector > 1) {
        const auto axis = static_cast<std::int32_t>(stored_->vector_axis);
        bind(made, "vector_axis", immediate<std::int32_t>(ElementType::int32, {axis}, {}));
      }
    } else {
      bind_bytes(made, indices, "codes", codes);
      bind_shape(made);
    }
    bind_table(made);
    return made;
  }

  Shape codes_shape() const {
    Shape shape = shape_;
    if (stored_->encoding.vector > 1) shape[stored_->vector_axis] /= stored_->encoding.vector;
    return shape;
  }

  void bind_bytes(Operation& target, std::string parameter, const std::string& part, const Array& array) {
    const Array bytes{.type = weights::uint8, .count = array.bytes.size(), .bytes = array.bytes};
    bind_array(target, std::move(parameter), part, bytes, {static_cast<std::int64_t>(bytes.count)});
  }

  void bind_shape(Operation& target) const {
    std::vector<std::uint32_t> lengths;
    for (const std::int64_t length : shape_) lengths.push_back(static_cast<std::uint32_t>(length));
    bind(target, "shape", immediate(ElementType::uint32, lengths, {static_cast<std::int64_t>(lengths.size())}));
  }

  // Scales have as many dimensions as what they scale.
  void bind_scaling(Operation& target, const std::string& prefix, const weights::Scaling& scaling, const Shape& data) {
    const Shape grid = scaling.grid.empty() ? ones(data.size()) : scaling.grid;
    bind_array(target, "scale", prefix + "scale", scaling.scale, grid);
    if (!scaling.offset.empty()) bind_array(target, "offset", prefix + "offset", scaling.offset, grid);
  }

  void write_scaled() {
    if (!has_inputs_) return write_affine();
    Operation made = operation("constexpr_blockwise_shift_scale");
    bind_array(made, "data", "codes", stored_->values, shape_);
    bind_scaling(made, "", stored_->scaling, shape_);
    finish(std::move(made), constant_type());
  }

  // One scale, or one for each position of an axis; a zero point is always there.
  void write_affine() {
    Operation made = operation("constexpr_affine_dequantize");
    const weights::Scaling& scaling = stored_->scaling;
    const auto found = std::ranges::find_if(scaling.grid, [](std::int64_t blocks) { return blocks != 1; });
    Shape shape;
    std::int32_t axis = 0;
    if (found != scaling.grid.end()) {
      shape = {*found};
      axis = static_cast<std::int32_t>(found - scaling.grid.begin());
    }
    bind_array(made, "quantized_data", "codes", stored_->values, shape_);
    bind_array(made, "scale", "scale", scaling.scale, shape);
    if (scaling.offset.empty()) {
      const ElementType type = element_of(stored_->values.type);
      const std::vector<std::int8_t> zeros(scaling.scale.count);
      bind(made, "zero_point", immediate(type, zeros, shape));
    } else {
      bind_array(made, "zero_point", "offset", scaling.offset, shape);
    }
    bind(made, "axis", immediate<std::int32_t>(ElementType::int32, {axis}, {}));
    finish(std::move(made), constant_type());
  }

  void write_sparse() {
    Operation dense = operation("constexpr_sparse_to_dense");
    if (!has_inputs_) {
      bind_bytes(dense, "mask", "mask", stored_->mask);
      bind_shape(dense);
      const auto count = static_cast<std::int64_t>(stored_->values.count);
      bind_array(dense, "nonzero_data", "values", stored_->values, {count});
      return finish(std::move(dense), constant_type());
    }
    const Kind kind = stored_->encoding.kind;
    const auto count = static_cast<std::int64_t>(stored_->values.count);
    const auto kept = tensor(values_->element(), {count * stored_->encoding.vector});
    if (kind == Kind::sparse_float32) {
      bind_array(dense, "nonzero_data", "values", stored_->values, {count});
      bind_array(dense, "mask", "mask", stored_->mask, shape_);
      return finish(std::move(dense), constant_type());
    }
    const Type mask_type = tensor(ElementType::uint1, shape_);
    std::string mask;
    if (weights::is_table(kind)) {
      Operation table = table_operation("constexpr_lut_to_sparse", "indices_nonzero_data");
      bind_array(table, "indices_mask", "mask", stored_->mask, codes_shape());
      mask = add(std::move(table), "mask", {mask_type, kept});
    }
    if (!weights::is_table(kind) || !stored_->scaling.empty()) {
      Operation scaled = operation("constexpr_sparse_blockwise_shift_scale");
      if (weights::is_table(kind)) {
        bind(scaled, "data_mask", mask);
        bind(scaled, "nonzero_data", last_result());
      } else {
        bind_array(scaled, "data_mask", "mask", stored_->mask, shape_);
        bind_array(scaled, "nonzero_data", "codes", stored_->values, {count});
      }
      bind_scaling(scaled, "", stored_->scaling, shape_);
      mask = add(std::move(scaled), "scaled_mask", {mask_type, kept});
    }
    bind(dense, "mask", mask);
    bind(dense, "nonzero_data", last_result());
    finish(std::move(dense), constant_type());
  }

  const std::string& last_result() const { return operations_.back().outputs.back().name; }

  WeightValues* values_;
  const Stored* stored_;
  const ConstantPlace* place_;
  bool has_inputs_;
  Shape shape_;
  std::vector<Operation> operations_;
};

// A float bias as the offset -bias / scale, in the type of the constant; where that would move a value by more than
// half a step, or the scale is 0, as tables of the same values.
Stored without_bias(Stored stored, ElementType element) {
  const std::vector<float> scales = weights::numbers(stored.scaling.scale);
  const std::vector<float> biases = weights::numbers(stored.scaling.bias);
  std::vector<float> offsets;
  bool is_close = true;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const float exact = -biases[i] / scales[i];
    const float offset = element == ElementType::float16 ? float_from_half(half_from_float(exact)) : exact;
    is_close = is_close && std::isfinite(offset) && std::fabs(offset - exact) <= 0.5F;
    offsets.push_back(offset);
  }
  stored.scaling.bias = {};
  if (is_close) {
    stored.scaling.offset = weights::keep(std::move(offsets), stored.owner);
    return stored;
  }
  std::vector<float> entries;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    for (int code = 0; code < 1 << stored.encoding.bits; ++code) {
      const double value = static_cast<double>(code) * static_cast<double>(scales[i]) + static_cast<double>(biases[i]);
      entries.push_back(static_cast<float>(value));
    }
  }
  stored.encoding.kind = scales.size() > 1 ? Kind::group_table : Kind::table;
  stored.table = weights::keep(std::move(entries), stored.owner);
  stored.table_grid = std::exchange(stored.scaling, {}).grid;
  return stored;
}

// Zero points are as narrow as the codes.
void pack_offset(Stored& stored) {
  weights::Array& offset = stored.scaling.offset;
  const int bits = stored.encoding.bits;
  if (offset.empty() || offset.type.is_float() || offset.type.bits <= bits) return;
  std::vector<std::uint8_t> numbers = weights::codes(offset);
  for (std::uint8_t& number : numbers) number &= static_cast<std::uint8_t>((1U << static_cast<unsigned>(bits)) - 1);
  const std::string packed = weights::pack_codes(numbers, bits, weights::BitOrder::lowest_first);
  const weights::NumberType type{offset.type.kind, bits};
  offset = weights::keep(std::vector<std::uint8_t>(packed.begin(), packed.end()), weights::uint8, stored.owner);
  offset.type = type;
  offset.count = numbers.size();
}

}  // namespace

WeightValues::WeightValues(Stored stored, ElementType element, std::string file)
    : stored_(std::move(stored)), element_(element), file_(std::move(file)) {}

std::shared_ptr<const Value> WeightValues::value(std::string_view name, const Array& array, Shape shape) {
  const std::string key = fmt::format("{} {} {}", name, text(shape), array.type.bits);
  const auto found = std::ranges::find(values_, key, &std::pair<std::string, std::shared_ptr<const Value>>::first);
  if (found != values_.end()) return found->second;
  auto held = std::make_shared<Held>();
  held->owner = stored_.owner;
  held->value.type = tensor(element_of(array.type), std::move(shape));
  held->value.bytes = array.bytes;
  if (array.count >= least_blob) held->value.blob = BlobReference{.file = file_, .index = blob_to_be_written};
  return values_.emplace_back(key, share(std::move(held))).second;
}

std::optional<Opset> opset_for(const weights::Encoding& encoding, std::span<const std::int64_t> shape,
                               ElementType element) {
  const auto is_one_of = [&](std::initializer_list<int> widths) {
    return std::ranges::find(widths, encoding.bits) != widths.end();
  };
  const auto granularity = encoding.granularity.kind;
  const bool is_whole = granularity == weights::Granularity::Kind::tensor;
  const bool is_channel = granularity == weights::Granularity::Kind::channel;
  switch (encoding.kind) {
    case Kind::float32:
      return Opset::ios15;
    case Kind::float16:
      return element == ElementType::float16 ? Opset::ios15 : Opset::ios16;
    case Kind::table:
    case Kind::group_table:
    case Kind::vector_table: {
      if (!is_one_of({1, 2, 3, 4, 6, 8}) || shape.empty()) return std::nullopt;
      const bool is_plain = encoding.kind == Kind::table && is_whole && encoding.vector == 1 && encoding.bits != 3 &&
                            !encoding.has_channel_scale && encoding.entry.is_float();
      return is_plain ? Opset::ios16 : Opset::ios18;
    }
    case Kind::zero_point:
    case Kind::linear:
      if (!is_one_of({4, 8}) || shape.empty()) return std::nullopt;
      // An offset in float16 came with iOS 18.
      if (encoding.kind == Kind::linear && element == ElementType::float16) return Opset::ios18;
      return encoding.bits == 8 && (is_whole || is_channel) ? Opset::ios16 : Opset::ios18;
    case Kind::sparse_float32:
      return shape.empty() ? std::nullopt : std::optional(Opset::ios16);
    case Kind::sparse_table:
      if (!is_one_of({1, 2, 3, 4, 6, 8}) || shape.empty()) return std::nullopt;
      return Opset::ios18;
    case Kind::sparse_zero_point:
    case Kind::sparse_linear:
      if (!is_one_of({4, 8}) || shape.empty()) return std::nullopt;
      return Opset::ios18;
    default:
      return std::nullopt;
  }
}

std::vector<Operation> constant_operations(WeightValues& values, const ConstantPlace& place) {
  return Writer(values, place).write();
}

Stored as_written(Stored stored, ElementType element, std::string_view place) {
  if (!stored.scaling.bias.empty()) stored = without_bias(std::move(stored), element);
  const weights::NumberType type = element == ElementType::float16 ? weights::float16 : weights::float32;
  const Kind kind = stored.encoding.kind;
  if (kind == Kind::float32 && element == ElementType::float16) {
    std::vector<float> buffer;
    return weights::float16_of(stored.shape, weights::view(stored, place, buffer), place);
  }
  if (kind == Kind::float16 || kind == Kind::float32) return stored;
  if (weights::is_sparse(kind)) {
    stored = weights::compact(std::move(stored));
    if (stored.mask.type.bits != 1) {
      const std::vector<std::uint8_t> mask = weights::codes(stored.mask);
      const std::size_t count = mask.size();
      const std::string bits = weights::pack_codes(mask, 1, weights::BitOrder::lowest_first);
      stored.mask = weights::keep(std::vector<std::uint8_t>(bits.begin(), bits.end()), weights::uint8, stored.owner);
      stored.mask.type = weights::code(1);
      stored.mask.count = count;
    }
  }
  if (weights::is_coded(kind)) stored = weights::packed(std::move(stored), weights::BitOrder::lowest_first);
  if (kind == Kind::sparse_float32 && stored.values.empty()) stored.values.type = type;
  pack_offset(stored);
  return weights::with_entries(std::move(stored), type, place);
}

}  // namespace goldilocks::ml_program
