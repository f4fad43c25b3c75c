// Transposes that cancel across operations which work element by element, as in networks with channels last:
//
//      transpose(relu(transpose(x)))  ->  relu(x)
//
// What lies between the two is computed anew in the order of x, with constants transposed. It is shared by all that
// ask for it in the same order.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/graph/passes/passes.hpp"

namespace goldilocks::lowering {
namespace {

using Axes = std::vector<std::int64_t>;

constexpr std::array<std::string_view, 40> by_element = {
    "abs",      "add",        "affine",   "average",    "cast",     "clamped_relu",  "clip",          "divide",
    "elu",      "equal",      "erf",      "exp",        "gelu",     "greater",       "greater_equal", "hard_sigmoid",
    "inverse",  "leaky_relu", "less",     "less_equal", "linear",   "log",           "maximum",       "minimum",
    "multiply", "not_equal",  "pow",      "power",      "relu",     "round_to_half", "rsqrt",         "scaled_tanh",
    "sigmoid",  "softplus",   "softsign", "sqrt",       "subtract", "tanh",          "threshold",     "where"};

constexpr int deepest_lift = 16;

class Lifting {
 public:
  explicit Lifting(Rewriter& rewriter) : rewriter_(rewriter) {}

  void run() {
    for (std::size_t index = 0; index < rewriter_.operation_count(); ++index) {
      const graph::OperationView operation = rewriter_.operation(index);
      if (operation.type() != "transpose" || rewriter_.giver(operation.inputs()[0], "transpose")) continue;
      const std::span<const std::int64_t> axes = operation.integers("axes");
      axes_.assign(axes.begin(), axes.end());
      if (!can_lift(operation.inputs()[0], 0)) continue;
      const std::uint32_t output = operation.outputs()[0];
      place_ = index;
      rewriter_.redirect(output, lifted(operation.inputs()[0]));
      index = *rewriter_.giver(output);
    }
  }

 private:
  // Whether the value, transposed by axes_, can be had without a transpose of what is computed.
  bool can_lift(std::uint32_t value, int depth) const {
    const GraphBuilder& graph = rewriter_.graph();
    if (depth == deepest_lift || value == GLK_NO_VALUE || graph.dims(value).size() != axes_.size()) return false;
    if (source_of(value) || done_.contains({value, axes_})) return true;
    const std::optional<std::size_t> giver = rewriter_.giver(value);
    if (!giver || rewriter_.is_open(value)) return false;
    const graph::OperationView operation = rewriter_.operation(*giver);
    if (std::ranges::find(by_element, operation.type()) == by_element.end()) return false;
    bool computed = false;
    for (const std::uint32_t input : operation.inputs()) {
      if (input == GLK_NO_VALUE) continue;
      if (graph.is_constant(input)) {
        if (graph.dims(input).size() > axes_.size()) return false;
      } else if (can_lift(input, depth + 1)) {
        computed = true;
      } else {
        return false;
      }
    }
    return computed;
  }

  // Of a value that is transposed the other way round.
  std::optional<std::uint32_t> source_of(std::uint32_t value) const {
    const auto transpose = rewriter_.giver(value, "transpose");
    if (!transpose) return std::nullopt;
    const std::span<const std::int64_t> inner = transpose->integers("axes");
    for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
      if (inner[static_cast<std::size_t>(axes_[axis])] != static_cast<std::int64_t>(axis)) return std::nullopt;
    }
    return transpose->inputs()[0];
  }

  std::uint32_t lifted(std::uint32_t value) {
    if (const auto source = source_of(value)) return *source;
    const auto key = std::pair(value, axes_);
    if (const auto found = done_.find(key); found != done_.end()) return found->second;
    const std::size_t giver = *rewriter_.giver(value);
    const std::string type(rewriter_.operation(giver).type());
    const Attributes attributes = rewriter_.graph().attributes(giver);
    std::vector<std::uint32_t> inputs(rewriter_.operation(giver).inputs().begin(),
                                      rewriter_.operation(giver).inputs().end());
    for (std::uint32_t& input : inputs) {
      if (input != GLK_NO_VALUE) input = rewriter_.graph().is_constant(input) ? constant(input) : lifted(input);
    }
    const std::uint32_t result = insert(type, std::move(inputs), attributes, rewriter_.graph().type(value));
    done_.emplace(key, result);
    return result;
  }

  std::uint32_t constant(std::uint32_t value) {
    Dims dims = rewriter_.graph().dims(value);
    if (graph::element_count(dims) == 1) return value;
    if (dims.size() < axes_.size()) {
      dims.insert(dims.begin(), axes_.size() - dims.size(), 1);
      value = insert("reshape", {value}, {{"shape", dims}}, rewriter_.graph().type(value));
    }
    return insert("transpose", {value}, {{"axes", axes_}}, rewriter_.graph().type(value));
  }

  std::uint32_t insert(const std::string& type, std::vector<std::uint32_t> inputs, const Attributes& attributes,
                       std::int32_t result) {
    const std::size_t before = rewriter_.operation_count();
    const std::uint32_t value = rewriter_.insert(place_, type, std::move(inputs), attributes, result);
    place_ += rewriter_.operation_count() - before;
    return value;
  }

  Rewriter& rewriter_;
  Axes axes_;              // of the transpose that is to go
  std::size_t place_ = 0;  // where it stands
  std::map<std::pair<std::uint32_t, Axes>, std::uint32_t> done_;
};

}  // namespace

void cancel_transposes(Rewriter& rewriter) { Lifting(rewriter).run(); }

}  // namespace goldilocks::lowering
