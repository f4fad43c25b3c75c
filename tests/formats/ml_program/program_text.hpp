#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/ml_program/program.hpp"

// Small programs that a reader takes in at a glance:
//
//     const spec::Model model = program("CoreML5", {{"x", fp32({2, 3})}})
//                                   .op("relu", {{"x", "x"}}, "y", fp32({2, 3}))
//                                   .op("softmax", {{"x", "y"}, {"axis", integer(-1)}}, "p", fp32({2, 3}))
//                                   .outputs({"p"})
//                                   .model();
namespace goldilocks::ml_program::testing {

inline Type fp32(Shape shape = {}) { return tensor(ElementType::float32, std::move(shape)); }
inline Type fp16(Shape shape = {}) { return tensor(ElementType::float16, std::move(shape)); }
inline Type int32(Shape shape = {}) { return tensor(ElementType::int32, std::move(shape)); }
inline Type boolean(Shape shape = {}) { return tensor(ElementType::boolean, std::move(shape)); }

// Constants. The bytes that their views need live as long as the process.
std::shared_ptr<const Value> constant(Type type, std::vector<std::uint8_t> bytes);
std::shared_ptr<const Value> floats(Shape shape, const std::vector<float>& numbers);
std::shared_ptr<const Value> integers(const std::vector<std::int32_t>& numbers);  // a vector
std::shared_ptr<const Value> integer(std::int32_t number);                        // a scalar
std::shared_ptr<const Value> flag(bool value);
std::shared_ptr<const Value> word(std::string_view text);
std::shared_ptr<const Value> blob(Type type, std::uint64_t offset, std::string file = "@model_path/weights/weight.bin");

// A name or a constant in its place; a list of them for parameters that take lists.
struct Input {
  using One = std::variant<std::string, std::shared_ptr<const Value>>;
  Input(std::string parameter_name, const char* name)  // NOLINT(google-explicit-constructor)
      : parameter(std::move(parameter_name)), bindings{std::string(name)} {}
  Input(std::string parameter_name, std::shared_ptr<const Value> value)  // NOLINT(google-explicit-constructor)
      : parameter(std::move(parameter_name)), bindings{std::move(value)} {}
  Input(std::string parameter_name, std::vector<One> several)  // NOLINT(google-explicit-constructor)
      : parameter(std::move(parameter_name)), bindings(std::move(several)) {}

  std::string parameter;
  std::vector<One> bindings;
};

Operation operation(std::string type, const std::vector<Input>& inputs, std::vector<NamedType> outputs,
                    std::vector<Block> blocks = {});

// A program of one function, `main`, whose inputs and outputs are described as they are.
class ProgramText {
 public:
  ProgramText(std::string opset, std::vector<NamedType> inputs);

  ProgramText& op(std::string type, const std::vector<Input>& inputs, std::string output, Type output_type);
  ProgramText& op(Operation operation);
  ProgramText& constant(std::string name, std::shared_ptr<const Value> value);
  // Parameters as attributes, as constexpr operations had them before iOS 18.
  ProgramText& with_attributes(std::string type,
                               std::vector<std::pair<std::string, std::shared_ptr<const Value>>> values,
                               std::string output, Type output_type);
  ProgramText& outputs(std::vector<std::string> names);

  const Program& program() const { return program_; }
  Program& program() { return program_; }
  model::spec::Model model() const;

 private:
  Block& block() { return program_.functions[0].specializations[0].block; }

  Program program_;
};

inline ProgramText program(std::string opset, std::vector<NamedType> inputs) {
  return {std::move(opset), std::move(inputs)};
}

// What is wrong with a model without weight files, a line each.
std::string problems_of(const model::spec::Model& model);
inline std::string problems_of(const ProgramText& text) { return problems_of(text.model()); }

}  // namespace goldilocks::ml_program::testing
