#include "plan_runner.hpp"

#include "finite.hpp"
#include "single_thread.hpp"

namespace goldilocks::onednn {

PlanRunner::PlanRunner(OnednnModel& model, std::span<const std::uint32_t> wanted)
    : model_(model), wanted_(wanted.begin(), wanted.end()) {
  input_dims_.resize(model.graph().inputs().size());
  values_.resize(input_dims_.size());
}

void PlanRunner::bind(const std::vector<graph::Dims>& input_dims, bool every_number) {
  if (binding_ != nullptr && bound_every_number_ == every_number && bound_dims_ == input_dims) return;
  binding_.reset();  // its memory is free before more is asked for
  binding_ = std::make_unique<Binding>(model_.plan(input_dims, wanted_, every_number), model_.engine());
  bound_dims_ = input_dims;
  bound_every_number_ = every_number;
}

void PlanRunner::run(std::span<const graph::TensorView> inputs) {
  bool finite = true;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    input_dims_[index].assign(inputs[index].dims.begin(), inputs[index].dims.end());
    values_[index] = inputs[index].values.data();
    finite = finite && all_finite(inputs[index].values);
  }
  const SingleThread single_thread;
  bind(input_dims_, !finite);
  binding_->run(values_);
}

graph::TensorView PlanRunner::result(std::size_t index) const {
  const graph::Dims& dims = binding_->plan().results[index].dims;
  return {dims, {binding_->result(index), static_cast<std::size_t>(graph::element_count(dims))}};
}

}  // namespace goldilocks::onednn
