// A model ready to predict: runtime::Model with Python's values.
#include <goldilocks/runtime.hpp>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "core/base/error.hpp"
#include "sdk/python/src/bindings.hpp"
#include "sdk/python/src/values.hpp"
#include "sdk/python/src/work.hpp"

namespace goldilocks::python {
namespace {

using runtime::Feature;
using runtime::Values;

const Feature* find(const std::vector<Feature>& features, const std::string& name) {
  for (const Feature& feature : features) {
    if (feature.name == name) return &feature;
  }
  return nullptr;
}

// What a sequence of predictions hands on. One prediction at a time, as Core ML asks, too.
class ModelState {
 public:
  explicit ModelState(const runtime::Model& model) : state_(model.make_state()) {}

  runtime::State& values() { return state_; }

  py::object read(const std::string& name) const {
    runtime::Value copy = present(name);
    return to_python(std::move(copy));
  }

  void write(const std::string& name, const py::object& given) {
    const auto& before = std::get<runtime::Array>(present(name));
    Feature feature;
    feature.name = name;
    feature.type = "an array";
    feature.element_type = before.type;
    feature.shape = before.shape;
    std::vector<py::object> owners;
    runtime::Value value = to_value(given, name, &feature, owners);
    const auto* array = std::get_if<runtime::Array>(&value);
    if (array == nullptr || array->shape != before.shape) {
      std::string shape;
      for (const std::int64_t size : before.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
      throw UsageError("state '" + name + "': takes an array of the shape [" + shape + "] and no other");
    }
    state_.set(name, runtime::Array{array->type, array->shape, {array->bytes().begin(), array->bytes().end()}});
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : state_.values()) names.push_back(name);
    return names;
  }

 private:
  const runtime::Value& present(const std::string& name) const {
    const auto found = state_.values().find(name);
    if (found == state_.values().end()) throw UsageError("the model has no state '" + name + "'");
    return found->second;
  }

  runtime::State state_;
};

class Model {
 public:
  Model(const std::filesystem::path& file, const std::string& backend,
        const std::map<std::string, std::string>& backend_options,
        const std::vector<std::filesystem::path>& plugin_path, const std::string& function)
      : model_(load(file, {.backend = backend,
                           .backend_options = backend_options,
                           .plugin_path = plugin_path,
                           .function_name = function})) {}

  py::object predict(const py::dict& data, ModelState* state) const {
    const Inputs inputs = inputs_of(data);
    Values outputs;
    {
      const py::gil_scoped_release release;
      outputs = state == nullptr ? model_.predict(inputs.values) : model_.predict(inputs.values, state->values());
    }
    return results(std::move(outputs));
  }

  py::list predict_all(const py::list& data, std::size_t threads) const {
    std::vector<Values> batch;
    std::vector<py::object> owners;
    for (const py::handle& sample : data) {
      Inputs inputs = inputs_of(py::reinterpret_borrow<py::dict>(sample));
      batch.push_back(std::move(inputs.values));
      std::move(inputs.owners.begin(), inputs.owners.end(), std::back_inserter(owners));
    }
    std::vector<Values> outputs;
    run_interruptibly([&] { outputs = model_.predict(batch, threads); });
    py::list all;
    for (Values& values : outputs) all.append(results(std::move(values)));
    return all;
  }

  ModelState make_state() const {
    if (model_.states().empty()) {
      throw UsageError(
          "the model has no state: only models that hand values on from one prediction to the next have one");
    }
    return ModelState(model_);
  }

  py::list inputs() const { return described(model_.inputs()); }
  py::list outputs() const { return described(model_.outputs()); }
  const runtime::Metadata& metadata() const { return model_.metadata(); }
  const std::string& label_output() const { return model_.label_output(); }
  const std::string& probabilities_output() const { return model_.probabilities_output(); }

 private:
  static runtime::Model load(const std::filesystem::path& file, const runtime::LoadOptions& options) {
    const py::gil_scoped_release release;
    return runtime::Model::load(file, options);
  }

  Inputs inputs_of(const py::dict& data) const {
    Inputs inputs;
    for (const auto& [key, value] : data) {
      if (!py::isinstance<py::str>(key)) throw py::type_error("the names of inputs are str");
      const auto name = key.cast<std::string>();
      inputs.values.emplace(name, to_value(value, name, find(model_.inputs(), name), inputs.owners));
    }
    return inputs;
  }

  // In the order of the model's description.
  py::dict results(Values outputs) const {
    py::dict result;
    for (const Feature& feature : model_.outputs()) {
      const auto found = outputs.find(feature.name);
      if (found != outputs.end()) result[py::str(feature.name)] = to_python(std::move(found->second));
    }
    return result;
  }

  static py::list described(const std::vector<Feature>& features) {
    py::list result;
    for (const Feature& feature : features) {
      py::dict entry;
      entry["name"] = feature.name;
      entry["description"] = feature.description;
      entry["type"] = feature.type;
      entry["shape"] = py::tuple(py::cast(feature.shape));
      entry["optional"] = feature.optional;
      result.append(entry);
    }
    return result;
  }

  runtime::Model model_;
};

}  // namespace

void bind_model(py::module_& module) {
  py::class_<ModelState>(module, "State")
      .def("read", &ModelState::read)
      .def("write", &ModelState::write)
      .def_property_readonly("names", &ModelState::names);
  py::class_<runtime::Metadata>(module, "Metadata")
      .def_readonly("short_description", &runtime::Metadata::short_description)
      .def_readonly("author", &runtime::Metadata::author)
      .def_readonly("license", &runtime::Metadata::license)
      .def_readonly("version", &runtime::Metadata::version)
      .def_readonly("user_defined", &runtime::Metadata::user_defined);
  py::class_<Model>(module, "Model")
      .def(py::init<const std::filesystem::path&, const std::string&, const std::map<std::string, std::string>&,
                    const std::vector<std::filesystem::path>&, const std::string&>())
      .def("predict", &Model::predict, py::arg("data"), py::arg("state").none(true))
      .def("predict_all", &Model::predict_all)
      .def("make_state", &Model::make_state)
      .def_property_readonly("inputs", &Model::inputs)
      .def_property_readonly("outputs", &Model::outputs)
      .def_property_readonly("metadata", &Model::metadata)
      .def_property_readonly("label_output", &Model::label_output)
      .def_property_readonly("probabilities_output", &Model::probabilities_output);
}

}  // namespace goldilocks::python
