// Shapes of all values, from those of a graph's inputs. What a program computes from shapes (the sizes for a reshape,
// the places for a slice) is computed here, once, as operations whose shapes depend on values need it:
//
//      x [-1, 8] -> shape -> gather -> concat -> dynamic_reshape (x, .)       for x of [2, 8]: [2, 8], 2, [2, 4, 2]
#include <algorithm>
#include <utility>

#include <goldilocks/graph/plain.hpp>

namespace goldilocks::graph {
namespace {

// Of results that are computed early; larger ones are computed as the graph runs, unless a shape follows from them.
constexpr std::int64_t most_elements = 4096;
constexpr std::int64_t most_for_shapes = std::int64_t{1} << 20;

// Whether the operation is a function of its inputs' values alone, and may run early.
bool can_run_early(const OperationView& operation) {
  const Kernel* kernel = find_kernel(operation.type());
  return kernel != nullptr && kernel->run != nullptr && kernel->run_draw == nullptr;
}

// Which inputs' values the shapes of the operation's outputs follow from.
bool reads_for_shape(const OperationView& operation, std::size_t input) {
  const Kernel* kernel = find_kernel(operation.type());
  if (kernel == nullptr || kernel->shapes_from_values == nullptr) return false;
  return input >= 64 || (kernel->shape_inputs >> input & 1U) != 0;
}

// By value: whether a shape follows from it.
std::vector<bool> values_for_shapes(const GraphView& graph) {
  std::vector<bool> wanted(graph.value_count());
  for (std::size_t index = graph.operation_count(); index-- > 0;) {
    const OperationView operation = graph.operation(index);
    const bool gives = std::ranges::any_of(operation.outputs(), [&](std::uint32_t value) { return wanted[value]; });
    for (std::size_t input = 0; input < operation.inputs().size(); ++input) {
      const bool read = reads_for_shape(operation, input) || (gives && operation.type() != "shape");
      if (operation.has_input(input) && read) wanted[operation.inputs()[input]] = true;
    }
  }
  return wanted;
}

class Inference {
 public:
  Inference(const GraphView& graph, const InferShapes& infer)
      : graph_(graph), infer_(infer), for_shapes_(values_for_shapes(graph)) {
    result_.dims.resize(graph.value_count());
    result_.known.resize(graph.value_count());
    for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
      const std::span<const std::int64_t> stated = graph.value(index).dims();
      if (graph.value(index).is_constant()) result_.dims[index].assign(stated.begin(), stated.end());
    }
  }

  void set(std::uint32_t index, Dims shape) {
    check_stated_dims(graph_.value(index), shape);
    result_.dims[index] = std::move(shape);
  }

  void infer(const OperationView& operation) {
    std::vector<Dims> dims;
    std::vector<TensorView> views;
    bool early = can_run_early(operation);
    for (const std::uint32_t input : operation.inputs()) {
      dims.push_back(input == GLK_NO_VALUE ? Dims() : result_.dims[input]);
      views.push_back(input == GLK_NO_VALUE ? TensorView() : view(input));
      early = early && (input == GLK_NO_VALUE || views.back().present());
    }
    early = early || operation.type() == "shape";
    std::vector<Dims> shapes = infer_(operation, dims);
    if (std::ranges::any_of(shapes, is_open)) {
      for (std::size_t input = 0; input < views.size(); ++input) {
        if (operation.has_input(input) && reads_for_shape(operation, input) && !views[input].present()) {
          operation.fail("its shape depends on values that are known only as it runs");
        }
      }
      shapes = infer_shapes(operation, std::span<const TensorView>(views));
    }
    if (early && is_worth(operation, shapes)) run(operation, views, shapes);
    for (std::size_t output = 0; output < shapes.size(); ++output) {
      set(operation.outputs()[output], std::move(shapes[output]));
    }
  }

  InferredGraph take() { return std::move(result_); }

 private:
  // With its elements where they are known.
  TensorView view(std::uint32_t value) const {
    if (result_.known[value] != nullptr) return result_.known[value]->view();
    const ValueView stated = graph_.value(value);
    if (stated.is_constant()) return view_of(stated.type(), result_.dims[value], stated.data());
    return {result_.dims[value], {}, stated.type(), nullptr};
  }

  bool is_worth(const OperationView& operation, const std::vector<Dims>& shapes) const {
    std::int64_t most = most_elements;
    for (const std::uint32_t output : operation.outputs()) {
      if (for_shapes_[output]) most = most_for_shapes;
    }
    return std::ranges::all_of(shapes, [=](const Dims& shape) { return element_count(shape) <= most; });
  }

  void run(const OperationView& operation, std::span<const TensorView> inputs, const std::vector<Dims>& shapes) {
    const ElementTypes types = element_types(graph_, operation);
    std::vector<std::shared_ptr<OwnedTensor>> tensors;
    std::vector<MutableTensorView> outputs;
    for (std::size_t output = 0; output < shapes.size(); ++output) {
      tensors.push_back(std::make_shared<OwnedTensor>(OwnedTensor::zeros(types.outputs[output], shapes[output])));
      outputs.push_back(tensors.back()->mutable_view());
    }
    kernel_step(operation, types)(inputs, outputs);
    for (std::size_t output = 0; output < shapes.size(); ++output) {
      result_.known[operation.outputs()[output]] = std::move(tensors[output]);
    }
  }

  const GraphView& graph_;
  const InferShapes& infer_;
  std::vector<bool> for_shapes_;
  InferredGraph result_;
};

}  // namespace

bool InferredGraph::is_known(const OperationView& operation) const {
  return !operation.outputs().empty() &&
         std::ranges::all_of(operation.outputs(), [this](std::uint32_t value) { return known[value] != nullptr; });
}

InferredGraph infer_graph(const GraphView& graph, std::span<const Dims> input_dims, const InferShapes& infer,
                          const std::function<bool(std::size_t operation)>& is_needed) {
  Inference inference(graph, infer);
  for (std::size_t index = 0; index < input_dims.size(); ++index) {
    inference.set(graph.inputs()[index], input_dims[index]);
  }
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    if (!is_needed || is_needed(index)) inference.infer(graph.operation(index));
  }
  return inference.take();
}

bool needs_interpreter(const GraphView& graph) {
  // By value: whether it follows from shapes and constants.
  std::vector<bool> known(graph.value_count());
  for (std::uint32_t index = 0; index < known.size(); ++index) known[index] = graph.value(index).is_constant();
  const auto is_known = [&](std::uint32_t value) { return value == GLK_NO_VALUE || known[value]; };
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const OperationView operation = graph.operation(index);
    const Kernel* kernel = find_kernel(operation.type());
    if (kernel == nullptr) continue;
    if (kernel->run == nullptr) return true;
    if (kernel->shapes_from_values != nullptr) {
      std::vector<Dims> shapes;
      bool open = false;
      for (std::size_t input = 0; input < operation.inputs().size(); ++input) {
        shapes.emplace_back();
        const std::uint32_t value = operation.inputs()[input];
        if (value == GLK_NO_VALUE) continue;
        const std::span<const std::int64_t> dims = graph.value(value).dims();
        shapes.back().assign(dims.begin(), dims.end());
        open = open || (reads_for_shape(operation, input) && !is_known(value));
      }
      if (open &&
          (std::ranges::any_of(shapes, is_open) || std::ranges::any_of(infer_shapes(operation, shapes), is_open)))
        return true;
    }
    const bool early =
        operation.type() == "shape" || (can_run_early(operation) && std::ranges::all_of(operation.inputs(), is_known));
    if (!early) continue;
    for (const std::uint32_t output : operation.outputs()) known[output] = true;
  }
  return false;
}

}  // namespace goldilocks::graph
