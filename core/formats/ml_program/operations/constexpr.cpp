// Weights that are stored compressed and made dense when the program is compiled. Up to iOS 17 the parameters are
// attributes, codes and masks are packed bytes, and the shape is a parameter of its own; from iOS 18 on they are
// inputs, and codes and masks are tensors of small types.
#include <bit>
#include <cstring>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

std::uint64_t set_bits(std::span<const std::byte> bytes) {
  std::uint64_t total = 0;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof(word));
    total += static_cast<std::uint64_t>(std::popcount(word));
  }
  for (; i < bytes.size(); ++i)
    total += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned char>(bytes[i])));
  return total;
}

// As many values as the mask has bits; bits behind the last element are 0, which the reader of values has seen to where
// the mask is a tensor of single bits.
void require_as_many(const Inference& op, std::string_view mask, std::string_view values) {
  const Value* bits = op.value(mask);
  const Shape& stored = op.shape(values);
  op.require(stored.size() == 1, "{} must be a vector, not {}", values, text(stored));
  if (bits == nullptr) return;
  const std::uint64_t count = set_bits(bits->bytes);
  op.require(stored[0] == unknown || static_cast<std::uint64_t>(stored[0]) == count,
             "{} has {} bits set, {} has {} values", mask, count, values, stored[0]);
}

// The parameter `shape` of the older form.
Shape stated_shape(const Inference& op) {
  const auto shape = op.integers("shape");
  if (!shape) throw Undetermined{};
  op.require(has_sane_size(tensor(ElementType::uint8, *shape)), "shape {} is larger than any memory", text(*shape));
  op.require(op.shape("shape").size() == 1, "shape must be a vector");
  return *shape;
}

// Packed bytes: as many as the elements need, and nothing in the bits that are left.
void require_packed(const Inference& op, std::string_view parameter, std::uint64_t bits) {
  const Value* value = op.value(parameter);
  if (value == nullptr) return;
  const std::uint64_t needed = (bits + 7) / 8;
  op.require(op.shape(parameter).size() == 1 && value->bytes.size() == needed, "{} has {} bytes; {} bits take {}",
             parameter, value->bytes.size(), bits, needed);
  op.require(bits % 8 == 0 || static_cast<unsigned>(value->bytes.back()) >> (bits % 8) == 0,
             "{} has bits set beyond the last element", parameter);
}

void affine_dequantize(Inference& op) {
  const Shape& data = op.shape("quantized_data");
  op.require(!data.empty(), "quantized_data must have a dimension");
  const auto given = op.integer("axis");
  if (!given) throw Undetermined{};
  const std::int64_t channels = data[static_cast<std::size_t>(op.axis("axis", *given, op.rank("quantized_data")))];
  for (const std::string_view parameter : {"scale", "zero_point"}) {
    const Shape& found = op.shape(parameter);
    op.require(found.empty() || may_be_equal(found, {channels}), "{} {} is neither one number nor one for each of {}",
               parameter, text(found), channels);
  }
  op.result(op.element("scale"), data);
}

void cast(Inference& op) {
  op.one_of("output_dtype", {"fp32"});
  op.result(ElementType::float32, op.shape("source_val"));
}

// A table in bytes of packed indices.
void lut_to_dense(Inference& op) {
  const Shape& lut = op.shape("lut");
  op.require(lut.size() == 1, "lut must be a vector, not {}", text(lut));
  const std::int64_t size = lut[0];
  op.require(size == 2 || size == 4 || size == 16 || size == 64 || size == 256,
             "lut has {} entries; 2, 4, 16, 64 or 256 are possible", size);
  const Shape shape = stated_shape(op);
  const auto width = static_cast<std::uint64_t>(std::bit_width(static_cast<std::uint64_t>(size)) - 1);
  require_packed(op, "indices", width * static_cast<std::uint64_t>(product(shape)));
  op.result(op.element("lut"), shape);
}

void sparse_to_dense(Inference& op) {
  const Shape shape = stated_shape(op);
  require_packed(op, "mask", static_cast<std::uint64_t>(product(shape)));
  require_as_many(op, "mask", "nonzero_data");
  op.result(op.element("nonzero_data"), shape);
}

// Tables for blocks of the indices: lut [blocks of each dimension..., entries, vector length]. Gives the dense shape.
Shape check_table(const Inference& op, const Shape& indices, ElementType index_type) {
  const Shape& lut = op.shape("lut");
  op.require(!indices.empty() && lut.size() == indices.size() + 2,
             "lut {} must have two dimensions more than the indices {}", text(lut), text(indices));
  for (std::size_t i = 0; i < indices.size(); ++i) {
    op.require(lut[i] >= 1 && indices[i] % lut[i] == 0, "{} tables can't be laid over {} indices in dimension {}",
               lut[i], indices[i], i);
  }
  const std::int64_t entries = std::int64_t{1} << static_cast<unsigned>(bits(index_type));
  op.require(lut[indices.size()] == entries, "lut {} has {} entries for indices of type {}", text(lut),
             lut[indices.size()], name(index_type));
  const std::int64_t length = lut.back();
  op.require(length >= 1, "lut {} has vectors of no numbers", text(lut));
  op.require(length == 1 || op.has("vector_axis"), "lut {} has vectors, and vector_axis is missing", text(lut));
  Shape dense = indices;
  if (op.has("vector_axis")) {
    const auto given = op.integer("vector_axis");
    if (!given) throw Undetermined{};
    std::int64_t& dim =
        dense[static_cast<std::size_t>(op.axis("vector_axis", *given, static_cast<std::int64_t>(indices.size())))];
    dim = product(dim, length);
  }
  return dense;
}

void lut_to_dense_ios18(Inference& op) {
  op.result(op.element("lut"), check_table(op, op.shape("indices"), op.element("indices")));
}

void require_mask(const Inference& op, std::string_view parameter) {
  op.require(!op.shape(parameter).empty(), "{} must have a dimension", parameter);
}

void sparse_to_dense_ios18(Inference& op) {
  require_mask(op, "mask");
  require_as_many(op, "mask", "nonzero_data");
  op.result(op.element("nonzero_data"), op.shape("mask"));
}

void lut_to_sparse(Inference& op) {
  require_mask(op, "indices_mask");
  require_as_many(op, "indices_mask", "indices_nonzero_data");
  const Shape mask = check_table(op, op.shape("indices_mask"), op.element("indices_nonzero_data"));
  op.result(ElementType::uint1, mask);
  op.result(op.element("lut"), {product(op.shape("indices_nonzero_data")[0], op.shape("lut").back())});
}

// A scale for each block: its shape divides that of the dense tensor.
void check_blocks(const Inference& op, const Shape& data) {
  const Shape& scale = op.shape("scale");
  op.require(!data.empty() && scale.size() == data.size(), "scale {} doesn't have as many dimensions as the data {}",
             text(scale), text(data));
  for (std::size_t i = 0; i < data.size(); ++i) {
    op.require(scale[i] >= 1 && data[i] % scale[i] == 0, "{} blocks can't be laid over {} in dimension {}", scale[i],
               data[i], i);
  }
  if (!op.has("offset")) return;
  const Shape& offset = op.shape("offset");
  op.require(may_be_equal(offset, scale), "offset {} doesn't have the shape of scale {}", text(offset), text(scale));
}

// An offset has the type of the data, or is a float.
void require_offset_type(const Inference& op, std::string_view data) {
  if (!op.has("offset")) return;
  const ElementType offset = op.element("offset");
  op.require(is_float(offset) || offset == op.element(data), "offset is {} for data of type {}", name(offset),
             name(op.element(data)));
}

void blockwise_shift_scale(Inference& op) {
  check_blocks(op, op.shape("data"));
  require_offset_type(op, "data");
  op.result(op.element("scale"), op.shape("data"));
}

void sparse_blockwise_shift_scale(Inference& op) {
  require_mask(op, "data_mask");
  require_as_many(op, "data_mask", "nonzero_data");
  check_blocks(op, op.shape("data_mask"));
  require_offset_type(op, "nonzero_data");
  op.result(ElementType::uint1, op.shape("data_mask"));
  op.result(op.element("scale"), op.shape("nonzero_data"));
}

}  // namespace

std::vector<OperationRow> constexpr_operations() {
  constexpr TypeSet entries = i8 | u8 | floats;
  constexpr TypeSet codes = i4 | u4 | i8 | u8 | floats;
  constexpr TypeSet indices =
      u1 | only(ElementType::uint2) | only(ElementType::uint3) | u4 | only(ElementType::uint6) | u8;
  return {
      {"constexpr_affine_dequantize",
       ios16,
       {{'S', u8 | i8}, {'Z', u8 | i8 | fp32}, {'D', floats}},
       {constant("quantized_data", 'S'), constant("zero_point", 'Z'), constant("scale", 'D'), constant("axis", i32)},
       affine_dequantize},
      {"constexpr_cast", ios16, {}, {constant("source_val", fp16), constant("output_dtype", str)}, cast},
      {"constexpr_cast", ios18, {}, {constant("source_val", fp16), constant("output_dtype", str)}, cast},
      {"constexpr_lut_to_dense",
       ios16,
       {{'T', entries}},
       {constant("indices", u8), constant("lut", 'T'), constant("shape", u32)},
       lut_to_dense},
      {"constexpr_lut_to_dense",
       ios18,
       {{'I', indices}, {'T', entries}},
       {constant("indices", 'I'), constant("lut", 'T'), constant("vector_axis", i32, none)},
       lut_to_dense_ios18},
      {"constexpr_sparse_to_dense",
       ios16,
       {{'T', entries}},
       {constant("nonzero_data", 'T'), constant("mask", u8), constant("shape", u32)},
       sparse_to_dense},
      {"constexpr_sparse_to_dense",
       ios18,
       {{'T', entries | i4 | u4}},
       {constant("nonzero_data", 'T'), constant("mask", u1)},
       sparse_to_dense_ios18},
      {"constexpr_blockwise_shift_scale",
       ios18,
       {{'S', codes}, {'D', floats}, {'O', codes}},
       {constant("data", 'S'), constant("scale", 'D'), constant("offset", 'O', none)},
       blockwise_shift_scale},
      {"constexpr_lut_to_sparse",
       ios18,
       {{'I', indices}, {'T', entries}},
       {constant("indices_mask", u1), constant("indices_nonzero_data", 'I'), constant("lut", 'T'),
        constant("vector_axis", i32, none)},
       lut_to_sparse},
      {"constexpr_sparse_blockwise_shift_scale",
       ios18,
       {{'S', codes}, {'D', floats}, {'O', codes}},
       {constant("data_mask", u1), constant("nonzero_data", 'S'), constant("scale", 'D'),
        constant("offset", 'O', none)},
       sparse_blockwise_shift_scale},
  };
}

}  // namespace goldilocks::ml_program
