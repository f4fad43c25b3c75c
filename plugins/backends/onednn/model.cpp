#include "model.hpp"

#include <algorithm>

#include "finite.hpp"
#include "session.hpp"

namespace goldilocks::onednn {
namespace {

// Inputs of ever new sizes must not fill the memory with plans.
constexpr std::size_t kept_plans = 16;

bool has_finite_constants(const graph::GraphView& graph) {
  for (std::uint32_t index = 0; index < graph.value_count(); ++index) {
    if (!all_finite(graph.value(index).floats())) return false;
  }
  return true;
}

}  // namespace

OnednnModel::OnednnModel(const glk_graph& graph, bool winograd, std::uint64_t memory_limit)
    : graph_(graph), finite_constants_(has_finite_constants(graph_)) {
  context_.winograd = winograd;
  context_.memory_limit = memory_limit;
}

std::unique_ptr<Session> OnednnModel::create_session(std::span<const std::uint32_t> wanted) {
  return std::make_unique<OnednnSession>(*this, wanted);
}

std::shared_ptr<const Plan> OnednnModel::plan(const std::vector<graph::Dims>& input_dims,
                                              const std::vector<std::uint32_t>& wanted, bool every_number) {
  every_number = every_number || !finite_constants_;
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(plans_, [&](const Entry& entry) {
    return entry.every_number == every_number && entry.wanted == wanted && entry.input_dims == input_dims;
  });
  if (found != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, found);
    return found->plan;
  }
  auto plan = std::make_shared<const Plan>(compile(context_, graph_, input_dims, wanted, every_number));
  plans_.push_front({input_dims, wanted, every_number, plan});
  if (plans_.size() > kept_plans) plans_.pop_back();
  return plan;
}

}  // namespace goldilocks::onednn
