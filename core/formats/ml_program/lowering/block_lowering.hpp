#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "core/formats/ml_program/constants.hpp"
#include "core/formats/ml_program/lowering/lowered_program.hpp"
#include "core/formats/ml_program/opset.hpp"

namespace goldilocks::ml_program {

using graph::Dims;
using lowering::Attributes;
using lowering::GraphBuilder;

// A constant, as the graph will have it: float16 widened. Views point into the program.
struct GraphConstant {
  graph::OwnedTensor owned;
  Dims dims;
  graph::TensorView view;
};

// What a name stands for while a block is lowered.
struct Local {
  Type type;
  std::shared_ptr<const GraphConstant> constant;  // of a tensor of numbers
  const Value* value = nullptr;                   // of a const: texts and lists, too
  std::optional<std::uint32_t> node;              // in the block's graph, once it is there
};

// The type of a graph's values for one of a program's.
std::int32_t graph_type(ElementType element);

// What all blocks of a function share.
struct FunctionContext {
  const Program& program;
  Opset opset;
  const LoweringOptions& options;
  std::vector<ProgramState> states;
  std::unique_ptr<ProgramClassifier> classifier;
};

// One block on its way into a graph of its own. Nested blocks see the names around them: what they read of those
// becomes an input of their graph, unless it is constant.
class BlockLowering {
 public:
  BlockLowering(FunctionContext& context, const Block& block, GraphBuilder& graph, BlockLowering* around);

  FunctionContext& context() const { return context_; }
  GraphBuilder& graph() const { return graph_; }
  const Block& block() const { return block_; }
  bool is_nested() const { return around_ != nullptr; }

  void define(std::string_view name, Local local) { locals_[name] = std::move(local); }
  // Throws ModelError for a name that isn't there.
  Local& find(std::string_view name);
  // The value in this block's graph; a constant is added when it is first asked for.
  std::uint32_t node(Local& local, std::string_view name);
  std::uint32_t node(std::string_view name) { return node(find(name), name); }
  Local inline_constant(const Value& value) const;

  // Lowers all operations but those on constants. What can't be run is found in all of them, but for those that read
  // what it would have given: throws ModelError with the one problem, or a list of them.
  void run();

  // The values around the block that it reads, in the order of the graph's inputs that stand for them.
  struct Capture {
    std::string_view name;
    std::uint32_t outer = 0;  // in the graph around
  };
  const std::vector<Capture>& captures() const { return captures_; }
  // Makes an input for a value around that another block of the same operation captures.
  void capture(std::string_view name);

 private:
  std::shared_ptr<const GraphConstant> constant_of(std::string_view name) const;

  FunctionContext& context_;
  const Block& block_;
  GraphBuilder& graph_;
  BlockLowering* around_;
  Constants constants_;
  std::unordered_map<std::string_view, Local> locals_;
  std::unordered_set<std::string_view> refused_;  // what operations that can't be run would have given
  std::vector<Capture> captures_;
};

}  // namespace goldilocks::ml_program
