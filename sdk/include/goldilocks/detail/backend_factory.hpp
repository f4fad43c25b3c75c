#pragma once

// The C side of a C++ backend. Handles are pointers to C++ objects; every function is a border that no exception
// passes.
#include <cstring>
#include <memory>

#include <goldilocks/backend.hpp>
#include <goldilocks/detail/factory_base.hpp>

namespace goldilocks::detail {

// Members go in the reverse order: the model before the backend whose options it may read.
struct ModelHandle {
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Model> model;
};

template <class Class>
class BackendFactory : private FactoryBase<Class, Backend> {
 public:
  BackendFactory(const char* name, const char* summary) {
    this->describe(factory_, name, summary);
    factory_.supports = &supports;
    factory_.create_model = &create_model;
    factory_.destroy_model = &destroy_model;
    factory_.create_session = &create_session;
    factory_.destroy_session = &destroy_session;
    factory_.run = &run;
  }

  const glk_backend_factory* get() const { return &factory_; }
  using FactoryBase<Class, Backend>::prototype;

  // One per class, made at the first call and never destroyed: the host may use it until the process ends.
  static const BackendFactory& instance(const char* name, const char* summary) {
    static const auto* const factory = new BackendFactory(name, summary);
    return *factory;
  }

  static const void* get_extension(const char* id) noexcept {
    static constexpr glk_supports answers = {sizeof(glk_supports), 0, &supports_graph};
    if (std::strcmp(id, GLK_SUPPORTS_ID) == 0) return &answers;
    return std::strcmp(id, GLK_ELEMENT_TYPES_ID) == 0 ? element_types() : nullptr;
  }

 private:
  static const glk_element_types* element_types() noexcept {
    const std::span<const std::int32_t> types = instance("", "").prototype().element_types();
    static const glk_element_types result = {sizeof(glk_element_types), 0, types.data(), types.size()};
    return &result;
  }

  static glk_status supports_graph(const glk_options* options, const glk_graph* graph, std::int32_t* supported,
                                   glk_error* error) {
    return guarded(error, [&] {
      const auto backend = make_configured<Class, Backend>(nullptr, options);
      for (std::uint64_t i = 0; i < graph->operation_count; ++i) {
        guarded(nullptr, [&] { supported[i] = backend->supports(*graph, *graph->operations[i]) ? 1 : 0; });
      }
    });
  }

  static std::int32_t supports(const glk_graph* graph, const glk_operation* operation) {
    // The C interface passes no factory; the names are of no account here, as the factory exists already.
    bool supported = false;
    const glk_status status =
        guarded(nullptr, [&] { supported = instance("", "").prototype().supports(*graph, *operation); });
    return status == GLK_OK && supported ? 1 : 0;
  }

  static glk_status create_model(const glk_host* host, const glk_options* options, const glk_graph* graph,
                                 const char* path, glk_model** model, glk_error* error) {
    return guarded(error, [&] {
      auto handle = std::make_unique<ModelHandle>();
      handle->backend = make_configured<Class, Backend>(host, options);
      handle->model = handle->backend->create_model(*graph, path == nullptr ? "" : path);
      if (handle->model == nullptr) throw Failure(GLK_ERROR_INTERNAL, "create_model() returned no model");
      *model = reinterpret_cast<glk_model*>(handle.release());
    });
  }

  static void destroy_model(glk_model* model) { delete reinterpret_cast<ModelHandle*>(model); }

  static glk_status create_session(glk_model* model, const std::uint32_t* wanted, std::uint64_t wanted_count,
                                   glk_session** session, glk_error* error) {
    return guarded(error, [&] {
      auto created = reinterpret_cast<ModelHandle*>(model)->model->create_session({wanted, wanted_count});
      if (created == nullptr) throw Failure(GLK_ERROR_INTERNAL, "create_session() returned no session");
      *session = reinterpret_cast<glk_session*>(created.release());
    });
  }

  static void destroy_session(glk_session* session) { delete reinterpret_cast<Session*>(session); }

  static glk_status run(glk_session* session, const glk_tensor* const* inputs, std::uint64_t input_count,
                        const glk_outputs* outputs, glk_error* error) {
    return guarded(error,
                   [&] { reinterpret_cast<Session*>(session)->run(Inputs(inputs, input_count), Outputs(outputs)); });
  }

  glk_backend_factory factory_{};
};

template <class Class>
const glk_backend_factory* backend_factory(const char* name, const char* summary) {
  return BackendFactory<Class>::instance(name, summary).get();
}

}  // namespace goldilocks::detail
