#include "plan_runner.hpp"

#include "finite.hpp"
#include "single_thread.hpp"

namespace goldilocks::onednn {

PlanRunner::PlanRunner(OnednnModel& model, std::span<const std::uint32_t> wanted)
    : model_(model), wanted_(wanted.begin(), wanted.end()) {
  input_dims_.resize(model.graph().inputs().size());
  values_.resize(input_dims_.size());
}

void PlanRunner::bind(Bound& bound, const std::vector<graph::Dims>& input_dims, bool every_number) {
  if (bound.binding != nullptr && bound.input_dims == input_dims) return;
  bound.binding.reset();  // its memory is free before more is asked for
  bound.binding = std::make_unique<Binding>(model_.plan(input_dims, wanted_, every_number), model_.engine());
  bound.input_dims = input_dims;
}

void PlanRunner::run(Bound& bound) {
  bind(bound, input_dims_, &bound == &every_number_);
  bound.binding->run(values_);
  last_ = bound.binding.get();
}

void PlanRunner::run(std::span<const graph::TensorView> inputs) {
  bool finite = true;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    input_dims_[index].assign(inputs[index].dims.begin(), inputs[index].dims.end());
    values_[index] = inputs[index].bytes();
    finite = finite && all_finite(inputs[index].values);
  }
  const SingleThread single_thread;
  if (finite) run(usual_);
  if (!finite || !results_are_finite()) run(every_number_);
}

bool PlanRunner::results_are_finite() const {
  for (std::size_t index = 0; index < wanted_.size(); ++index) {
    if (!all_finite(result(index).values)) return false;
  }
  return true;
}

graph::TensorView PlanRunner::result(std::size_t index) const { return last_->result(index); }

}  // namespace goldilocks::onednn
