#include "session.hpp"

#include <algorithm>
#include <string>

#include <goldilocks/error.hpp>
#include <goldilocks/graph/plain.hpp>

#include "finite.hpp"
#include "single_thread.hpp"

namespace goldilocks::onednn {
namespace {

// Runs the body; errors of a graph and of oneDNN become the SDK's.
template <class Body>
void translated(const Body& body) {
  try {
    body();
  } catch (const graph::GraphError& error) {
    throw BadData(error.what());
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw Failure(GLK_ERROR_INTERNAL, "oneDNN: " + std::string(error.what()));
  }
}

}  // namespace

OnednnSession::OnednnSession(OnednnModel& model, std::span<const std::uint32_t> wanted)
    : model_(model), wanted_(wanted.begin(), wanted.end()) {
  const graph::GraphView& graph = model.graph();
  for (const std::uint32_t value : wanted) {
    if (value >= graph.value_count()) throw InvalidArgument("a wanted value lies beyond the graph's values");
  }
  bool fixed = true;
  for (const std::uint32_t input : graph.inputs()) {
    const std::span<const std::int64_t> dims = graph.value(input).dims();
    fixed = fixed && std::ranges::find(dims, -1) == dims.end();
    input_dims_.emplace_back(dims.begin(), dims.end());
  }
  values_.resize(graph.inputs().size());
  if (fixed) translated([&] { bind(false); });
}

Binding& OnednnSession::bind(bool every_number) {
  if (binding_ == nullptr || bound_every_number_ != every_number || bound_dims_ != input_dims_) {
    binding_.reset();  // its memory is free before more is asked for
    binding_ = std::make_unique<Binding>(model_.plan(input_dims_, wanted_, every_number), model_.engine());
    bound_dims_ = input_dims_;
    bound_every_number_ = every_number;
  }
  return *binding_;
}

void OnednnSession::run(const Inputs& inputs, const Outputs& outputs) {
  if (inputs.size() != values_.size()) {
    throw InvalidArgument("the graph has " + std::to_string(values_.size()) + " inputs; " +
                          std::to_string(inputs.size()) + " are given");
  }
  translated([&] {
    bool finite = true;
    for (std::size_t index = 0; index < inputs.size(); ++index) {
      const graph::TensorView view = graph::view_of(inputs[index]);
      input_dims_[index].assign(view.dims.begin(), view.dims.end());
      values_[index] = view.values.data();
      finite = finite && all_finite(view.values);
    }
    const SingleThread single_thread;
    Binding& binding = bind(!finite);
    binding.run(values_);
    for (std::size_t index = 0; index < wanted_.size(); ++index) {
      const std::span<float> target = outputs.float32(index, binding.plan().results[index].dims);
      std::copy_n(binding.result(index), target.size(), target.data());
    }
  });
}

}  // namespace goldilocks::onednn
