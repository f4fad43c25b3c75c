#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "core/formats/ml_program/element_type.hpp"
#include "core/formats/ml_program/opset.hpp"

// Every operation of the language: one row for each set of operations in which its definition is new. The rows stand in
// the files beside this one, by family, each with the rules for the shapes of its results.
namespace goldilocks::ml_program {

class Inference;

// What a parameter is where it is absent. `Unused`: the operation does without. `Derived`: what follows from other
// parameters, in words ("all 1").
struct Unused {
  bool operator==(const Unused&) const = default;
};
struct Derived {
  std::string_view words;
  bool operator==(const Derived&) const = default;
};
using Default = std::variant<Unused, Derived, bool, std::int64_t, double, std::string_view>;

// What a parameter takes.
struct Parameter {
  enum class Kind : std::uint8_t {
    tensor,   // of a type of `types`
    tensors,  // a list of bindings, none or several, each a tensor of a type of `types`
    list,     // one binding to a list
    state,    // one binding to a state
    value,    // one binding to a value of any kind
    values,   // a list of bindings to values of any kind
  };

  std::string_view name;
  Kind kind = Kind::tensor;
  TypeSet types = 0;
  char letter = 0;        // parameters that share a letter have one type of its domain; 0: `types` alone
  bool constant = false;  // known when the program is compiled: a const, what constexpr operations make, a value inline
  bool required = true;
  Default fallback = Unused{};  // where it isn't required
};

// The types that a letter stands for.
struct Domain {
  char letter;
  TypeSet types;
};

// Computes the types of the results from those of the parameters, and checks what the rule says of the latter.
using Rule = void (*)(Inference&);

struct OperationRow {
  std::string_view name;
  Opset since;
  std::vector<Domain> domains;
  std::vector<Parameter> parameters;
  Rule rule;

  const Parameter* parameter(std::string_view name) const;
};

// The definition that a function of this set of operations uses, or null where there is none.
const OperationRow* find_operation(std::string_view name, Opset opset);

// The first set of operations that has it, if any has.
const OperationRow* first_definition(std::string_view name);

// Every row: by name, then by set.
std::span<const OperationRow> all_operations();

// The rows of each family.
std::vector<OperationRow> elementwise_operations();
std::vector<OperationRow> activation_operations();
std::vector<OperationRow> reduction_operations();
std::vector<OperationRow> convolution_operations();
std::vector<OperationRow> normalization_operations();
std::vector<OperationRow> image_operations();
std::vector<OperationRow> shape_operations();
std::vector<OperationRow> slice_operations();
std::vector<OperationRow> gather_operations();
std::vector<OperationRow> scatter_operations();
std::vector<OperationRow> sort_operations();
std::vector<OperationRow> random_operations();
std::vector<OperationRow> matrix_operations();
std::vector<OperationRow> recurrent_operations();
std::vector<OperationRow> quantization_operations();
std::vector<OperationRow> constexpr_operations();
std::vector<OperationRow> control_operations();
std::vector<OperationRow> list_operations();

}  // namespace goldilocks::ml_program
