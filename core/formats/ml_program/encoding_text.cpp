#include "core/formats/ml_program/encoding_text.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace goldilocks::ml_program {
namespace {

// Where a parameter's value comes from, if that is another operation.
const ConstantSource* source_of(const Operation& operation, std::string_view parameter, const Constants& constants) {
  const Argument* argument = find_argument(operation, parameter);
  if (argument == nullptr || argument->bindings.size() != 1 || argument->bindings[0].value != nullptr) return nullptr;
  return constants.find(argument->bindings[0].name);
}

// The type that a parameter has.
Type type_of(const Operation& operation, std::string_view parameter, const Constants& constants) {
  if (const ConstantSource* source = source_of(operation, parameter, constants)) {
    return source->operation->outputs[source->result].type;
  }
  if (const Attribute* attribute = find_attribute(operation, parameter)) return attribute->value->type;
  const Argument* argument = find_argument(operation, parameter);
  return argument == nullptr || argument->bindings.empty() ? Type{} : argument->bindings[0].value->type;
}

std::string stored_text(const Operation& operation, std::string_view parameter, const Constants& constants) {
  const ConstantSource* source = source_of(operation, parameter, constants);
  return source == nullptr ? std::string(name(type_of(operation, parameter, constants).element))
                           : encoding_text(*source, constants);
}

std::string table_text(const Operation& operation, std::string_view indices, const Constants& constants) {
  const Type lut = type_of(operation, "lut", constants);
  if (find_attribute(operation, "lut") != nullptr) {
    return fmt::format("table of {} bits", std::bit_width(static_cast<std::uint64_t>(lut.shape.at(0))) - 1);
  }
  std::string text = fmt::format("table of {} bits", bits(type_of(operation, indices, constants).element));
  const Shape groups(lut.shape.begin(), lut.shape.end() - 2);
  const std::int64_t count = element_count(groups).value_or(1);
  if (count > 1) text += fmt::format(", {} groups", count);
  if (lut.shape.back() > 1) text += fmt::format(", vectors of {}", lut.shape.back());
  const ConstantSource* made = source_of(operation, "lut", constants);
  if (made != nullptr && made->operation->type != "const") text += ", entries " + encoding_text(*made, constants);
  return text;
}

// One scale for all, for each place along one dimension, or for blocks.
std::string scale_text(const Shape& data, const Shape& scale) {
  const auto dims = std::ranges::count_if(scale, [](std::int64_t dim) { return dim > 1; });
  if (dims == 0) return "per tensor";
  for (std::size_t i = 0; i < scale.size() && dims == 1; ++i) {
    if (scale[i] > 1 && scale[i] == data[i]) return "per channel";
  }
  return "blocks";
}

std::string linear_text(const Operation& operation, std::string_view data, const Shape& dense,
                        const Constants& constants) {
  const ConstantSource* made = source_of(operation, data, constants);
  const std::string scales = scale_text(dense, type_of(operation, "scale", constants).shape);
  if (made != nullptr && made->operation->type != "const") {
    return fmt::format("scaled {}, {}", encoding_text(*made, constants), scales);
  }
  return fmt::format("linear {}, {}", name(type_of(operation, data, constants).element), scales);
}

}  // namespace

std::string encoding_text(const ConstantSource& source, const Constants& constants) {
  const Operation& operation = *source.operation;
  const std::string& type = operation.type;
  if (type == "constexpr_lut_to_dense") return table_text(operation, "indices", constants);
  if (type == "constexpr_lut_to_sparse") return table_text(operation, "indices_nonzero_data", constants);
  if (type == "constexpr_sparse_to_dense") return "sparse, " + stored_text(operation, "nonzero_data", constants);
  if (type == "constexpr_cast") return "fp16";
  if (type == "constexpr_affine_dequantize") {
    const std::int64_t scales = element_count(type_of(operation, "scale", constants).shape).value_or(1);
    return fmt::format("linear {}, {}", name(type_of(operation, "quantized_data", constants).element),
                       scales == 1 ? "per tensor" : "per channel");
  }
  if (type == "constexpr_blockwise_shift_scale") {
    return linear_text(operation, "data", type_of(operation, "data", constants).shape, constants);
  }
  if (type == "constexpr_sparse_blockwise_shift_scale") {
    return linear_text(operation, "nonzero_data", type_of(operation, "data_mask", constants).shape, constants);
  }
  return std::string(name(operation.outputs[source.result].type.element));
}

}  // namespace goldilocks::ml_program
