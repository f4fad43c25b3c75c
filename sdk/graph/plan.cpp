// Runs a graph whose shapes all follow from those of its inputs, in memory that is laid out beforehand.
//
// Every computed value lives from the operation that gives it to the last one that reads it (wanted values: to the
// end). Values are placed one by one, the largest first, each at the lowest offset where it meets no value that lives
// at the same time:
//
//      offset ^   [ a ][   c    ]
//             |   [   b  ][ d ]        a is read last by the operation that gives b, d reuses b's place
//             +----------------------> operations
#include "plan.hpp"

#include <algorithm>
#include <utility>

namespace goldilocks::graph {

// A value's place in the arena, in floats, and the operations between which it lives, both included.
struct Plan::Block {
  std::uint32_t value = 0;
  std::size_t size = 0;
  std::size_t offset = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

// Sets the offsets; returns the size of the arena.
std::size_t Plan::place(std::vector<Block>& blocks) {
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

Plan::Plan(const PlainModel& model, std::span<const std::uint32_t> wanted, std::span<const TensorView> inputs)
    : model_(model) {
  infer(inputs);
  lay_out(wanted);
}

bool Plan::fits(std::span<const TensorView> inputs) const {
  return std::ranges::equal(inputs, input_dims_, [](const TensorView& tensor, const Dims& expected) {
    return std::ranges::equal(tensor.dims, expected);
  });
}

// The shapes of all values from those of the inputs; they must agree with the dimensions that the graph fixes.
void Plan::infer(std::span<const TensorView> given) {
  const GraphView& graph = model_.graph();
  const auto set = [&](std::uint32_t index, Dims shape) {
    check_stated_dims(graph.value(index), shape);
    dims_[index] = std::move(shape);
  };
  dims_.resize(graph.value_count());
  for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
    const std::span<const std::int64_t> stated = graph.value(index).dims();
    if (graph.value(index).is_constant()) set(index, Dims(stated.begin(), stated.end()));
  }
  for (std::size_t index = 0; index < given.size(); ++index) {
    input_dims_.emplace_back(given[index].dims.begin(), given[index].dims.end());
    set(graph.inputs()[index], input_dims_.back());
  }
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const OperationView operation = graph.operation(index);
    std::vector<Dims> shapes;
    for (const std::uint32_t input : operation.inputs()) {
      shapes.push_back(input == GLK_NO_VALUE ? Dims() : dims_[input]);
    }
    std::vector<Dims> results = model_.shapes(operation, shapes);
    for (std::size_t output = 0; output < results.size(); ++output) {
      set(operation.outputs()[output], std::move(results[output]));
    }
  }
}

std::vector<Plan::Block> Plan::lifetimes(std::span<const std::uint32_t> wanted) const {
  const GraphView& graph = model_.graph();
  constexpr std::size_t no_block = ~std::size_t{0};
  std::vector<Block> blocks;
  std::vector<std::size_t> block_of(graph.value_count(), no_block);
  const auto extend = [&](std::uint32_t value, std::size_t operation) {
    if (value != GLK_NO_VALUE && block_of[value] != no_block) blocks[block_of[value]].last = operation;
  };
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    for (const std::uint32_t input : graph.operation(index).inputs()) extend(input, index);
    for (const std::uint32_t output : graph.operation(index).outputs()) {
      const std::size_t size = whole_lines(static_cast<std::size_t>(element_count(dims_[output])));
      block_of[output] = blocks.size();
      blocks.push_back({output, size, 0, index, index});
    }
  }
  for (const std::uint32_t value : wanted) extend(value, graph.operation_count());
  return blocks;
}

void Plan::lay_out(std::span<const std::uint32_t> wanted) {
  const GraphView& graph = model_.graph();
  std::vector<Block> blocks = lifetimes(wanted);
  check_memory(graph, dims_, wanted, model_.memory_limit());
  const std::size_t floats = place(blocks);
  if (floats > model_.memory_limit() / sizeof(float)) {
    throw GraphError(memory_text(floats * sizeof(float), model_.memory_limit()));
  }
  arena_ = allocate(floats);
  std::vector<std::span<float>> memory(graph.value_count());
  for (const Block& block : blocks) {
    memory[block.value] = {arena_.get() + block.offset, static_cast<std::size_t>(element_count(dims_[block.value]))};
  }
  views_.resize(graph.value_count());
  for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
    const ValueView value = graph.value(index);
    views_[index] = {dims_[index], value.is_constant() ? value.floats() : memory[index]};
  }
  outputs_.resize(graph.operation_count());
  inputs_.resize(graph.operation_count());
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    for (const std::uint32_t output : graph.operation(index).outputs()) {
      outputs_[index].push_back({dims_[output], memory[output]});
    }
    inputs_[index].resize(graph.operation(index).inputs().size());
  }
}

void Plan::run(std::span<const TensorView> inputs) {
  const GraphView& graph = model_.graph();
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    views_[graph.inputs()[index]].values = inputs[index].values;
  }
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    const std::span<const std::uint32_t> sources = graph.operation(index).inputs();
    for (std::size_t input = 0; input < sources.size(); ++input) {
      inputs_[index][input] = sources[input] == GLK_NO_VALUE ? TensorView() : views_[sources[input]];
    }
    model_.operation(index).step(inputs_[index], outputs_[index]);
  }
}

}  // namespace goldilocks::graph
