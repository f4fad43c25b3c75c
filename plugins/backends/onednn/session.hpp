#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <goldilocks/backend.hpp>
#include <goldilocks/graph/graph.hpp>

#include "binding.hpp"
#include "model.hpp"

namespace goldilocks::onednn {

// Runs a model in memory of its own. One thread at a time; the model must outlive it.
class OnednnSession final : public Session {
 public:
  // Where the graph's shapes are fixed, all is made ready here, and a first run is like any other. Throws Failure.
  OnednnSession(OnednnModel& model, std::span<const std::uint32_t> wanted);

  void run(const Inputs& inputs, const Outputs& outputs) override;

 private:
  // The plan for inputs, bound to memory: the present one if it fits.
  Binding& bind(bool every_number);

  OnednnModel& model_;
  std::vector<std::uint32_t> wanted_;
  std::vector<graph::Dims> input_dims_;  // of the inputs to be run
  std::vector<const float*> values_;     // likewise
  std::unique_ptr<Binding> binding_;
  std::vector<graph::Dims> bound_dims_;
  bool bound_every_number_ = false;
};

}  // namespace goldilocks::onednn
