#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <goldilocks/graph/plain.hpp>

#include "memory.hpp"

namespace goldilocks::graph {

// All that depends on the shapes of the inputs, for a model whose shapes all follow from those: every value's shape,
// and its place in one arena. One thread at a time.
class Plan {
 public:
  // Throws GraphError for shapes that don't fit the graph.
  Plan(const PlainModel& model, std::span<const std::uint32_t> wanted, std::span<const TensorView> inputs);

  // Whether it was made for inputs of these shapes.
  bool fits(std::span<const TensorView> inputs) const;

  void run(std::span<const TensorView> inputs);
  // Of any value; without values where nothing gives it.
  TensorView value(std::uint32_t index) const { return views_[index]; }

 private:
  struct Block;

  void infer(std::span<const TensorView> inputs);
  bool runs(std::size_t operation) const;
  std::vector<Block> lifetimes(std::span<const std::uint32_t> wanted) const;
  void lay_out(std::span<const std::uint32_t> wanted);
  static std::size_t place(std::vector<Block>& blocks);

  const PlainModel& model_;
  std::vector<Dims> input_dims_;  // of the graph's inputs
  std::vector<bool> needed_;      // by operation
  InferredGraph inferred_;
  std::vector<std::size_t> steps_;                       // the operations that run
  std::vector<TensorView> views_;                        // of each value
  std::vector<std::vector<TensorView>> inputs_;          // of each operation
  std::vector<std::vector<MutableTensorView>> outputs_;  // of each operation
  Memory arena_;
};

}  // namespace goldilocks::graph
