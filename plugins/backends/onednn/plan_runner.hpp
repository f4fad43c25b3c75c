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
  void prepare(const std::vector<graph::Dims>& input_dims) { bind(usual_, input_dims, false); }

  // `inputs` in the order of the graph's. Their values are read where they are. Where they, or what comes out, are not
  // finite, the results are those of a plan that treats every number as the kit's kernels do.
  void run(std::span<const graph::TensorView> inputs);

  // The wanted value at `index`, until the next run.
  graph::TensorView result(std::size_t index) const;

 private:
  // A plan for inputs of these shapes, bound to memory.
  struct Bound {
    std::unique_ptr<Binding> binding;
    std::vector<graph::Dims> input_dims;
  };
  void bind(Bound& bound, const std::vector<graph::Dims>& input_dims, bool every_number);
  void run(Bound& bound);
  bool results_are_finite() const;

  OnednnModel& model_;
  std::vector<std::uint32_t> wanted_;
  std::vector<graph::Dims> input_dims_;  // of the present run
  std::vector<const void*> values_;      // likewise
  Bound usual_;
  Bound every_number_;
  const Binding* last_ = nullptr;  // that ran; has the results
};

}  // namespace goldilocks::onednn
