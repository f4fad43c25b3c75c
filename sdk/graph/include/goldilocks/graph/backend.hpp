#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <goldilocks/backend.hpp>
#include <goldilocks/graph/plain.hpp>
#include <goldilocks/graph/typed.hpp>

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
  PlainBackendModel(const glk_graph& graph, const StepMaker& make_step, const ShapeRule& custom_shapes,
                    std::uint64_t memory_limit)
      : model_(graph, make_step, custom_shapes, memory_limit) {}

  std::unique_ptr<Session> create_session(std::span<const std::uint32_t> wanted) override {
    return std::make_unique<PlainBackendSession>(model_, wanted);
  }

 private:
  PlainModel model_;
};

// The same for graphs on values of several types.
class TypedBackendSession final : public Session {
 public:
  TypedBackendSession(const TypedModel& model, std::span<const std::uint32_t> wanted)
      : model_(model), wanted_(wanted.begin(), wanted.end()) {}

  void run(const Inputs& inputs, const Outputs& outputs) override {
    try {
      std::vector<TypedTensor> tensors;
      for (std::size_t index = 0; index < inputs.size(); ++index) {
        tensors.push_back(copy_tensor(inputs[index].type, inputs.dims(index), inputs[index].data));
      }
      results_ = model_.run(tensors, wanted_);
    } catch (const GraphError& error) {
      throw BadData(error.what());
    }
    for (std::size_t index = 0; index < results_.size(); ++index) give(outputs, index);
  }

 private:
  void give(const Outputs& outputs, std::size_t index) const {
    const TypedTensor& result = results_[index];
    void* buffer = outputs.buffer(index, result.type(), result.dims);
    const auto copy = [&](const auto& elements) {
      using Element = typename std::decay_t<decltype(elements)>::value_type;
      if constexpr (std::is_same_v<Element, std::string>) {
        std::ranges::transform(elements, static_cast<const char**>(buffer), &std::string::c_str);
      } else {
        std::ranges::copy(elements, static_cast<Element*>(buffer));
      }
    };
    std::visit(copy, result.values);
  }

  const TypedModel& model_;
  std::vector<std::uint32_t> wanted_;
  std::vector<TypedTensor> results_;  // kept until the next run, for the strings in them
};

class TypedBackendModel final : public Model {
 public:
  explicit TypedBackendModel(const glk_graph& graph) : model_(graph) {}

  std::unique_ptr<Session> create_session(std::span<const std::uint32_t> wanted) override {
    return std::make_unique<TypedBackendSession>(model_, wanted);
  }

 private:
  TypedModel model_;
};

// Throws Unsupported for a graph that the kit can't run. `make_step` is asked for operations of float32 graphs only.
inline std::unique_ptr<Model> make_plain_model(const glk_graph& graph, const StepMaker& make_step = {},
                                               const ShapeRule& custom_shapes = {},
                                               std::uint64_t memory_limit = default_memory_limit) {
  try {
    if (is_typed(GraphView(graph))) return std::make_unique<TypedBackendModel>(graph);
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

// What supports() returns of an operation that is left to the kit, or is one of the backend's own.
inline bool plain_supports(const glk_graph& graph, const glk_operation& operation, const OwnOperations& own = {}) {
  try {
    return is_supported(graph, OperationView(operation), own);
  } catch (const GraphError&) {
    return false;
  }
}

}  // namespace goldilocks::graph
