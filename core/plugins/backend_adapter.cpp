// A backend behind the C interface as C++ objects. run() is called for every image: it allocates nothing once a
// session's tensors have their size.
#include "core/plugins/backend_adapter.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <goldilocks/element_type.hpp>

#include "core/base/error.hpp"
#include "core/plugins/factory_checks.hpp"
#include "core/plugins/host_services.hpp"
#include "core/plugins/option_accessor.hpp"
#include "core/plugins/plugin_call.hpp"
#include "core/plugins/session_outputs.hpp"
#include "core/plugins/struct_copy.hpp"

namespace goldilocks::plugins {
namespace {

class AdaptedSession final : public Session {
 public:
  AdaptedSession(const HostServices& host, const glk_backend_factory& factory, const glk_graph& graph, glk_model* model,
                 std::span<const std::uint32_t> wanted)
      : host_(host), factory_(factory), input_count_(graph.input_count), outputs_(graph, wanted) {
    const HostServices::Call call(host_);
    call_plugin([this] { return host_.label(); },
                [&](glk_error* error) {
                  return factory_.create_session(model, wanted.data(), wanted.size(), &session_, error);
                });
    if (session_ == nullptr) throw PluginError(host_.label(), "create_session() returned null");
  }

  ~AdaptedSession() override {
    if (factory_.destroy_session == nullptr) return;
    release_plugin_object([this] { return host_.label(); }, [this] { factory_.destroy_session(session_); });
  }
  AdaptedSession(const AdaptedSession&) = delete;
  AdaptedSession& operator=(const AdaptedSession&) = delete;
  AdaptedSession(AdaptedSession&&) = delete;
  AdaptedSession& operator=(AdaptedSession&&) = delete;

  const std::vector<Tensor>& run(std::span<const glk_tensor* const> inputs) override {
    call(inputs);
    return within([&] { return host_.label(); }, [&]() -> const std::vector<Tensor>& { return outputs_.collect(); });
  }

 private:
  void call(std::span<const glk_tensor* const> inputs) {
    if (inputs.size() != input_count_) {
      throw PluginError(host_.label(), fmt::format("given {} inputs of {}", inputs.size(), input_count_));
    }
    outputs_.reset();
    const HostServices::Call running(host_);
    call_plugin(
        [this] { return place_of_failure(); },
        [&](glk_error* error) { return factory_.run(session_, inputs.data(), inputs.size(), outputs_.get(), error); });
    if (const std::string problem = outputs_.problem(); !problem.empty()) {
      throw PluginError(host_.label(), problem);
    }
  }

  // A buffer that was refused shows up as a failure of the plugin; the host knows better why.
  std::string place_of_failure() const {
    return outputs_.refusal().empty() ? host_.label() : fmt::format("{}: {}", host_.label(), outputs_.refusal());
  }

  const HostServices& host_;
  const glk_backend_factory& factory_;
  std::size_t input_count_;
  SessionOutputs outputs_;
  glk_session* session_ = nullptr;
};

class AdaptedModel final : public BackendModel {
 public:
  AdaptedModel(const BackendPlugin& plugin, const glk_backend_factory& factory, const OptionValues& given,
               const glk_graph& graph, const std::filesystem::path& model_file)
      : factory_(factory), graph_(graph), host_(fmt::format("backend '{}'", plugin.name)) {
    const OptionValues values = complete_options(plugin.options, given);
    const OptionAccessor options(values);
    const HostServices::Call call(host_);
    call_plugin([this] { return host_.label(); },
                [&](glk_error* error) {
                  const char* path = model_file.empty() ? nullptr : model_file.c_str();
                  return factory_.create_model(host_.get(), options.get(), &graph_, path, &model_, error);
                });
    if (model_ == nullptr) throw PluginError(host_.label(), "create_model() returned null");
  }

  ~AdaptedModel() override {
    if (factory_.destroy_model == nullptr) return;
    release_plugin_object([this] { return host_.label(); }, [this] { factory_.destroy_model(model_); });
  }
  AdaptedModel(const AdaptedModel&) = delete;
  AdaptedModel& operator=(const AdaptedModel&) = delete;
  AdaptedModel(AdaptedModel&&) = delete;
  AdaptedModel& operator=(AdaptedModel&&) = delete;

  std::unique_ptr<Session> create_session(std::span<const std::uint32_t> wanted) const override {
    for (const std::uint32_t value : wanted) {
      if (value >= graph_.value_count) {
        throw PluginError(host_.label(), fmt::format("asked for value {} of {}", value, graph_.value_count));
      }
    }
    return std::make_unique<AdaptedSession>(host_, factory_, graph_, model_, wanted);
  }

 private:
  const glk_backend_factory& factory_;
  const glk_graph& graph_;
  HostServices host_;
  glk_model* model_ = nullptr;
};

class AdaptedBackend final : public BackendPlugin {
 public:
  AdaptedBackend(const PluginLibrary& library, const std::string& given_name, const glk_backend_factory& factory)
      : factory_(factory), supports_(supports_of(library)), types_(types_of(library)) {
    check_factory_name(library, "backend", factory_.name);
    check_member(library, factory_.create_model != nullptr, "create_model");
    check_member(library, factory_.create_session != nullptr, "create_session");
    check_member(library, factory_.run != nullptr, "run");
    describe_plugin(*this, library, given_name, factory_);
  }

  std::unique_ptr<BackendModel> create_model(const OptionValues& given, const glk_graph& graph,
                                             const std::filesystem::path& model_file) const override {
    check_types(graph);
    check_operations(given, graph);
    return std::make_unique<AdaptedModel>(*this, factory_, given, graph, model_file);
  }

 private:
  using Supported = std::vector<std::int32_t>;

  static decltype(glk_supports::supports) supports_of(const PluginLibrary& library) {
    const auto* given = static_cast<const glk_supports*>(get_extension(library, GLK_SUPPORTS_ID));
    return given == nullptr ? nullptr : copy_struct(given).supports;
  }

  // The types of values that the library says it takes; those of the first release where it says nothing.
  static std::vector<std::int32_t> types_of(const PluginLibrary& library) {
    const auto* given = static_cast<const glk_element_types*>(get_extension(library, GLK_ELEMENT_TYPES_ID));
    if (given == nullptr) return {GLK_FLOAT32, GLK_FLOAT16, GLK_FLOAT64, GLK_INT32, GLK_INT64, GLK_STRING};
    const glk_element_types known = copy_struct(given);
    return {known.types, known.types + known.type_count};
  }

  bool takes(const glk_graph& graph, std::uint32_t value) const {
    return value == GLK_NO_VALUE || value >= graph.value_count ||
           std::ranges::find(types_, graph.values[value]->type) != types_.end();
  }

  // A library that was built before a type was there must not meet it.
  void check_types(const glk_graph& graph) const {
    for (std::uint64_t index = 0; index < graph.operation_count; ++index) {
      const glk_operation& operation = *graph.operations[index];
      check_types(graph, operation, {operation.inputs, operation.input_count});
      for (std::uint64_t part = 0; part < operation.subgraph_count; ++part) check_types(*operation.subgraphs[part]);
      check_types(graph, operation, {operation.outputs, operation.output_count});
    }
    for (std::uint32_t value = 0; value < graph.value_count; ++value) {
      if (takes(graph, value)) continue;
      throw PluginError(fmt::format("'{}': backend '{}' doesn't take values of type {}", graph.values[value]->name,
                                    name, type_name(graph.values[value]->type)));
    }
  }

  void check_types(const glk_graph& graph, const glk_operation& operation,
                   std::span<const std::uint32_t> values) const {
    for (const std::uint32_t value : values) {
      if (takes(graph, value)) continue;
      throw PluginError(
          fmt::format("layer '{}': backend '{}' doesn't take values of type {}, which the operation '{}' has",
                      operation.layer, name, type_name(graph.values[value]->type), operation.type));
    }
  }

  // For each operation whether it can be run. A backend that doesn't say what it supports is taken to support
  // everything.
  Supported supported(const OptionAccessor& values, const glk_graph& graph) const {
    Supported answers(graph.operation_count, factory_.supports == nullptr && supports_ == nullptr ? 1 : 0);
    if (supports_ != nullptr) {
      call_plugin([&] { return fmt::format("backend '{}'", name); },
                  [&](glk_error* error) { return supports_(values.get(), &graph, answers.data(), error); });
    } else if (factory_.supports != nullptr) {
      for (std::uint64_t i = 0; i < graph.operation_count; ++i) {
        const glk_operation& operation = *graph.operations[i];
        call_plugin([&] { return fmt::format("layer '{}': backend '{}'", operation.layer, name); },
                    [&](glk_error* /*error*/) {
                      answers[i] = factory_.supports(&graph, &operation);
                      return GLK_OK;
                    });
      }
    }
    return answers;
  }

  // Of an operation that isn't supported because of what is in its subgraphs, that one; otherwise the operation itself.
  const glk_operation& culprit(const OptionAccessor& values, const glk_operation& operation) const {
    for (std::uint64_t part = 0; part < operation.subgraph_count; ++part) {
      const glk_graph& inner = *operation.subgraphs[part];
      const Supported answers = supported(values, inner);
      const auto denied = std::ranges::find(answers, 0);
      if (denied != answers.end()) return culprit(values, *inner.operations[denied - answers.begin()]);
    }
    return operation;
  }

  // Whether an operation with subgraphs is supported is the plugin's to say: it gets them with it.
  void check_operations(const OptionValues& given, const glk_graph& graph) const {
    const OptionValues values = complete_options(this->options, given);
    const OptionAccessor accessor(values);
    const Supported answers = supported(accessor, graph);
    const auto denied = std::ranges::find(answers, 0);
    if (denied == answers.end()) return;
    const glk_operation& first = culprit(accessor, *graph.operations[denied - answers.begin()]);
    const auto others = std::ranges::count(answers, 0) - 1;
    const std::string rest = others == 0 ? "" : fmt::format(" (and {} more of the model's operations)", others);
    throw PluginError(
        fmt::format("layer '{}': backend '{}' can't run the operation '{}'{}", first.layer, name, first.type, rest));
  }

  glk_backend_factory factory_;
  decltype(glk_supports::supports) supports_;
  std::vector<std::int32_t> types_;
};

}  // namespace

std::unique_ptr<BackendPlugin> adapt_backend(const PluginLibrary& library, const std::string& name) {
  const auto* factory = static_cast<const glk_backend_factory*>(get_factory(library, GLK_BACKEND_ID));
  return std::make_unique<AdaptedBackend>(library, name, copy_struct(factory));
}

}  // namespace goldilocks::plugins
