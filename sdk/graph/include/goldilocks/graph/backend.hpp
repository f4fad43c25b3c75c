#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <goldilocks/backend.hpp>
#include <goldilocks/graph/plain.hpp>

// Joins the plain model and session to the plugin interface: a backend that takes over some operations derives from
// Backend, and returns make_plain_model() with its StepMaker from create_model(). Header-only.
namespace goldilocks::graph {

class PlainBackendSession final : public Session {
 public:
  PlainBackendSession(const PlainModel& model, std::span<const std::uint32_t> wanted)
      : session_(model, wanted), wanted_count_(wanted.size()) {}

  void run(const Inputs& inputs, const Outputs& outputs) override {
    try {
      std::vector<TensorView> views;
      for (std::size_t index = 0; index < inputs.size(); ++index) views.push_back(view_of(inputs[index]));
      session_.run(views);
    } catch (const GraphError& error) {
      throw BadData(error.what());
    }
    for (std::size_t index = 0; index < wanted_count_; ++index) {
      const TensorView result = session_.output(index);
      std::ranges::copy(result.values, outputs.float32(index, result.dims).begin());
    }
  }

 private:
  PlainSession session_;
  std::size_t wanted_count_;
};

class PlainBackendModel final : public Model {
 public:
  PlainBackendModel(const glk_graph& graph, const StepMaker& make_step, const ShapeRule& custom_shapes)
      : model_(graph, make_step, custom_shapes) {}

  std::unique_ptr<Session> create_session(std::span<const std::uint32_t> wanted) override {
    return std::make_unique<PlainBackendSession>(model_, wanted);
  }

 private:
  PlainModel model_;
};

// Throws Unsupported for a graph that the kit can't run.
inline std::unique_ptr<Model> make_plain_model(const glk_graph& graph, const StepMaker& make_step = {},
                                               const ShapeRule& custom_shapes = {}) {
  try {
    return std::make_unique<PlainBackendModel>(graph, make_step, custom_shapes);
  } catch (const GraphError& error) {
    throw Unsupported(error.what());
  }
}

// What supports() returns of an operation that is left to the kit, or is one of the backend's own.
inline bool plain_supports(const glk_graph& graph, const glk_operation& operation, const OwnOperations& own = {}) {
  try {
    return is_supported(graph, OperationView(operation), own);
  } catch (const GraphError&) {
    return false;
  }
}

}  // namespace goldilocks::graph
