// goldilocks._native: the C++ parts of the Python package. The package's own modules put its interface together; what
// is here takes and gives plain values.
#include <goldilocks/runtime.hpp>
#include <pybind11/pybind11.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/plugins/registry.hpp"
#include "sdk/python/src/bindings.hpp"

namespace goldilocks::python {
namespace {

namespace py = pybind11;

void raise(ExitCode code, const char* message) {
  const py::object make = py::module_::import("goldilocks.errors").attr("error_of");
  const py::object error = make(static_cast<int>(code), message);
  PyErr_SetObject(py::type::handle_of(error).ptr(), error.ptr());
}

ExitCode exit_code_of(runtime::Error::Kind kind) {
  switch (kind) {
    case runtime::Error::Kind::usage:
      return ExitCode::usage;
    case runtime::Error::Kind::model:
    case runtime::Error::Kind::data:
    case runtime::Error::Kind::system:
      return ExitCode::unreadable;
    case runtime::Error::Kind::plugin:
      return ExitCode::plugin;
    case runtime::Error::Kind::internal:
      break;
  }
  return ExitCode::internal;
}

void translate(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const runtime::Error& error) {
    raise(exit_code_of(error.kind()), error.what());
  } catch (const Error& error) {
    raise(error.exit_code(), error.what());
  }
}

// Messages go to Python's logger "goldilocks". There is no lock of its own: a thread that waits for the interpreter's
// lock must hold none that its holder may want.
class PythonSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    constexpr int levels[] = {5, 10, 20, 30, 40, 50, 100};  // Python's, by spdlog's
    const py::gil_scoped_acquire acquire;
    try {
      const std::string_view text(message.payload.data(), message.payload.size());
      const py::object logger = py::module_::import("logging").attr("getLogger")("goldilocks");
      logger.attr("log")(levels[message.level], "%s", py::str(text.data(), text.size()));
    } catch (const py::error_already_set&) {
      // A message that can't be logged is no reason to end the work.
    }
  }
  void flush_() override {}
};

py::list describe_plugins(const std::vector<std::filesystem::path>& plugin_path) {
  py::list result;
  std::vector<plugins::PluginInfo> found;
  {
    const py::gil_scoped_release release;
    found = plugins::Registry(plugins::default_search_path(plugin_path)).list();
  }
  for (const plugins::PluginInfo& plugin : found) {
    py::dict options;
    for (const plugins::OptionSpec& option : plugin.options) options[py::str(option.name)] = option.help;
    py::dict entry;
    entry["kind"] = to_text(plugin.kind);
    entry["name"] = plugin.name;
    entry["summary"] = plugin.summary;
    entry["version"] = plugin.version;
    entry["file"] = plugin.file.string();
    entry["options"] = options;
    entry["error"] = plugin.error;
    result.append(entry);
  }
  return result;
}

}  // namespace
}  // namespace goldilocks::python

PYBIND11_MODULE(_native, module) {
  using namespace goldilocks::python;  // NOLINT(google-build-using-namespace)
  pybind11::register_local_exception_translator(&translate);
  auto logger = std::make_shared<spdlog::logger>("goldilocks", std::make_shared<PythonSink>());
  logger->set_level(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  module.attr("version") = GOLDILOCKS_VERSION;
  bind_model(module);
  bind_samples(module);
  bind_commands(module);
  bind_run(module);
  module.def("plugins", &describe_plugins, pybind11::arg("plugin_path"));
}
