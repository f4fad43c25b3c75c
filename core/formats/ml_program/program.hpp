#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/ml_program/type.hpp"

// A program as plain values, without the messages that it is stored in. Names, and the bytes of constants, are copies
// and views: the views point into the model's message and into the mapped weight files, which the Package keeps.
namespace goldilocks::ml_program {

// Where a constant lies in a weight file.
struct BlobReference {
  std::string file;          // as the value names it: "@model_path/weights/weight.bin"
  std::size_t index = 0;     // of the file, among those that the package has opened
  std::uint64_t offset = 0;  // of the blob's metadata
  bool operator==(const BlobReference&) const = default;
};

// A constant.
//
// A tensor's elements lie row by row in `bytes`: whole elements little-endian; those of 1 to 6 bits packed, the first
// in the lowest bits. Two kinds of immediate values are wider than their type, as the file has them: int16 and uint16
// lie in four bytes each (`widened`). Strings lie in `strings`, and `bytes` is empty.
struct Value {
  Type type;
  std::span<const std::byte> bytes;
  bool widened = false;
  std::vector<std::string_view> strings;
  std::vector<Value> items;           // of a list or tuple; of a dictionary key, value, key, value, ...
  std::optional<BlobReference> blob;  // absent for immediate values
};

// The number of a tensor's elements.
std::size_t element_count(const Value& value);

// One element of a tensor of integers (any width) or bools. Unchecked.
std::int64_t integer_at(const Value& value, std::size_t index);

// One element of a tensor of numbers or bools. Unchecked.
double number_at(const Value& value, std::size_t index);

struct NamedType {
  std::string name;
  Type type;
};

// A name that refers to a value defined before, or a constant in its place.
struct Binding {
  std::string name;
  std::shared_ptr<const Value> value;  // null: `name` counts
};

struct Argument {
  std::string parameter;
  std::vector<Binding> bindings;
};

struct Attribute {
  std::string name;
  std::shared_ptr<const Value> value;  // null where it could not be read
};

struct Block;

struct Operation {
  std::string type;
  std::vector<Argument> inputs;  // by parameter
  std::vector<NamedType> outputs;
  std::vector<Block> blocks;
  std::vector<Attribute> attributes;  // by name
};

struct Block {
  std::vector<NamedType> inputs;
  std::vector<std::string> outputs;
  std::vector<Operation> operations;
  std::vector<Attribute> attributes;
};

struct Specialization {
  std::string opset;  // "CoreML5", ...
  Block block;
};

struct Function {
  std::string name;
  std::vector<NamedType> inputs;
  std::string opset;
  std::vector<Specialization> specializations;  // by opset
  std::vector<Attribute> attributes;

  // The block that runs; null where there is none for the opset.
  const Block* body() const;
};

struct Program {
  std::int64_t version = 1;
  std::vector<Function> functions;  // by name
  std::vector<Attribute> attributes;
  std::string doc_string;

  const Function* function(std::string_view name) const;
};

// The argument, attribute of that name; null where there is none.
const Argument* find_argument(const Operation& operation, std::string_view parameter);
const Attribute* find_attribute(const Operation& operation, std::string_view name);

// The operation's own name: its attribute `name`, otherwise the name of its first output, otherwise "".
std::string_view name_of(const Operation& operation);

}  // namespace goldilocks::ml_program
