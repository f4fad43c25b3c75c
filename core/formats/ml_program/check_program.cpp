// One walk over each block, in the order in which it runs. An operation is looked up in the table; its parameters are
// bound; its blocks, if it has any, are walked; its row's rule computes the types of its results, which are compared
// with the file's. What follows sees the file's types, made more exact by the computed ones, so that one fault gives
// one finding.
#include "core/formats/ml_program/check_program.hpp"

#include <utility>

#include "core/formats/ml_program/bind_parameters.hpp"
#include "core/formats/ml_program/scope.hpp"

namespace goldilocks::ml_program {
namespace {

// The declared type, with what is known of it beyond the declaration. The types must be compatible.
Type refined(const Type& declared, const Type& computed) {
  if (!declared.is_tensor() || !computed.ranked) return declared;
  if (!declared.ranked) return computed;
  Type type = declared;
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    if (type.shape[i] == unknown) type.shape[i] = computed.shape[i];
  }
  return type;
}

class FunctionChecker {
 public:
  FunctionChecker(Opset opset, Report& report) : opset_(opset), report_(&report), names_(report) {}

  std::vector<NamedType> check_body(const std::vector<NamedType>& inputs, const Block& block) {
    for (const NamedType& input : inputs) names_.define(input.name, {.type = input.type});
    report_->require(block.inputs.empty(), "program.block", "the block of a function has inputs of its own");
    report_->require(!block.outputs.empty(), "program.block", "the block has no outputs");
    return check_block(block);
  }

 private:
  // The outputs with their types, of no kind where the name can't be seen.
  std::vector<NamedType> check_block(const Block& block) {
    const Names::Block scope(names_);
    for (const NamedType& input : block.inputs) names_.define(input.name, {.type = input.type});
    std::size_t index = 0;
    for (const Operation& operation : block.operations) check_operation(operation, index++);
    std::vector<NamedType> outputs;
    for (const std::string& name : block.outputs) {
      const Definition* definition = names_.find(name);
      report_->require(definition != nullptr, "program.ssa", "the output '{}' names no value", name);
      outputs.push_back({name, definition == nullptr ? Type{} : definition->type});
    }
    return outputs;
  }

  std::vector<std::vector<NamedType>> check_nested_blocks(const Operation& operation) {
    std::vector<std::vector<NamedType>> outputs;
    ++depth_;
    for (std::size_t i = 0; i < operation.blocks.size(); ++i) {
      const auto place = report_->in_nested_block(i);
      outputs.push_back(check_block(operation.blocks[i]));
    }
    --depth_;
    return outputs;
  }

  void check_operation(const Operation& operation, std::size_t index) {
    const auto place = report_->in_operation(name_of(operation), operation.type, index);
    check_name(operation);
    const auto nested = check_nested_blocks(operation);
    const OperationRow* row = look_up(operation);
    if (row == nullptr) return define_as_declared(operation);
    if (operation.type == "const") return check_const(operation);
    const auto parameters = bind_parameters(*row, opset_, operation, names_, *report_);
    if (operation.type == "cond") return check_cond(operation, nested, *row, parameters);
    if (operation.type == "while_loop") return check_loop(operation, nested, parameters);
    report_->require(operation.blocks.empty(), "program.block", "{} has blocks", operation.type);
    report_->require(operation.type != "classify" || depth_ == 0, "program.block", "classify stands in a nested block");
    define_results(operation, *row, parameters);
  }

  void check_name(const Operation& operation) const {
    const Attribute* name = find_attribute(operation, "name");
    if (name == nullptr || name->value == nullptr) return;
    report_->require(name->value->type.is_tensor() && name->value->strings.size() == 1, "program.operation",
                     "the attribute `name` is {}, not a string", text(name->value->type));
  }

  const OperationRow* look_up(const Operation& operation) const {
    if (operation.type == "custom_layer") {
      report_->add("program.operation", "a custom layer needs its author's code, and can't be loaded");
      return nullptr;
    }
    const OperationRow* first = first_definition(operation.type);
    if (!report_->require(first != nullptr, "program.operation", "there is no operation {}", operation.type)) {
      return nullptr;
    }
    const OperationRow* row = find_operation(operation.type, opset_);
    report_->require(row != nullptr, "program.opset", "{} exists from {} ({}) on, and the function's set is {}",
                     operation.type, name(first->since), systems_of(first->since), name(opset_));
    return row;
  }

  void define_as_declared(const Operation& operation) {
    const bool constant = operation.type.starts_with("constexpr_");
    for (const NamedType& output : operation.outputs) {
      names_.define(output.name, {.type = output.type, .constant = constant});
    }
  }

  void check_const(const Operation& operation) {
    report_->require(operation.inputs.empty(), "program.parameter", "a const has inputs");
    report_->require(operation.blocks.empty(), "program.block", "a const has blocks");
    const bool single = report_->require(operation.outputs.size() == 1, "program.operation",
                                         "a const has one result, not {}", operation.outputs.size());
    const Attribute* val = find_attribute(operation, "val");
    report_->require(val != nullptr, "program.parameter", "a const without the attribute `val`");
    const Value* value = val == nullptr ? nullptr : val->value.get();
    for (const NamedType& output : operation.outputs) {
      const bool readable = value != nullptr && output.type.kind != Type::Kind::none;
      if (single && readable) {
        report_->require(are_compatible(value->type, output.type), "program.type",
                         "the value is {}, and the result is declared as {}", text(value->type), text(output.type));
      }
      names_.define(output.name, {.type = output.type, .value = single ? value : nullptr, .constant = true});
    }
  }

  void define_results(const Operation& operation, const OperationRow& row,
                      const std::optional<std::vector<BoundParameter>>& parameters) {
    if (!parameters) return define_as_declared(operation);
    Inference inference(row, opset_, operation, *parameters);
    try {
      row.rule(inference);
    } catch (const BrokenRule& broken) {
      report_->add_text("program.shape", broken.problem);
      return define_as_declared(operation);
    } catch (const Undetermined&) {
      return define_as_declared(operation);
    }
    define_compared(operation, inference.results());
  }

  void define_compared(const Operation& operation, const std::vector<Type>& computed) {
    if (!report_->require(operation.outputs.size() == computed.size(), "program.operation",
                          "{} results are declared, and there are {}", operation.outputs.size(), computed.size())) {
      return define_as_declared(operation);
    }
    const bool constant = operation.type.starts_with("constexpr_");
    for (std::size_t i = 0; i < computed.size(); ++i) {
      const NamedType& output = operation.outputs[i];
      Type type = output.type;
      if (type.kind != Type::Kind::none && computed[i].kind != Type::Kind::none &&
          report_->require(are_compatible(type, computed[i]), "program.shape", "'{}' is declared as {}, and is {}",
                           output.name, text(type), text(computed[i]))) {
        type = refined(type, computed[i]);
      }
      names_.define(output.name, {.type = std::move(type), .constant = constant});
    }
  }

  static std::vector<Type> types_of(const std::vector<NamedType>& values) {
    std::vector<Type> types;
    for (const NamedType& value : values) types.push_back(value.type);
    return types;
  }

  // As many on both sides, and compatible pair by pair; values of no known type fit everything.
  void require_matching(const std::vector<Type>& found, const std::vector<Type>& expected, const char* what,
                        const char* against) const {
    if (!report_->require(found.size() == expected.size(), "program.block", "{} {} for {} {}", found.size(), what,
                          expected.size(), against)) {
      return;
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i].kind == Type::Kind::none || expected[i].kind == Type::Kind::none) continue;
      report_->require(are_compatible(found[i], expected[i]), "program.block", "{} [{}] is {}, and of the {} it is {}",
                       what, i, text(found[i]), against, text(expected[i]));
    }
  }

  void check_cond(const Operation& operation, const std::vector<std::vector<NamedType>>& nested,
                  const OperationRow& row, const std::optional<std::vector<BoundParameter>>& parameters) {
    if (parameters) {
      try {
        Inference inference(row, opset_, operation, *parameters);
        row.rule(inference);
      } catch (const BrokenRule& broken) {
        report_->add_text("program.shape", broken.problem);
      } catch (const Undetermined&) {
        // A predicate of unknown rank.
      }
    }
    if (!report_->require(nested.size() == 2, "program.block", "cond has 2 blocks, not {}", nested.size())) {
      return define_as_declared(operation);
    }
    for (const Block& block : operation.blocks) {
      report_->require(block.inputs.empty(), "program.block", "a block of cond has inputs");
    }
    const std::vector<Type> when_true = types_of(nested[0]);
    require_matching(types_of(nested[1]), when_true, "outputs of the second block", "outputs of the first");
    require_matching(types_of(operation.outputs), when_true, "results", "outputs of the first block");
    define_as_declared(operation);
  }

  void check_loop(const Operation& operation, const std::vector<std::vector<NamedType>>& nested,
                  const std::optional<std::vector<BoundParameter>>& parameters) {
    if (!report_->require(nested.size() == 2, "program.block", "while_loop has 2 blocks, not {}", nested.size())) {
      return define_as_declared(operation);
    }
    const std::vector<Type> variables = types_of(operation.blocks[1].inputs);
    require_matching(types_of(operation.blocks[0].inputs), variables, "inputs of the condition", "inputs of the body");
    if (parameters) {
      std::vector<Type> start;
      for (const BoundParameter& bound : *parameters) {
        for (const Known& known : bound.bindings) start.push_back(*known.type);
      }
      require_matching(start, variables, "loop_vars", "inputs of the body");
    }
    require_matching(types_of(nested[1]), variables, "outputs of the body", "inputs of the body");
    require_matching(types_of(nested[0]), {tensor(ElementType::boolean)}, "outputs of the condition", "single bool");
    require_matching(types_of(operation.outputs), types_of(nested[1]), "results", "outputs of the body");
    define_as_declared(operation);
  }

  Opset opset_;
  Report* report_;
  Names names_;
  int depth_ = 0;
};

bool has_known_shape(const Type& tensor) { return tensor.ranked && element_count(tensor.shape).has_value(); }

void check_inputs(const Function& function, const Report& report) {
  for (const NamedType& input : function.inputs) {
    const bool allowed =
        input.type.kind == Type::Kind::none || input.type.is_tensor() || input.type.kind == Type::Kind::state;
    report.require(allowed, "program.function", "the input '{}' is {}; inputs are tensors and states", input.name,
                   text(input.type));
    const bool fixed = input.type.kind != Type::Kind::state || has_known_shape(input.type.parts.at(0));
    report.require(fixed, "program.function", "the dimensions of the state '{}' must be known, not {}", input.name,
                   text(input.type));
  }
}

FunctionSignature check_function(const Function& function, Report& report) {
  const auto place = report.in_function(function.name);
  check_inputs(function, report);
  FunctionSignature signature{function.name, function.inputs, {}};
  report.require(opset_named(function.opset).has_value(), "program.opset", "the set of operations '{}' is not known",
                 function.opset);
  report.require(function.body() != nullptr, "program.function", "there is no block for the set of operations '{}'",
                 function.opset);
  for (const Specialization& specialization : function.specializations) {
    const bool runs = specialization.opset == function.opset;
    const auto opset = opset_named(specialization.opset);
    // A block for a set that nobody knows does no harm where it doesn't run.
    if (!opset && !runs) continue;
    const auto block = report.in_block(specialization.opset);
    auto outputs =
        FunctionChecker(opset.value_or(Opset::ios26), report).check_body(function.inputs, specialization.block);
    if (runs) signature.outputs = std::move(outputs);
  }
  return signature;
}

}  // namespace

std::vector<FunctionSignature> check_program(const Program& program, Report& report) {
  report.require(program.version == 1, "program.version",
                 "programs of version {} can't be read, only those of version 1", program.version);
  report.require(!program.functions.empty(), "program.function", "the program has no functions");
  std::vector<FunctionSignature> signatures;
  for (const Function& function : program.functions) signatures.push_back(check_function(function, report));
  return signatures;
}

}  // namespace goldilocks::ml_program
