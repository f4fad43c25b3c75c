// Runs a graph operation by operation.
//
// A session lays out its memory once for each set of input shapes. Every computed value lives from the operation that
// gives it to the last one that reads it (wanted values: to the end). Values are placed one by one, the largest first,
// each at the lowest offset where it meets no value that lives at the same time:
//
//      offset ^   [ a ][   c    ]
//             |   [   b  ][ d ]        a is read last by the operation that gives b, d reuses b's place
//             +----------------------> operations
#include <algorithm>
#include <cstdlib>
#include <new>
#include <numeric>

#include <goldilocks/graph/plain.hpp>

namespace goldilocks::graph {
namespace {

constexpr std::size_t alignment = 64;  // bytes: a cache line, and the widest vector register
constexpr std::size_t floats_per_line = alignment / sizeof(float);

struct FreeMemory {
  void operator()(float* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<float, FreeMemory>;

Memory allocate(std::size_t floats) {
  if (floats == 0) return nullptr;
  Memory memory(static_cast<float*>(std::aligned_alloc(alignment, floats * sizeof(float))));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// A value's place in the arena, in floats, and the operations between which it lives, both included.
struct Block {
  std::uint32_t value = 0;
  std::size_t size = 0;
  std::size_t offset = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

// Sets the offsets; returns the size of the arena.
std::size_t place(std::vector<Block>& blocks) {
  std::vector<Block*> order(blocks.size());
  std::ranges::transform(blocks, order.begin(), [](Block& block) { return &block; });
  std::ranges::stable_sort(order, std::ranges::greater{}, &Block::size);
  std::vector<const Block*> placed;  // by offset
  std::size_t arena = 0;
  for (Block* block : order) {
    std::size_t offset = 0;
    for (const Block* other : placed) {
      const bool together = block->first <= other->last && other->first <= block->last;
      if (!together || other->offset + other->size <= offset) continue;
      if (offset + block->size <= other->offset) break;
      offset = other->offset + other->size;
    }
    block->offset = offset;
    arena = std::max(arena, offset + block->size);
    placed.insert(std::ranges::upper_bound(placed, offset, {}, [](const Block* other) { return other->offset; }),
                  block);
  }
  return arena;
}

}  // namespace

PlainModel::PlainModel(const glk_graph& graph, const StepMaker& make_step) : graph_(graph) {
  steps_.reserve(graph_.operation_count());
  for (std::size_t index = 0; index < graph_.operation_count(); ++index) {
    const OperationView operation = graph_.operation(index);
    Step step = make_step ? make_step(graph_, operation) : Step();
    if (!step) {
      const Kernel* kernel = find_kernel(operation.type());
      if (kernel == nullptr) operation.fail("this type of operation is not known");
      for (const std::uint32_t input : operation.inputs()) {
        if (input != GLK_NO_VALUE && graph_.value(input).type() != GLK_FLOAT32) {
          operation.fail("the plain kernels take float32 only");
        }
      }
      step = [operation, kernel](std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) {
        kernel->run(operation, inputs, outputs);
      };
    }
    steps_.push_back(std::move(step));
  }
}

// All that depends on the shapes of the inputs.
struct PlainSession::Plan {
  std::vector<Dims> input_dims;                         // of the graph's inputs, for which this plan was made
  std::vector<Dims> dims;                               // of each value; empty for values that nothing gives
  std::vector<TensorView> views;                        // of each value
  std::vector<std::vector<TensorView>> inputs;          // of each operation
  std::vector<std::vector<MutableTensorView>> outputs;  // of each operation
  Memory arena;

  bool fits(std::span<const TensorView> given) const {
    return std::ranges::equal(given, input_dims, [](const TensorView& tensor, const Dims& expected) {
      return std::ranges::equal(tensor.dims, expected);
    });
  }

  void infer(const GraphView& graph, std::span<const TensorView> given);
  std::vector<Block> lifetimes(const GraphView& graph, std::span<const std::uint32_t> wanted) const;
  void lay_out(const GraphView& graph, std::span<const std::uint32_t> wanted);
};

// The shapes of all values from those of the inputs; they must agree with the dimensions that the graph fixes.
void PlainSession::Plan::infer(const GraphView& graph, std::span<const TensorView> given) {
  const auto set = [&](std::uint32_t index, Dims shape) {
    const ValueView value = graph.value(index);
    const bool agrees = std::ranges::equal(
        shape, value.dims(), [](std::int64_t actual, std::int64_t stated) { return stated == -1 || actual == stated; });
    if (!agrees) {
      throw GraphError("'" + std::string(value.name()) + "' has shape " + to_text(shape) + " instead of " +
                       to_text(value.dims()));
    }
    dims[index] = std::move(shape);
  };
  dims.resize(graph.value_count());
  for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
    if (graph.value(index).is_constant())
      set(index, Dims(graph.value(index).dims().begin(), graph.value(index).dims().end()));
  }
  for (std::size_t index = 0; index < given.size(); ++index) {
    input_dims.emplace_back(given[index].dims.begin(), given[index].dims.end());
    set(graph.inputs()[index], input_dims.back());
  }
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const OperationView operation = graph.operation(index);
    std::vector<Dims> shapes;
    for (const std::uint32_t input : operation.inputs()) {
      shapes.push_back(input == GLK_NO_VALUE ? Dims() : dims[input]);
    }
    std::vector<Dims> results = infer_shapes(operation, shapes);
    for (std::size_t output = 0; output < results.size(); ++output) {
      set(operation.outputs()[output], std::move(results[output]));
    }
  }
}

std::vector<Block> PlainSession::Plan::lifetimes(const GraphView& graph, std::span<const std::uint32_t> wanted) const {
  constexpr std::size_t no_block = ~std::size_t{0};
  std::vector<Block> blocks;
  std::vector<std::size_t> block_of(graph.value_count(), no_block);
  const auto extend = [&](std::uint32_t value, std::size_t operation) {
    if (value != GLK_NO_VALUE && block_of[value] != no_block) blocks[block_of[value]].last = operation;
  };
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    for (const std::uint32_t input : graph.operation(index).inputs()) extend(input, index);
    for (const std::uint32_t output : graph.operation(index).outputs()) {
      const auto floats = static_cast<std::size_t>(element_count(dims[output]));
      const std::size_t size = (floats + floats_per_line - 1) / floats_per_line * floats_per_line;
      block_of[output] = blocks.size();
      blocks.push_back({output, size, 0, index, index});
    }
  }
  for (const std::uint32_t value : wanted) extend(value, graph.operation_count());
  return blocks;
}

void PlainSession::Plan::lay_out(const GraphView& graph, std::span<const std::uint32_t> wanted) {
  std::vector<Block> blocks = lifetimes(graph, wanted);
  arena = allocate(place(blocks));
  std::vector<std::span<float>> memory(graph.value_count());
  for (const Block& block : blocks) {
    memory[block.value] = {arena.get() + block.offset, static_cast<std::size_t>(element_count(dims[block.value]))};
  }
  views.resize(graph.value_count());
  for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
    const ValueView value = graph.value(index);
    views[index] = {dims[index], value.is_constant() ? value.floats() : memory[index]};
  }
  outputs.resize(graph.operation_count());
  inputs.resize(graph.operation_count());
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    for (const std::uint32_t output : graph.operation(index).outputs()) {
      outputs[index].push_back({dims[output], memory[output]});
    }
    inputs[index].resize(graph.operation(index).inputs().size());
  }
}

PlainSession::PlainSession(const PlainModel& model, std::span<const std::uint32_t> wanted)
    : model_(model), wanted_(wanted.begin(), wanted.end()) {
  for (const std::uint32_t value : wanted_) {
    if (value >= model.graph().value_count()) throw GraphError("a wanted value lies beyond the graph's values");
  }
}

PlainSession::~PlainSession() = default;

void PlainSession::run(std::span<const TensorView> inputs) {
  const GraphView& graph = model_.graph();
  if (inputs.size() != graph.inputs().size()) {
    throw GraphError("the graph has " + std::to_string(graph.inputs().size()) + " inputs; " +
                     std::to_string(inputs.size()) + " are given");
  }
  for (const TensorView& input : inputs) {
    if (static_cast<std::int64_t>(input.values.size()) != element_count(input.dims)) {
      throw GraphError("an input has another number of values than its shape " + to_text(input.dims) + " says");
    }
  }
  if (plan_ == nullptr || !plan_->fits(inputs)) {
    plan_.reset();  // its memory is free before the next one's is asked for
    auto plan = std::make_unique<Plan>();
    plan->infer(graph, inputs);
    plan->lay_out(graph, wanted_);
    plan_ = std::move(plan);
  }
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    plan_->views[graph.inputs()[index]].values = inputs[index].values;
  }
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const std::span<const std::uint32_t> sources = graph.operation(index).inputs();
    for (std::size_t input = 0; input < sources.size(); ++input) {
      plan_->inputs[index][input] = sources[input] == GLK_NO_VALUE ? TensorView() : plan_->views[sources[input]];
    }
    model_.step(index)(plan_->inputs[index], plan_->outputs[index]);
  }
}

TensorView PlainSession::output(std::size_t index) const {
  if (plan_ == nullptr) throw GraphError("there is no output before the first run");
  const TensorView view = plan_->views[wanted_.at(index)];
  if (!view.present()) throw GraphError("a wanted value is given by nothing");
  return view;
}

bool is_supported(const glk_graph& graph, const OperationView& operation) {
  if (find_kernel(operation.type()) == nullptr) return false;
  std::vector<Dims> shapes;
  for (const std::uint32_t input : operation.inputs()) {
    if (input == GLK_NO_VALUE) {
      shapes.emplace_back();
      continue;
    }
    if (input >= graph.value_count) return false;
    const ValueView value(*graph.values[input]);
    if (value.type() != GLK_FLOAT32) return false;
    if (std::ranges::find(value.dims(), -1) != value.dims().end()) return true;  // the run will tell
    shapes.emplace_back(value.dims().begin(), value.dims().end());
  }
  try {
    infer_shapes(operation, shapes);
  } catch (const GraphError&) {
    return false;
  }
  return true;
}

TensorView view_of(const glk_tensor& tensor) {
  if (tensor.type != GLK_FLOAT32) throw GraphError("an input is not of type float32");
  if (tensor.data == nullptr || (tensor.rank != 0 && tensor.dims == nullptr)) throw GraphError("an input has no data");
  const std::span<const std::int64_t> dims(tensor.dims, tensor.rank);
  return {dims, {static_cast<const float*>(tensor.data), static_cast<std::size_t>(element_count(dims))}};
}

}  // namespace goldilocks::graph
