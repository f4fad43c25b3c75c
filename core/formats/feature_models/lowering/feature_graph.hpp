#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <goldilocks/abi.h>

namespace goldilocks::lowering {

// A graph on float64, int64 and text, put together value by value (operations.md, "Features"). Owns all of it. Its
// sizes are open: they follow as it runs.
class FeatureGraph {
 public:
  using List = std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>>;

  FeatureGraph() = default;
  FeatureGraph(const FeatureGraph&) = delete;
  FeatureGraph& operator=(const FeatureGraph&) = delete;

  // `type`: GLK_FLOAT64, GLK_INT64 or GLK_STRING.
  std::uint32_t add_input(const std::string& name, std::int32_t type, std::size_t rank = 1);
  std::uint32_t add_constant(const std::string& name, List list, std::vector<std::int64_t> dims = {});

  struct Attribute {
    std::string name;
    std::variant<std::int64_t, std::string, std::vector<std::int64_t>> value;
  };
  struct Result {
    std::string name;
    std::int32_t type = GLK_FLOAT64;
    std::size_t rank = 1;
  };
  // An input may be GLK_NO_VALUE.
  std::vector<std::uint32_t> add_operation(const std::string& type, std::vector<std::uint32_t> inputs,
                                           std::vector<Attribute> attributes, const std::vector<Result>& results);
  std::uint32_t add_operation(const std::string& type, std::vector<std::uint32_t> inputs,
                              std::vector<Attribute> attributes, const Result& result) {
    return add_operation(type, std::move(inputs), std::move(attributes), std::vector<Result>{result}).front();
  }
  void add_output(std::uint32_t value) { outputs_.push_back(value); }

  // Valid until something is added or this goes.
  const glk_graph& graph();

 private:
  struct Value {
    std::string name;
    std::vector<std::int64_t> dims;
    List list;
    std::vector<const char*> texts;
    glk_value value{};
  };
  struct Operation {
    std::string type;
    std::vector<std::uint32_t> inputs, outputs;
    std::vector<Attribute> attributes;
    std::vector<glk_attribute> attribute_values;
    std::vector<const glk_attribute*> attribute_list;
    glk_operation operation{};
  };

  std::uint32_t add_value(const std::string& name, std::int32_t type, std::vector<std::int64_t> dims);

  std::set<std::string> names_;  // values of one name get marks
  // In deques, so that what points into them stays valid.
  std::deque<Value> values_;
  std::deque<Operation> operations_;
  std::vector<const glk_value*> value_list_;
  std::vector<const glk_operation*> operation_list_;
  std::vector<std::uint32_t> inputs_, outputs_;
  glk_graph graph_{};
};

}  // namespace goldilocks::lowering
