#include "tests/formats/ml_program/program_text.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <span>

#include "core/formats/ml_program/encode.hpp"
#include "core/formats/ml_program/opset.hpp"
#include "core/formats/ml_program/validate.hpp"

namespace goldilocks::ml_program::testing {
namespace {

std::span<const std::byte> kept(std::vector<std::uint8_t> bytes) {
  static std::deque<std::vector<std::uint8_t>> all;
  return std::as_bytes(std::span(all.emplace_back(std::move(bytes))));
}

template <class T>
std::vector<std::uint8_t> bytes_of(const std::vector<T>& numbers) {
  std::vector<std::uint8_t> bytes(numbers.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

using Features = google::protobuf::RepeatedPtrField<model::spec::FeatureDescription>;

void describe(const NamedType& value, Features& features) {
  using Array = model::spec::ArrayFeatureType;
  const bool is_state = value.type.kind == Type::Kind::state;
  const Type& type = is_state ? value.type.parts[0] : value.type;
  model::spec::FeatureDescription& feature = *features.Add();
  feature.set_name(value.name);
  Array& array = is_state ? *feature.mutable_type()->mutable_statetype()->mutable_arraytype()
                          : *feature.mutable_type()->mutable_multiarraytype();
  array.set_datatype(type.element == ElementType::int32     ? Array::INT32
                     : type.element == ElementType::float16 ? Array::FLOAT16
                     : type.element == ElementType::int8    ? Array::INT8
                                                            : Array::FLOAT32);
  for (const std::int64_t dim : type.shape) array.add_shape(dim == unknown ? 2 : dim);
  if (type.shape.empty()) array.add_shape(1);
  if (std::ranges::find(type.shape, unknown) == type.shape.end()) return;
  for (const std::int64_t dim : type.shape) {
    auto& range = *array.mutable_shaperange()->add_sizeranges();
    range.set_lowerbound(dim == unknown ? 1 : static_cast<std::uint64_t>(dim));
    range.set_upperbound(dim == unknown ? -1 : dim);
  }
}

}  // namespace

std::shared_ptr<const Value> constant(Type type, std::vector<std::uint8_t> bytes) {
  auto value = std::make_shared<Value>();
  value->type = std::move(type);
  value->bytes = kept(std::move(bytes));
  return value;
}

std::shared_ptr<const Value> floats(Shape shape, const std::vector<float>& numbers) {
  return constant(fp32(std::move(shape)), bytes_of(numbers));
}

std::shared_ptr<const Value> integers(const std::vector<std::int32_t>& numbers) {
  return constant(int32({static_cast<std::int64_t>(numbers.size())}), bytes_of(numbers));
}

std::shared_ptr<const Value> integer(std::int32_t number) { return constant(int32(), bytes_of(std::vector{number})); }

std::shared_ptr<const Value> flag(bool value) {
  return constant(boolean(), {static_cast<std::uint8_t>(value ? 1 : 0)});
}

std::shared_ptr<const Value> word(std::string_view text) {
  auto value = std::make_shared<Value>();
  value->type = tensor(ElementType::string);
  const auto bytes = kept(std::vector<std::uint8_t>(text.begin(), text.end()));
  value->strings = {std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
  return value;
}

std::shared_ptr<const Value> blob(Type type, std::uint64_t offset, std::string file) {
  auto value = std::make_shared<Value>();
  value->type = std::move(type);
  value->blob = BlobReference{.file = std::move(file), .index = 0, .offset = offset};
  return value;
}

Operation operation(std::string type, const std::vector<Input>& inputs, std::vector<NamedType> outputs,
                    std::vector<Block> blocks) {
  Operation operation;
  operation.type = std::move(type);
  for (const Input& input : inputs) {
    Argument argument{input.parameter, {}};
    for (const Input::One& one : input.bindings) {
      const auto* name = std::get_if<std::string>(&one);
      argument.bindings.push_back(name != nullptr ? Binding{*name, nullptr}
                                                  : Binding{{}, std::get<std::shared_ptr<const Value>>(one)});
    }
    operation.inputs.push_back(std::move(argument));
  }
  operation.outputs = std::move(outputs);
  operation.blocks = std::move(blocks);
  if (!operation.outputs.empty()) operation.attributes.push_back({"name", word(operation.outputs[0].name)});
  return operation;
}

ProgramText::ProgramText(std::string opset, std::vector<NamedType> inputs) {
  Function& main = program_.functions.emplace_back();
  main.name = "main";
  main.inputs = std::move(inputs);
  main.opset = opset;
  main.specializations.push_back({std::move(opset), {}});
}

ProgramText& ProgramText::op(Operation operation) {
  block().operations.push_back(std::move(operation));
  return *this;
}

ProgramText& ProgramText::op(std::string type, const std::vector<Input>& inputs, std::string output, Type output_type) {
  return op(operation(std::move(type), inputs, {{std::move(output), std::move(output_type)}}));
}

ProgramText& ProgramText::constant(std::string name, std::shared_ptr<const Value> value) {
  Operation made = operation("const", {}, {{std::move(name), value->type}});
  made.attributes.push_back({"val", std::move(value)});
  return op(std::move(made));
}

ProgramText& ProgramText::with_attributes(std::string type,
                                          std::vector<std::pair<std::string, std::shared_ptr<const Value>>> values,
                                          std::string output, Type output_type) {
  Operation made = operation(std::move(type), {}, {{std::move(output), std::move(output_type)}});
  for (auto& [name, value] : values) made.attributes.push_back({name, std::move(value)});
  return op(std::move(made));
}

ProgramText& ProgramText::outputs(std::vector<std::string> names) {
  block().outputs = std::move(names);
  return *this;
}

model::spec::Model ProgramText::model() const {
  const Function& main = program_.functions[0];
  model::spec::Model model;
  const auto opset = opset_named(main.opset);
  model.set_specificationversion(opset ? specification_version(*opset) : 10);
  model::spec::ModelDescription& description = *model.mutable_description();
  for (const NamedType& input : main.inputs) {
    describe(input, input.type.kind == Type::Kind::state ? *description.mutable_state() : *description.mutable_input());
  }
  const Block& block = main.specializations[0].block;
  for (const std::string& name : block.outputs) {
    for (const Operation& operation : block.operations) {
      const auto found = std::ranges::find(operation.outputs, name, &NamedType::name);
      if (found != operation.outputs.end()) describe(*found, *description.mutable_output());
    }
  }
  *model.mutable_mlprogram() = encode_program(program_);
  return model;
}

std::string problems_of(const model::spec::Model& model) {
  WeightFiles none("/nowhere", "/nowhere");
  std::string text;
  for (const model::Violation& violation : validate(model, none)) text += violation.text() + '\n';
  return text;
}

}  // namespace goldilocks::ml_program::testing
