#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "binding.hpp"
#include "model.hpp"

namespace goldilocks::onednn {

// Runs a model on inputs of whatever shapes, by plans that are bound to memory of its own. One thread at a time; the
// model must outlive it. What is thrown: GraphError, dnnl::error.
class PlanRunner {
 public:
  PlanRunner(OnednnModel& model, std::span<const std::uint32_t> wanted);

  // Makes ready for inputs of these shapes; a run on such inputs then allocates nothing.
  void prepare(const std::vector<graph::Dims>& input_dims) { bind(input_dims, false); }

  // `inputs` in the order of the graph's. Their values are read where they are.
  void run(std::span<const graph::TensorView> inputs);

  // The wanted value at `index`, until the next run.
  graph::TensorView result(std::size_t index) const;

 private:
  // The plan for inputs, bound to memory: the present one if it fits.
  void bind(const std::vector<graph::Dims>& input_dims, bool every_number);

  OnednnModel& model_;
  std::vector<std::uint32_t> wanted_;
  std::vector<graph::Dims> input_dims_;  // of the present run
  std::vector<const float*> values_;     // likewise
  std::unique_ptr<Binding> binding_;
  std::vector<graph::Dims> bound_dims_;
  bool bound_every_number_ = false;
};

}  // namespace goldilocks::onednn
