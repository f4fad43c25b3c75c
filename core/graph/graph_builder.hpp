#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include <goldilocks/abi.h>
#include <goldilocks/graph/elements.hpp>
#include <goldilocks/graph/graph.hpp>

namespace goldilocks::lowering {

using graph::Dims;

struct Attribute {
  std::string name;
  std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>> value;
};
using Attributes = std::vector<Attribute>;

// Puts a graph together, value by value and operation by operation, and owns all of it. Shapes follow by the kit's
// rules as operations are added. Functions that add throw GraphError.
class GraphBuilder {
 public:
  GraphBuilder();
  ~GraphBuilder();
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  // Names that derived values must not take.
  void reserve_name(const std::string& name) { names_.insert(name); }
  // `wish`, or something like it that is not taken.
  std::string derived_name(const std::string& wish);

  // Of a subgraph, sizes may be open (-1). Types are GLK_FLOAT32 and so on.
  std::uint32_t add_input(const std::string& name, Dims dims, std::int32_t type = GLK_FLOAT32);
  std::uint32_t add_constant(const std::string& name, Dims dims, std::vector<float> values);
  std::uint32_t add_constant(const std::string& name, graph::OwnedTensor tensor);
  // What lies in memory that `owner` keeps.
  std::uint32_t add_constant(const std::string& name, const graph::TensorView& tensor,
                             std::shared_ptr<const void> owner);
  // One output for each of `names`, of `types` (float32 where there are none). An input may be GLK_NO_VALUE. An
  // operation on constants alone is computed at once, and its outputs are constants, if it is small or gives no more
  // than it reads; and so is a shape that is known: so the sizes that a network computes from others are known early.
  std::vector<std::uint32_t> add_operation(const std::string& type, const std::string& layer,
                                           std::vector<std::uint32_t> inputs, Attributes attributes,
                                           const std::vector<std::string>& names,
                                           const std::vector<std::int32_t>& types = {});
  // An operation that the kit doesn't know, with the shapes of its outputs as far as anybody does.
  std::vector<std::uint32_t> add_custom_operation(const std::string& type, const std::string& layer,
                                                  std::vector<std::uint32_t> inputs, Attributes attributes,
                                                  const std::vector<std::string>& names,
                                                  const std::vector<Dims>& shapes);
  // Control flow around graphs, which become the operation's.
  using Subgraphs = std::vector<std::unique_ptr<GraphBuilder>>;
  std::vector<std::uint32_t> add_control_flow(const std::string& type, const std::string& layer,
                                              std::vector<std::uint32_t> inputs, Attributes attributes,
                                              const std::vector<std::string>& names, Subgraphs subgraphs,
                                              const std::vector<std::int32_t>& types = {});
  // The shapes that this would give, with nothing added. The graphs stay the caller's.
  std::vector<Dims> infer_control_flow(const std::string& type, const std::string& layer,
                                       std::vector<std::uint32_t> inputs, Attributes attributes, std::size_t outputs,
                                       Subgraphs& subgraphs);
  // In a subgraph GLK_NO_VALUE, too.
  void add_output(std::uint32_t value) { outputs_.push_back(value); }

  // The content of a float32 constant; empty for another value.
  std::span<const float> content(std::uint32_t value) const;
  bool is_constant(std::uint32_t value) const;
  std::int32_t type(std::uint32_t value) const;
  // With elements if it is a constant.
  graph::TensorView tensor(std::uint32_t value) const;
  // Sizes that are known only at run time are -1.
  const Dims& dims(std::uint32_t value) const;
  const std::string& name(std::uint32_t value) const;

  std::uint32_t value_count() const { return static_cast<std::uint32_t>(value_list_.size()); }
  // The value takes another name, which no other has.
  void rename(std::uint32_t value, const std::string& name);

  // ---- for passes (core/graph/passes), which change what is there. Values keep their indexes and names.

  std::size_t operation_count() const { return operation_list_.size(); }
  graph::OperationView operation(std::size_t index) const { return graph::OperationView(*operation_list_[index]); }
  const Attributes& attributes(std::size_t index) const;
  bool is_output(std::uint32_t value) const;
  // The operation gives its outputs in another way: of the same number, types and shapes. `inputs` must be constants,
  // or be given before it.
  void replace_operation(std::size_t index, const std::string& type, std::vector<std::uint32_t> inputs,
                         Attributes attributes);
  // An operation with one output of the type, in front of the one at `index`.
  std::uint32_t insert_operation(std::size_t index, const std::string& type, const std::string& layer,
                                 std::vector<std::uint32_t> inputs, Attributes attributes, const std::string& name,
                                 std::int32_t result);
  // Operations read `other`, which must be given before `value`, wherever they read `value`. Outputs stay.
  void redirect(std::uint32_t value, std::uint32_t other);
  // The graphs inside of control flow, those of the graph itself alone.
  void for_each_subgraph(const std::function<void(GraphBuilder& subgraph)>& visit);

  // The graph as it stands. Valid until something is added or the builder goes.
  const glk_graph& graph();

 private:
  struct Value;
  struct Operation;

  std::uint32_t add_value(const std::string& name, std::int32_t type, Dims dims, const void* data = nullptr,
                          std::shared_ptr<const void> owner = nullptr);
  Operation& append(const std::string& type, const std::string& layer, std::vector<std::uint32_t> inputs,
                    Attributes attributes, std::size_t outputs, Subgraphs subgraphs);
  const Operation& owner_of(std::size_t index) const;
  std::vector<Dims> infer(const Operation& operation) const;
  bool fold(const Operation& operation, const std::vector<std::string>& names, const std::vector<std::int32_t>& types,
            std::vector<std::uint32_t>& outputs);

  // In deques, so that what points into them stays valid.
  std::deque<Value> values_;
  std::deque<Operation> operations_;
  std::vector<const glk_value*> value_list_;
  std::vector<const glk_operation*> operation_list_;
  std::vector<std::uint32_t> inputs_, outputs_;
  std::unordered_set<std::string> names_;
  glk_graph graph_{};
};

}  // namespace goldilocks::lowering
