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

#include "needed.hpp"

namespace goldilocks::graph {

// A value's place in the arena, in bytes, and the operations between which it lives, both included.
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
    : model_(model), needed_(needed_operations(model.graph(), wanted)) {
  infer(inputs);
  lay_out(wanted);
}

bool Plan::fits(std::span<const TensorView> inputs) const {
  return std::ranges::equal(inputs, input_dims_, [](const TensorView& tensor, const Dims& expected) {
    return std::ranges::equal(tensor.dims, expected);
  });
}

void Plan::infer(std::span<const TensorView> given) {
  for (const TensorView& input : given) input_dims_.emplace_back(input.dims.begin(), input.dims.end());
  inferred_ = infer_graph(
      model_.graph(), input_dims_,
      [this](const OperationView& operation, std::span<const Dims> dims) { return model_.shapes(operation, dims); },
      [this](std::size_t operation) { return needed_[operation]; });
}

bool Plan::runs(std::size_t operation) const {
  return needed_[operation] && !inferred_.is_known(model_.graph().operation(operation));
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
    if (!runs(index)) continue;
    for (const std::uint32_t input : graph.operation(index).inputs()) extend(input, index);
    for (const std::uint32_t output : graph.operation(index).outputs()) {
      const std::size_t size = tensor_bytes(graph.value(output).type(), inferred_.dims[output]);
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
  check_memory(graph, inferred_.dims, wanted, model_.memory_limit());
  const std::size_t bytes = place(blocks);
  if (bytes > model_.memory_limit()) throw GraphError(memory_text(bytes, model_.memory_limit()));
  arena_ = allocate(bytes);
  std::vector<MutableTensorView> memory(graph.value_count());
  for (const Block& block : blocks) {
    memory[block.value] =
        mutable_view_of(graph.value(block.value).type(), inferred_.dims[block.value], arena_.get() + block.offset);
  }
  views_.resize(graph.value_count());
  for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
    const ValueView value = graph.value(index);
    views_[index] = memory[index].view();
    views_[index].type = value.type();
    views_[index].dims = inferred_.dims[index];
    if (value.is_constant()) views_[index] = view_of(value.type(), inferred_.dims[index], value.data());
    if (inferred_.known[index] != nullptr) views_[index] = inferred_.known[index]->view();
  }
  outputs_.resize(graph.operation_count());
  inputs_.resize(graph.operation_count());
  for (std::size_t index = 0; index < graph.operation_count(); ++index) {
    if (runs(index)) steps_.push_back(index);
    for (const std::uint32_t output : graph.operation(index).outputs()) outputs_[index].push_back(memory[output]);
    inputs_[index].resize(graph.operation(index).inputs().size());
  }
}

void Plan::run(std::span<const TensorView> inputs) {
  const GraphView& graph = model_.graph();
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    TensorView& view = views_[graph.inputs()[index]];
    view.values = inputs[index].values;
    view.data = inputs[index].data;
  }
  for (const std::size_t index : steps_) {
    const std::span<const std::uint32_t> sources = graph.operation(index).inputs();
    for (std::size_t input = 0; input < sources.size(); ++input) {
      inputs_[index][input] = sources[input] == GLK_NO_VALUE ? TensorView() : views_[sources[input]];
    }
    model_.operation(index).step(inputs_[index], outputs_[index]);
  }
}

}  // namespace goldilocks::graph
