#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <goldilocks/abi.h>
#include <goldilocks/backend.hpp>
#include <goldilocks/graph/graph.hpp>

#include "compile.hpp"
#include "plan.hpp"

namespace goldilocks::onednn {

// A network: its graph, its weights in oneDNN's layouts, and the plans that were made so far. Any thread.
class OnednnModel final : public Model {
 public:
  // The graph must outlive it. Throws GraphError if it is malformed.
  OnednnModel(const glk_graph& graph, bool winograd, std::uint64_t memory_limit);

  std::unique_ptr<Session> create_session(std::span<const std::uint32_t> wanted) override;

  const graph::GraphView& graph() const { return graph_; }
  const dnnl::engine& engine() const { return context_.engine; }

  // The plan for these input shapes and wanted values. Those used last are kept, for sessions to share; the model must
  // outlive it.
  std::shared_ptr<const Plan> plan(const std::vector<graph::Dims>& input_dims, const std::vector<std::uint32_t>& wanted,
                                   bool every_number);

 private:
  struct Entry {
    std::vector<graph::Dims> input_dims;
    std::vector<std::uint32_t> wanted;
    bool every_number;
    std::shared_ptr<const Plan> plan;
  };

  ModelContext context_;
  graph::GraphView graph_;
  bool finite_constants_;
  std::mutex mutex_;
  std::list<Entry> plans_;  // guarded by mutex_; the one used last first
};

}  // namespace goldilocks::onednn
