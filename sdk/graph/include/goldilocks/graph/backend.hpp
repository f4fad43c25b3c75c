#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <string>
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
    texts_.clear();
    for (std::size_t index = 0; index < wanted_count_; ++index) give(outputs, index);
  }

 private:
  void give(const Outputs& outputs, std::size_t index) {
    const TensorView result = session_.output(index);
    void* buffer = outputs.buffer(index, result.type, result.dims);
    if (result.type != GLK_STRING) {
      if (result.size() > 0) std::memcpy(buffer, result.bytes(), result.size() * element_size(result.type));
      return;
    }
    // Texts may be the inputs', which the host takes away.
    std::ranges::transform(result.elements<const char*>(), static_cast<const char**>(buffer),
                           [this](const char* text) { return texts_.emplace_back(text).c_str(); });
  }

  PlainSession session_;
  std::size_t wanted_count_;
  std::deque<std::string> texts_;  // of the last run
};

class PlainBackendModel final : public Model {
 public:
  PlainBackendModel(const glk_graph& graph, const StepMaker& make_step, const ShapeRule& custom_shapes,
                    std::uint64_t memory_limit)
      : model_(graph, make_step, custom_shapes, memory_limit) {}

  std::unique_ptr<Session> create_session(std::span<const std::uint32_t> wanted) override {
    return std::make_unique<PlainBackendSession>(model_, wanted);
  }

 private:
  PlainModel model_;
};

// Throws Unsupported for a graph that the kit can't run.
inline std::unique_ptr<Model> make_plain_model(const glk_graph& graph, const StepMaker& make_step = {},
                                               const ShapeRule& custom_shapes = {},
                                               std::uint64_t memory_limit = default_memory_limit) {
  try {
    return std::make_unique<PlainBackendModel>(graph, make_step, custom_shapes, memory_limit);
  } catch (const GraphError& error) {
    throw Unsupported(error.what());
  }
}

// The option `memory_limit`, for backends that hand it on to the kit.
class MemoryLimit {
 public:
  void declare(Options& options) {
    options.number("memory_limit", &gibibytes_, "GiB that the values of one run may take; one that needs more fails")
        .range(0, 1 << 20U);
  }
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(gibibytes_ * (1 << 30U)); }

 private:
  double gibibytes_ = 8;
};

// The types of values that the kit takes, for element_types().
inline std::span<const std::int32_t> plain_element_types() {
  static constexpr std::int32_t types[] = {GLK_FLOAT32, GLK_FLOAT16, GLK_FLOAT64, GLK_INT32, GLK_INT64,  GLK_STRING,
                                           GLK_BOOL,    GLK_INT8,    GLK_INT16,   GLK_UINT8, GLK_UINT16, GLK_UINT32};
  return types;
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
