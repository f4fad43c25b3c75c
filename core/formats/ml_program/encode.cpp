#include "core/formats/ml_program/encode.hpp"

#include <cstring>

namespace goldilocks::ml_program {
namespace {

namespace mil = model::spec::MILSpec;

void encode_dimension(std::int64_t length, mil::Dimension& message) {
  if (length == unknown) {
    message.mutable_unknown();
  } else {
    message.mutable_constant()->set_size(static_cast<std::uint64_t>(length));
  }
}

template <class T, class Numbers>
void copy_numbers(std::span<const std::byte> bytes, Numbers& numbers) {
  numbers.Resize(static_cast<int>(bytes.size() / sizeof(T)), T{});
  if (!bytes.empty()) std::memcpy(numbers.mutable_data(), bytes.data(), bytes.size());
}

void encode_tensor(const Value& value, mil::TensorValue& message) {
  switch (value.type.element) {
    case ElementType::string:
      for (const std::string_view text : value.strings) message.mutable_strings()->add_values(std::string(text));
      message.mutable_strings();
      break;
    case ElementType::boolean:
      for (const std::byte flag : value.bytes) message.mutable_bools()->add_values(flag != std::byte{0});
      message.mutable_bools();
      break;
    case ElementType::float32:
      copy_numbers<float>(value.bytes, *message.mutable_floats()->mutable_values());
      break;
    case ElementType::float64:
      copy_numbers<double>(value.bytes, *message.mutable_doubles()->mutable_values());
      break;
    case ElementType::int32:
      copy_numbers<std::int32_t>(value.bytes, *message.mutable_ints()->mutable_values());
      break;
    case ElementType::int16:
    case ElementType::uint16:
      for (std::size_t i = 0; i < element_count(value); ++i) {
        message.mutable_ints()->add_values(static_cast<std::int32_t>(integer_at(value, i)));
      }
      message.mutable_ints();
      break;
    case ElementType::int64:
    case ElementType::uint64:
      copy_numbers<std::int64_t>(value.bytes, *message.mutable_longints()->mutable_values());
      break;
    default:
      message.mutable_bytes()->set_values(value.bytes.data(), value.bytes.size());
  }
}

template <class Messages>
void encode_named(const std::vector<NamedType>& values, Messages& messages) {
  for (const NamedType& value : values) {
    mil::NamedValueType& message = *messages.Add();
    message.set_name(value.name);
    if (value.type.kind != Type::Kind::none) *message.mutable_type() = encode_type(value.type);
  }
}

template <class Messages>
void encode_attributes(const std::vector<Attribute>& attributes, Messages& messages) {
  for (const Attribute& attribute : attributes) {
    if (attribute.value != nullptr) messages[attribute.name] = encode_value(*attribute.value);
  }
}

void encode_block(const Block& block, mil::Block& message);

void encode_operation(const Operation& operation, mil::Operation& message) {
  message.set_type(operation.type);
  for (const Argument& argument : operation.inputs) {
    mil::Argument& bindings = (*message.mutable_inputs())[argument.parameter];
    for (const Binding& binding : argument.bindings) {
      if (binding.value != nullptr) {
        *bindings.add_arguments()->mutable_value() = encode_value(*binding.value);
      } else if (!binding.name.empty()) {
        bindings.add_arguments()->set_name(binding.name);
      }
    }
  }
  encode_named(operation.outputs, *message.mutable_outputs());
  for (const Block& block : operation.blocks) encode_block(block, *message.add_blocks());
  encode_attributes(operation.attributes, *message.mutable_attributes());
}

void encode_block(const Block& block, mil::Block& message) {
  encode_named(block.inputs, *message.mutable_inputs());
  for (const std::string& output : block.outputs) message.add_outputs(output);
  for (const Operation& operation : block.operations) encode_operation(operation, *message.add_operations());
  encode_attributes(block.attributes, *message.mutable_attributes());
}

}  // namespace

mil::ValueType encode_type(const Type& type) {
  mil::ValueType message;
  switch (type.kind) {
    case Type::Kind::tensor: {
      mil::TensorType& tensor = *message.mutable_tensortype();
      tensor.set_datatype(static_cast<mil::DataType>(data_type_of(type.element)));
      tensor.set_rank(type.ranked ? static_cast<std::int64_t>(type.shape.size()) : -1);
      for (const std::int64_t dim : type.shape) encode_dimension(dim, *tensor.add_dimensions());
      break;
    }
    case Type::Kind::list:
      *message.mutable_listtype()->mutable_type() = encode_type(type.parts.at(0));
      encode_dimension(type.length, *message.mutable_listtype()->mutable_length());
      break;
    case Type::Kind::tuple:
      message.mutable_tupletype();
      for (const Type& part : type.parts) *message.mutable_tupletype()->add_types() = encode_type(part);
      break;
    case Type::Kind::dictionary:
      *message.mutable_dictionarytype()->mutable_keytype() = encode_type(type.parts.at(0));
      *message.mutable_dictionarytype()->mutable_valuetype() = encode_type(type.parts.at(1));
      break;
    case Type::Kind::state:
      *message.mutable_statetype()->mutable_wrappedtype() = encode_type(type.parts.at(0));
      break;
    case Type::Kind::none:
      break;
  }
  return message;
}

mil::Value encode_value(const Value& value) {
  mil::Value message;
  *message.mutable_type() = encode_type(value.type);
  if (value.blob) {
    message.mutable_blobfilevalue()->set_filename(value.blob->file);
    message.mutable_blobfilevalue()->set_offset(value.blob->offset);
    return message;
  }
  mil::Value::ImmediateValue& immediate = *message.mutable_immediatevalue();
  switch (value.type.kind) {
    case Type::Kind::list:
      immediate.mutable_list();
      for (const Value& item : value.items) *immediate.mutable_list()->add_values() = encode_value(item);
      break;
    case Type::Kind::tuple:
      immediate.mutable_tuple();
      for (const Value& item : value.items) *immediate.mutable_tuple()->add_values() = encode_value(item);
      break;
    case Type::Kind::dictionary:
      immediate.mutable_dictionary();
      for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
        auto& pair = *immediate.mutable_dictionary()->add_values();
        *pair.mutable_key() = encode_value(value.items[i]);
        *pair.mutable_value() = encode_value(value.items[i + 1]);
      }
      break;
    default:
      encode_tensor(value, *immediate.mutable_tensor());
  }
  return message;
}

mil::Program encode_program(const Program& program) {
  mil::Program message;
  message.set_version(program.version);
  message.set_docstring(program.doc_string);
  for (const Function& function : program.functions) {
    mil::Function& target = (*message.mutable_functions())[function.name];
    encode_named(function.inputs, *target.mutable_inputs());
    target.set_opset(function.opset);
    for (const Specialization& specialization : function.specializations) {
      encode_block(specialization.block, (*target.mutable_block_specializations())[specialization.opset]);
    }
    encode_attributes(function.attributes, *target.mutable_attributes());
  }
  encode_attributes(program.attributes, *message.mutable_attributes());
  return message;
}

}  // namespace goldilocks::ml_program
