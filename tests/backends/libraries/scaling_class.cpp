// A backend that knows two classes of custom layers, and leaves all else to the kit: "Scale" multiplies by a number or
// by its weights, one for each value; "Repeat" gives its input several times, along a first dimension of its own.
#include <algorithm>

#include <goldilocks/graph/backend.hpp>
#include <goldilocks/plugin.hpp>

namespace {

namespace graph = goldilocks::graph;

graph::Step scale(const graph::OperationView& operation) {
  const double factor = operation.number("factor");
  return [factor](std::span<const graph::TensorView> inputs, std::span<const graph::MutableTensorView> outputs) {
    for (std::size_t i = 0; i < outputs[0].values.size(); ++i) {
      const double weight = inputs.size() > 1 ? static_cast<double>(inputs[1].values[i]) : 1.0;
      outputs[0].values[i] = static_cast<float>(static_cast<double>(inputs[0].values[i]) * factor * weight);
    }
  };
}

graph::Step repeat() {
  return [](std::span<const graph::TensorView> inputs, std::span<const graph::MutableTensorView> outputs) {
    const std::span<const float> x = inputs[0].values;
    for (std::size_t at = 0; at < outputs[0].values.size(); at += x.size()) {
      std::ranges::copy(x, outputs[0].values.begin() + static_cast<std::ptrdiff_t>(at));
    }
  };
}

graph::Step step_of(const graph::GraphView&, const graph::OperationView& operation) {
  if (operation.type() == "custom:Scale") return scale(operation);
  return operation.type() == "custom:Repeat" ? repeat() : graph::Step();
}

std::vector<graph::Dims> shapes_of(const graph::OperationView& operation, std::span<const graph::Dims> inputs) {
  graph::Dims dims = inputs[0];
  if (operation.type() == "custom:Repeat") dims.insert(dims.begin(), operation.integer("times"));
  return {dims};
}

class ScalingClass final : public goldilocks::Backend {
 public:
  bool supports(const glk_graph& of, const glk_operation& operation) const override {
    return graph::plain_supports(of, operation, [](const graph::OperationView& asked) {
      return asked.type() == "custom:Scale" || asked.type() == "custom:Repeat";
    });
  }

  std::unique_ptr<goldilocks::Model> create_model(const glk_graph& of, const std::filesystem::path&) override {
    return graph::make_plain_model(of, step_of, shapes_of);
  }
};

}  // namespace

GOLDILOCKS_BACKEND(ScalingClass, "scaling_class", "plain loop nests, and two classes of custom layers")
