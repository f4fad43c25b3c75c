#include "session.hpp"

#include <cstring>
#include <string>

#include <goldilocks/error.hpp>
#include <goldilocks/graph/plain.hpp>

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
    : graph_(model.graph()), runner_(model, wanted), wanted_(wanted.size()), inputs_(model.graph().inputs().size()) {
  const graph::GraphView& graph = model.graph();
  for (const std::uint32_t value : wanted) {
    if (value >= graph.value_count()) throw InvalidArgument("a wanted value lies beyond the graph's values");
  }
  std::vector<graph::Dims> input_dims;
  bool fixed = true;
  for (const std::uint32_t input : graph.inputs()) {
    const std::span<const std::int64_t> dims = graph.value(input).dims();
    fixed = fixed && !graph::is_open(dims);
    input_dims.emplace_back(dims.begin(), dims.end());
  }
  if (fixed) translated([&] { runner_.prepare(input_dims); });
}

void OnednnSession::run(const Inputs& inputs, const Outputs& outputs) {
  if (inputs.size() != inputs_.size()) {
    throw InvalidArgument("the graph has " + std::to_string(inputs_.size()) + " inputs; " +
                          std::to_string(inputs.size()) + " are given");
  }
  translated([&] {
    for (std::size_t index = 0; index < inputs.size(); ++index) {
      inputs_[index] = graph::view_of(inputs[index]);
      graph::check_stated_type(graph_.value(graph_.inputs()[index]), inputs_[index].type);
    }
    runner_.run(inputs_);
    for (std::size_t index = 0; index < wanted_; ++index) {
      const graph::TensorView result = runner_.result(index);
      std::memcpy(outputs.buffer(index, result.type, result.dims), result.bytes(),
                  result.size() * graph::element_size(result.type));
    }
  });
}

}  // namespace goldilocks::onednn
