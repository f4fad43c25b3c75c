#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <goldilocks/backend.hpp>
#include <goldilocks/graph/kernel.hpp>

#include "model.hpp"
#include "plan_runner.hpp"

namespace goldilocks::onednn {

// Runs a model in memory of its own. One thread at a time; the model must outlive it.
class OnednnSession final : public Session {
 public:
  // Where the graph's shapes are fixed, all is made ready here, and a first run is like any other. Throws Failure.
  OnednnSession(OnednnModel& model, std::span<const std::uint32_t> wanted);

  void run(const Inputs& inputs, const Outputs& outputs) override;

 private:
  const graph::GraphView& graph_;
  PlanRunner runner_;
  std::size_t wanted_;
  std::vector<graph::TensorView> inputs_;  // of the present run
};

}  // namespace goldilocks::onednn
