// A function becomes one graph: its inputs in their order, then its states.
#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/ml_program/lowering/block_lowering.hpp"
#include "core/formats/ml_program/lowering/lowered_program.hpp"
#include "core/graph/passes/passes.hpp"

namespace goldilocks::ml_program {
namespace {

// The sizes that the caller says, where the program leaves them open.
Dims input_dims(const NamedType& input, const LoweringOptions& options) {
  const Type& type = input.type.kind == Type::Kind::state ? input.type.parts.at(0) : input.type;
  if (!type.is_tensor())
    throw ModelError(fmt::format("input '{}' is {}, and must be a tensor", input.name, text(type)));
  const auto stated = options.sizes.find(input.name);
  if (stated == options.sizes.end()) {
    if (!type.ranked || !element_count(type.shape)) {
      throw ModelError(fmt::format("input '{}' is {}: its sizes have to be said", input.name, text(type)));
    }
    return type.shape;
  }
  if (!are_compatible(tensor(type.element, stated->second), type)) {
    throw ModelError(fmt::format("input '{}' is {}, and is given as {}", input.name, text(type), text(stated->second)));
  }
  return stated->second;
}

class FunctionLowering {
 public:
  FunctionLowering(const Program& program, const Function& function, Opset opset, const Block& body,
                   const LoweringOptions& options)
      : function_(function),
        context_{program, opset, options, {}, nullptr},
        block_(context_, body, lowered_->graph, nullptr) {}

  std::unique_ptr<LoweredProgram> run() {
    for (const NamedType& input : function_.inputs) {
      if (input.type.kind != Type::Kind::state) add_input(input);
    }
    for (const NamedType& input : function_.inputs) {
      if (input.type.kind == Type::Kind::state) add_state(input);
    }
    block_.run();
    for (const std::string& name : block_.block().outputs) add_output(name);
    for (ProgramState& state : lowered_->states) {
      state.after = block_.node(state.name);
      lowered_->graph.add_output(state.after);
    }
    lowered_->classifier = std::move(context_.classifier);
    if (lowered_->classifier) lowered_->graph.add_output(lowered_->classifier->probabilities);
    lowering::run_passes(lowered_->graph, context_.options.precision == Precision::as_typed ? lowering::Rounding::kept
                                                                                            : lowering::Rounding::free);
    return std::move(lowered_);
  }

 private:
  std::uint32_t add_value(const NamedType& input, const Type& type) {
    try {
      const std::uint32_t value = lowered_->graph.add_input(
          lowered_->graph.derived_name(input.name), input_dims(input, context_.options), graph_type(type.element));
      block_.define(input.name, {input.type, nullptr, nullptr, value});
      return value;
    } catch (const graph::GraphError& error) {
      throw ModelError(fmt::format("input '{}'", input.name), error.what());
    }
  }

  void add_input(const NamedType& input) {
    lowered_->inputs.push_back({input.name, input.type, add_value(input, input.type)});
  }

  void add_state(const NamedType& input) {
    const std::uint32_t before = add_value(input, input.type.parts.at(0));
    lowered_->states.push_back({input.name, input.type.parts[0], before, before});
  }

  void add_output(const std::string& name) {
    const ProgramClassifier* classifier = context_.classifier.get();
    if (classifier != nullptr && (name == classifier->label || name == classifier->dictionary)) return;
    const Type type = block_.find(name).type;
    std::uint32_t node = block_.node(name);
    if (type.element == ElementType::float16 && context_.options.precision == Precision::float32) {
      GraphBuilder& graph = lowered_->graph;
      node = graph.add_operation("round_to_half", name, {node}, {}, {graph.derived_name(name + "/rounded")})[0];
    }
    lowered_->outputs.push_back({name, type, node});
    lowered_->graph.add_output(node);
  }

  const Function& function_;
  std::unique_ptr<LoweredProgram> lowered_ = std::make_unique<LoweredProgram>();
  FunctionContext context_;
  BlockLowering block_;
};

}  // namespace

std::unique_ptr<LoweredProgram> lower_function(const Program& program, std::string_view function,
                                               const LoweringOptions& options) {
  const Function* found = program.function(function);
  if (found == nullptr) throw ModelError(fmt::format("there is no function '{}'", function));
  const Block* body = found->body();
  const auto opset = opset_named(found->opset);
  if (body == nullptr || !opset) throw ModelError(fmt::format("function '{}' has no block that runs", function));
  return within(fmt::format("function '{}'", function), [&] {
    try {
      return FunctionLowering(program, *found, *opset, *body, options).run();
    } catch (const graph::GraphError& error) {
      throw ModelError(error.what());
    }
  });
}

}  // namespace goldilocks::ml_program
