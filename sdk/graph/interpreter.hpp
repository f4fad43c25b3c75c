#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include <goldilocks/graph/plain.hpp>

namespace goldilocks::graph {

// Runs a graph whose shapes are found only on the way: operation by operation, each result in memory of its own that is
// given back when nothing will read it any more. One thread at a time; the model must outlive it.
class Interpreter {
 public:
  Interpreter(const PlainModel& model, std::span<const std::uint32_t> wanted);

  void run(std::span<const TensorView> inputs);
  // Of a wanted value, until the next run; without values where the run gave it none.
  TensorView value(std::uint32_t index) const;

 private:
  // A tensor, and its share of the memory that it lies in (null for what belongs to someone else). Without data:
  // absent.
  struct Tensor {
    std::int32_t type = GLK_FLOAT32;
    Dims dims;
    const void* data = nullptr;
    std::shared_ptr<void> memory;

    bool present() const { return data != nullptr; }
    TensorView view() const { return present() ? view_of(type, dims, data) : TensorView(); }
  };
  using Tensors = std::vector<Tensor>;

  // The loop around an operation.
  struct Loop {
    Tensors variables;
    std::uint64_t iteration = 0;
    std::uint64_t limit = 0;
  };
  // How a graph came to its end.
  enum class End { reached, loop_ended, iteration_ended };

  static Tensors start(const PlainModel& model);
  void check_room(const OperationView& operation, std::uint64_t bytes) const;
  Tensor make_tensor(const OperationView& operation, std::int32_t type, const Dims& dims);
  void produce(const PlainModel& model, std::size_t index, std::span<const TensorView> inputs, Tensors& values);
  static void end_iteration(const OperationView& operation, std::size_t first, const Tensors& values, Loop& loop);

  bool is_needed(const PlainModel& model, std::size_t operation) const;
  End run_graph(const PlainModel& model, Tensors& values, const std::vector<bool>& kept, Loop* loop);
  void run_step(const PlainModel& model, std::size_t index, Tensors& values);
  End run_branch(const PlainModel& model, std::size_t index, Tensors& values, Loop* loop);
  void run_loop(const PlainModel& model, std::size_t index, Tensors& values);
  End run_iteration(const PlainModel& body, Tensors& inner, Loop& loop);

  const PlainModel& model_;
  std::vector<bool> wanted_;  // by value
  std::vector<bool> needed_;  // by operation of the model's graph
  std::uint64_t bytes_ = 0;   // of all tensors made that are alive; outlives them
  Tensors values_;
  std::unordered_map<const glk_operation*, std::uint64_t> draws_;  // how often one with random numbers has run
};

}  // namespace goldilocks::graph
