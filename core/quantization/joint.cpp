// Tables and codes that get another form are tensors of their own: the entries of a table are quantized as a vector
// would be, and codes with one scale are whole numbers that a table may hold.
#include "core/quantization/joint.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/weights/codec.hpp"

namespace goldilocks::quantization {
namespace {

using weights::Kind;
using weights::Stored;
using weights::Weight;
using Owner = std::shared_ptr<const void>;

FunctionResult stays(std::string note) { return {.content = std::nullopt, .note = std::move(note)}; }

// Numbers as a float tensor of this type, which must hold them.
Stored floats(std::vector<std::int64_t> shape, std::vector<float> values, weights::NumberType type) {
  if (type == weights::float16) return weights::float16_of(std::move(shape), values, "");
  return weights::float32_of(std::move(shape), std::move(values));
}

weights::NumberType value_type(const Weight& weight, const Stored& current) {
  for (const weights::NumberType type : {weight.stored.entry, current.scaling.scale.type}) {
    if (type == weights::float16) return type;
  }
  return weights::float32;
}

Owner both(Owner first, Owner second) {
  return std::make_shared<std::pair<Owner, Owner>>(std::move(first), std::move(second));
}

FunctionResult run_on(const Weight& weight, const Stored& content, const RunFunction& run) {
  Weight described = weight;
  described.stored = content.encoding;
  described.shape = content.shape;
  return run(described, content);
}

Stored with_mask(Stored stored, const weights::Array& mask, const Owner& owner) {
  stored.encoding.kind = weights::sparse(stored.encoding.kind).value();
  stored.mask = mask;
  stored.owner = both(std::move(stored.owner), owner);
  return weights::compact(std::move(stored));
}

// Table entries that become codes with one scale.
FunctionResult quantize_table(const Weight& weight, const Stored& current, const RunFunction& run) {
  constexpr std::size_t least_table = 10;  // entries: the reference implementation leaves smaller tables alone
  if (!current.table_scaling.empty()) return stays("its table is quantized already");
  if (current.table.count < least_table) {
    return stays(fmt::format("its table has fewer than {} entries", least_table));
  }
  Weight table = weight;
  table.axes = {};
  FunctionResult result = run_on(
      table,
      floats({static_cast<std::int64_t>(current.table.count)}, weights::numbers(current.table), current.table.type),
      run);
  if (!result.content) return result;
  const Stored& quantized = *result.content;
  if (quantized.encoding.kind != Kind::zero_point || quantized.encoding.bits != 8) {
    return stays("entries of a table can become 8 bit codes with a scale alone");
  }
  Stored joint = current;
  joint.table = quantized.values;
  joint.table_scaling = quantized.scaling;
  joint.table_scaling.grid = {};
  joint.encoding.entry = quantized.values.type;
  joint.owner = both(current.owner, quantized.owner);
  return {.content = std::move(joint), .note = std::move(result.note)};
}

// Codes with one scale that become entries of a table. Entries are cut to whole numbers.
FunctionResult table_of_codes(const Weight& weight, const Stored& current, const RunFunction& run) {
  if (current.scaling.scale.count != 1 || current.encoding.bits != 8 || !current.mask.empty()) {
    return stays("only 8 bit codes with one scale for the whole tensor can become a table");
  }
  FunctionResult result = run_on(weight, weights::float32_of(current.shape, weights::numbers(current.values)), run);
  if (!result.content) return result;
  Stored joint = *result.content;
  if (!weights::is_table(joint.encoding.kind)) {
    return stays("codes with a scale can become a table or get a mask alone");
  }
  std::vector<std::uint8_t> entries;
  for (const float entry : weights::numbers(joint.table)) {
    entries.push_back(static_cast<std::uint8_t>(static_cast<int>(entry)));
  }
  joint.owner = both(std::move(joint.owner), current.owner);
  joint.table = weights::keep(std::move(entries), current.values.type, joint.owner);
  joint.table_scaling = current.scaling;
  joint.table_scaling.grid = {};
  joint.encoding.entry = joint.table.type;
  return {.content = std::move(joint), .note = std::move(result.note)};
}

}  // namespace

FunctionResult compress_further(const Weight& weight, const Stored& current, const RunFunction& run, bool is_exact) {
  const Kind kind = current.encoding.kind;
  if (kind != Kind::sparse_float32 && weights::is_sparse(kind)) {
    return weights::is_table(kind) && !is_exact ? quantize_table(weight, current, run)
                                                : stays("it has a mask and codes already");
  }
  if (weights::is_table(kind) && !is_exact) return quantize_table(weight, current, run);
  if (kind == Kind::zero_point && !is_exact) return table_of_codes(weight, current, run);
  const weights::NumberType type = value_type(weight, current);
  FunctionResult result = run_on(weight, floats(current.shape, weights::decode(current, weight.place), type), run);
  if (!result.content) return result;
  const Stored& made = *result.content;
  if (kind == Kind::sparse_float32) {
    if (weights::is_sparse(made.encoding.kind)) return result;
    if (made.encoding.vector > 1) return stays("a mask doesn't go with vectors");
    if (!weights::is_coded(made.encoding.kind)) return stays("the function keeps no mask");
    result.content = with_mask(made, current.mask, current.owner);
    return result;
  }
  if (made.encoding.kind != Kind::sparse_float32 || current.encoding.vector > 1) return stays("it has codes already");
  result.content = with_mask(current, made.mask, made.owner);
  return result;
}

}  // namespace goldilocks::quantization
