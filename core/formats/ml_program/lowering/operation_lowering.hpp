#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/ml_program/lowering/block_lowering.hpp"
#include "core/formats/ml_program/operations/table.hpp"

namespace goldilocks::ml_program {

using Node = std::uint32_t;  // a value of the graph
using Nodes = std::vector<Node>;

// One operation of a program on its way into a graph: what the functions of the rows work with. Functions that read
// parameters take the row's default for one that is absent, and fail where there is none.
class OperationLowering {
 public:
  OperationLowering(BlockLowering& block, const Operation& operation);

  void run();

  const Operation& operation() const { return operation_; }
  BlockLowering& block() const { return block_; }
  GraphBuilder& graph() const { return block_.graph(); }
  Opset opset() const { return block_.context().opset; }
  // Throws ModelError with the operation's name and type.
  [[noreturn]] void fail(const std::string& problem) const;

  // ---- parameters

  bool has(std::string_view parameter) const { return find_argument(operation_, parameter) != nullptr; }
  Node input(std::string_view parameter);
  Node input_or_none(std::string_view parameter);
  Nodes inputs(std::string_view parameter);
  const Type& type_of(std::string_view parameter);
  ElementType element(std::string_view parameter) { return type_of(parameter).element; }
  const Value* value(std::string_view parameter);  // of a const or inline; null for others
  std::vector<std::string_view> names(std::string_view parameter) const;

  // Of parameters whose values are known now. Empty where they follow from what runs.
  std::optional<std::vector<double>> numbers(std::string_view parameter);
  std::optional<std::vector<std::int64_t>> known_integers(std::string_view parameter);
  std::vector<std::int64_t> integers(std::string_view parameter);
  std::vector<std::int64_t> integers(std::string_view parameter, std::vector<std::int64_t> absent);
  std::int64_t integer(std::string_view parameter);
  double real(std::string_view parameter);
  bool flag(std::string_view parameter);
  std::string_view word(std::string_view parameter);

  // ---- the graph

  const Dims& dims(Node node) const { return graph().dims(node); }
  std::size_t rank(Node node) const { return dims(node).size(); }
  std::int32_t type(Node node) const { return graph().type(node); }
  bool is_constant(Node node) const { return graph().is_constant(node); }
  // Of any of its elements, as a number; the node is a constant.
  std::vector<double> content(Node node) const;

  // The result has the first input's type, or the one stated.
  Node add(const std::string& type, Nodes inputs, Attributes attributes = {});
  Node add_as(std::int32_t result, const std::string& type, Nodes inputs, Attributes attributes = {});
  Nodes add_all(const std::string& type, Nodes inputs, Attributes attributes, std::vector<std::int32_t> results);
  Node constant(std::int32_t type, Dims dims, const std::vector<double>& numbers);
  Node scalar(std::int32_t type, double number) { return constant(type, {}, {number}); }
  Node cast(Node node, std::int32_t type);
  Node reshape(Node node, Dims shape);
  Node transpose(Node node, const std::vector<std::int64_t>& axes);
  // `count` values from `begin` on along an axis; all others whole.
  Node slice(Node node, std::int64_t axis, std::int64_t begin, std::int64_t count);
  Node reversed(Node node, const std::vector<std::int64_t>& axes);
  Node gather(Node node, std::int64_t axis, const std::vector<std::int64_t>& places);
  Node concat(const Nodes& parts, std::int64_t axis);
  // A vector with one entry for each channel (axis 1) of a tensor of this rank, as it broadcasts to that.
  Node per_channel(Node vector, std::size_t rank);
  // An axis counted from the front.
  std::int64_t axis(std::int64_t axis, std::size_t rank) const;

  // ---- results, in order

  // Converts to the type and shape that the program declares, and rounds what it declares as float16, where the
  // precision says so.
  void give(Node node);
  void give_value(Local local);  // of another kind than a tensor

 private:
  std::optional<Local> local_of(const Binding& binding);
  const Binding* only_binding(std::string_view parameter) const;
  Node node_of(const Binding& binding, std::string_view parameter);
  const Default* fallback(std::string_view parameter) const;

  BlockLowering& block_;
  const Operation& operation_;
  const OperationRow* row_;
  bool moves_ = false;
  std::string name_;
  Node first_own_ = 0;  // nodes from here on are this operation's
  std::size_t given_ = 0;
};

}  // namespace goldilocks::ml_program
