#include "core/graph/passes/rewriter.hpp"

#include <utility>

namespace goldilocks::lowering {

Rewriter::Rewriter(GraphBuilder& graph) : graph_(graph) { count(); }

void Rewriter::count() {
  givers_.assign(graph_.value_count(), std::nullopt);
  reads_.assign(graph_.value_count(), 0);
  for (std::size_t index = 0; index < graph_.operation_count(); ++index) {
    const graph::OperationView operation = graph_.operation(index);
    for (const std::uint32_t output : operation.outputs()) givers_[output] = index;
    for (const std::uint32_t input : operation.inputs()) {
      if (input != GLK_NO_VALUE) ++reads_[input];
    }
  }
}

std::optional<std::size_t> Rewriter::giver(std::uint32_t value) const {
  return value == GLK_NO_VALUE ? std::nullopt : givers_[value];
}

std::optional<graph::OperationView> Rewriter::giver(std::uint32_t value, std::string_view type) const {
  const std::optional<std::size_t> index = giver(value);
  if (!index || graph_.operation(*index).type() != type) return std::nullopt;
  return graph_.operation(*index);
}

bool Rewriter::has_sole_reader(std::uint32_t value) const { return reads_[value] == 1 && !graph_.is_output(value); }

std::optional<double> Rewriter::scalar(std::uint32_t value) const {
  if (value == GLK_NO_VALUE || graph_.content(value).size() != 1) return std::nullopt;
  return static_cast<double>(graph_.content(value)[0]);
}

void Rewriter::replace(std::size_t index, const std::string& type, std::vector<std::uint32_t> inputs,
                       Attributes attributes) {
  graph_.replace_operation(index, type, std::move(inputs), std::move(attributes));
  count();
}

std::uint32_t Rewriter::insert(std::size_t index, const std::string& type, std::vector<std::uint32_t> inputs,
                               Attributes attributes, std::int32_t result) {
  const std::string layer(graph_.operation(index).layer());
  const std::string name = graph_.derived_name(layer + "/" + type);
  const std::uint32_t value =
      graph_.insert_operation(index, type, layer, std::move(inputs), std::move(attributes), name, result);
  count();
  return value;
}

void Rewriter::redirect(std::uint32_t value, std::uint32_t other) {
  graph_.redirect(value, other);
  count();
}

}  // namespace goldilocks::lowering
