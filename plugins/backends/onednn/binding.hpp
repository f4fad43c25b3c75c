#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include <goldilocks/graph/kernel.hpp>
#include <oneapi/dnnl/dnnl.hpp>

#include "arena.hpp"
#include "plan.hpp"

namespace goldilocks::onednn {

// A plan with the memory of one session: every step knows its addresses, and run() allocates nothing. One thread at a
// time.
class Binding {
 public:
  Binding(std::shared_ptr<const Plan> plan, const dnnl::engine& engine);
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

  const Plan& plan() const { return *plan_; }

  // Runs all steps on row-major inputs, which are read where they are. Throws GraphError naming the layer.
  void run(std::span<const void* const> inputs);

  // The result at `index`; valid until the next run.
  graph::TensorView result(std::size_t index) const;

 private:
  struct PrimitiveCall {
    const PrimitiveStep* step;
    std::vector<dnnl_exec_arg_t> arguments;
  };
  struct KernelCall {
    const KernelStep* step;
    std::vector<graph::TensorView> inputs;
    std::vector<graph::MutableTensorView> outputs;
  };
  struct OwnCall {
    const OwnStep* step;
    std::vector<const float*> sources;
    std::vector<float*> targets;
  };
  // Addresses that follow an input of the host.
  struct InputUse {
    std::size_t input;
    std::size_t offset;  // bytes
    dnnl::memory memory;
    graph::TensorView* view = nullptr;  // or this, for a plain kernel
    const float** source = nullptr;     // or this, for one of our own
  };

  void bind(const PrimitiveStep& step, const dnnl::engine& engine);
  void bind(const KernelStep& step);
  void bind(const OwnStep& step);
  void call(const PrimitiveCall& primitive) const;
  // The slot's address; null as long as it lies in an input, which is then told.
  std::byte* address(SlotId slot, std::size_t* input, std::size_t* offset) const;
  void set_inputs(std::span<const void* const> inputs);

  std::shared_ptr<const Plan> plan_;
  dnnl::stream stream_;
  AlignedBytes arena_;
  AlignedBytes scratch_;
  std::vector<dnnl::memory> memories_;  // owners of the handles in the calls
  std::vector<std::variant<PrimitiveCall, KernelCall, OwnCall>> calls_;
  std::vector<InputUse> input_uses_;
  std::vector<const void*> inputs_;  // of the last run
};

}  // namespace goldilocks::onednn
