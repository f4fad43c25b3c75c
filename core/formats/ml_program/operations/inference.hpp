#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/formats/ml_program/operations/table.hpp"
#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// What is known of a value where an operation reads it.
struct Known {
  const Type* type = nullptr;
  const Value* value = nullptr;  // of a const operation or inline; null for everything else
  bool constant = false;         // known when the program is compiled, if not here
};

struct BoundParameter {
  const Parameter* parameter = nullptr;
  std::vector<Known> bindings;
};

// Thrown by a rule for an operation that breaks it. Says what is wrong, without the place.
struct BrokenRule {
  std::string problem;
};

// Thrown where the types of the results depend on what isn't known before the program runs: those that the file
// declares count then.
struct Undetermined {};

// One operation, as the rule of its row sees it. The parameters are there, and of the types that the row says, before a
// rule is asked.
class Inference {
 public:
  Inference(const OperationRow& row, Opset opset, const Operation& operation, std::vector<BoundParameter> parameters)
      : row_(&row), opset_(opset), operation_(&operation), parameters_(std::move(parameters)) {}

  Opset opset() const { return opset_; }
  const Operation& operation() const { return *operation_; }

  bool has(std::string_view parameter) const { return find(parameter) != nullptr; }

  // The type of the parameter's only binding, or of each.
  const Type& type(std::string_view parameter) const;
  ElementType element(std::string_view parameter) const { return type(parameter).element; }
  std::span<const Known> each(std::string_view parameter) const;
  bool is_constant(std::string_view parameter) const;

  // The shape of a tensor. Throws Undetermined where its rank is not known.
  const Shape& shape(std::string_view parameter) const;
  std::int64_t rank(std::string_view parameter) const { return static_cast<std::int64_t>(shape(parameter).size()); }

  // Constants. Each reads the row's default where the parameter is absent. Nothing: the parameter is absent without a
  // default, or its value is known only when the program runs.
  const Value* value(std::string_view parameter) const;
  std::optional<std::int64_t> integer(std::string_view parameter) const;
  std::optional<std::vector<std::int64_t>> integers(std::string_view parameter) const;
  std::optional<double> real(std::string_view parameter) const;
  std::optional<bool> flag(std::string_view parameter) const;
  std::optional<std::string_view> word(std::string_view parameter) const;

  // A word that must be one of these; what is known only when the program runs is Undetermined.
  std::string_view one_of(std::string_view parameter, std::initializer_list<std::string_view> words) const;

  // Throws BrokenRule unless the condition holds.
  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> problem, Args&&... args) const {
    if (!holds) throw BrokenRule{fmt::format(problem, std::forward<Args>(args)...)};
  }

  void require_rank(std::string_view parameter, std::int64_t low, std::int64_t high) const;
  void require_length(std::string_view parameter, std::size_t length) const;  // of a constant vector, if it is given

  // The constant axes counted from the front, ascending; each once. Throws Undetermined where they aren't known.
  std::set<std::int64_t> axes(std::string_view parameter, std::int64_t rank) const;

  // The axis counted from the front. Throws BrokenRule unless it is one of `rank`.
  std::int64_t axis(std::string_view parameter, std::int64_t axis, std::int64_t rank) const;

  // The result's types, in order.
  void result(Type type) { results_.push_back(std::move(type)); }
  void result(ElementType element, Shape shape) { results_.push_back(tensor(element, std::move(shape))); }
  const std::vector<Type>& results() const { return results_; }

 private:
  const BoundParameter* find(std::string_view parameter) const;
  const Default* fallback(std::string_view parameter) const;

  const OperationRow* row_;
  Opset opset_;
  const Operation* operation_;
  std::vector<BoundParameter> parameters_;
  std::vector<Type> results_;
};

// Lengths that may be unknown. A product, sum or quotient with one that is unknown is unknown; products and sums beyond
// the largest size of a tensor throw BrokenRule.
std::int64_t product(std::int64_t a, std::int64_t b);
std::int64_t product(std::span<const std::int64_t> dims);
std::int64_t sum(std::int64_t a, std::int64_t b);

// The common length of two dimensions that must be equal; false where they differ.
bool unify(std::int64_t& a, std::int64_t b);

// Numpy's broadcasting of two shapes. Nothing where they don't fit.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

// True where the shapes may be equal: of as many dimensions, that are equal where they are known.
bool may_be_equal(const Shape& a, const Shape& b);

// Rules that many rows share.
void same_as_x(Inference& op);

}  // namespace goldilocks::ml_program
