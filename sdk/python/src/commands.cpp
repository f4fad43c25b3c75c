// quantize, evaluate and compare: the requests of core/pipeline/single, filled from plain values.
#include <mutex>
#include <utility>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/pipeline/single/compare_models.hpp"
#include "core/pipeline/single/single.hpp"
#include "sdk/python/src/bindings.hpp"
#include "sdk/python/src/callables.hpp"
#include "sdk/python/src/documents.hpp"
#include "sdk/python/src/samples.hpp"
#include "sdk/python/src/settings.hpp"
#include "sdk/python/src/work.hpp"

namespace goldilocks::python {

plugins::Registry registry_of(const Paths& plugin_path) {
  static std::mutex mutex;
  static std::map<Paths, plugins::Registry> made;
  const Paths places = plugins::default_search_path(plugin_path);
  const std::scoped_lock lock(mutex);
  return made.try_emplace(places, places).first->second;
}

plugins::TextOptions text_options(const std::map<std::string, std::string>& options) {
  return {options.begin(), options.end()};
}

namespace {

template <class Choice>
Choice chosen(const std::string& text, const std::string& option, const std::map<std::string, Choice>& choices) {
  const auto found = choices.find(text);
  if (found != choices.end()) return found->second;
  std::string known;
  for (const auto& [name, choice] : choices) known += (known.empty() ? "" : ", ") + name;
  throw UsageError(option, "expected one of " + known + ", not '" + text + "'");
}

// A name, or a tuple (name, callable).
std::string name_of(const py::object& named) {
  return py::isinstance<py::str>(named) ? named.cast<std::string>() : named.cast<py::tuple>()[0].cast<std::string>();
}

formats::FoldChoice fold_of(const py::object& given) {
  formats::FoldChoice fold;
  if (given.is_none()) return fold;
  fold.automatic = false;
  if (py::isinstance<py::bool_>(given)) {
    const bool all = given.cast<bool>();
    fold.kinds = {.batchnorm = all, .scale = all, .bias = all};
    return fold;
  }
  for (const auto& kind : given.cast<std::vector<std::string>>()) {
    *chosen<bool*>(kind, "fold",
                   {{"batchnorm", &fold.kinds.batchnorm}, {"scale", &fold.kinds.scale}, {"bias", &fold.kinds.bias}}) =
        true;
  }
  return fold;
}

py::dict quantize(const std::filesystem::path& model, const py::object& function, std::optional<int> bits,
                  const std::filesystem::path& output, const std::map<std::string, std::string>& options,
                  const py::dict& settings) {
  const auto setting = [&](const char* name) { return py::object(settings[name]); };
  pipeline::QuantizeFileRequest request;
  request.model = model;
  request.step.function = name_of(function);
  request.step.options = text_options(options);
  request.step.bits = bits;
  request.output = output;
  request.description = setting("description").cast<std::string>();
  request.force = setting("force").cast<bool>();
  request.rules = setting("rules").cast<std::optional<std::filesystem::path>>();
  request.requantize = setting("requantize").cast<bool>();
  request.keep = chosen<pipeline::Keep>(setting("keep").cast<std::string>(), "keep",
                                        {{"smaller", pipeline::Keep::smaller}, {"always", pipeline::Keep::always}});
  request.compaction =
      chosen<formats::Compaction>(setting("compact_preprocessing").cast<std::string>(), "compact_preprocessing",
                                  {{"off", formats::Compaction::off},
                                   {"lossless", formats::Compaction::lossless},
                                   {"float16", formats::Compaction::float16},
                                   {"grid", formats::Compaction::grid}});
  request.fold = fold_of(setting("fold"));
  plugins::Registry registry = registry_of(setting("plugin_path").cast<Paths>());
  if (!py::isinstance<py::str>(function)) {
    registry.add(make_quantizer(request.step.function, function.cast<py::tuple>()[1]));
  }
  Listener progress(setting("progress"));
  const auto threads = setting("threads").cast<std::size_t>();
  pipeline::QuantizeFileResult done;
  run_interruptibly(
      [&] {
        ThreadPool pool(threads);
        done = pipeline::quantize_file(request, registry, pool, share_done(progress));
      },
      &progress);

  py::list tensors;
  for (const pipeline::TensorReport& tensor : done.report.tensors) {
    py::dict entry;
    entry["layer"] = tensor.layer;
    entry["layer_type"] = tensor.layer_type;
    entry["parameter"] = tensor.parameter;
    entry["count"] = tensor.count;
    entry["before"] = tensor.before;
    entry["after"] = tensor.after;
    entry["bytes_before"] = tensor.bytes_before;
    entry["bytes_after"] = tensor.bytes_after;
    entry["squared_error"] = tensor.squared_error;
    entry["relative_error"] = tensor.relative_error;
    entry["note"] = tensor.note;
    tensors.append(entry);
  }
  py::dict result;
  result["bytes_before"] = done.bytes_before;
  result["bytes_after"] = done.bytes_after;
  result["notices"] = done.notices;
  result["tensors"] = tensors;
  return result;
}

// ---- evaluate and compare

pipeline::DatasetArguments dataset_of(const py::object& dataset, const py::dict& settings) {
  pipeline::DatasetArguments arguments;
  arguments.max_unusable = settings["max_unusable"].cast<std::uint64_t>();
  arguments.next_token = settings["next_token"].cast<std::string>();
  arguments.sequences = settings["sequences"].cast<bool>();
  if (py::isinstance<Samples>(dataset)) {
    if (arguments.sequences || !arguments.next_token.empty()) {
      throw UsageError("next_token and sequences are for datasets in files");
    }
    arguments.samples = dataset.cast<const Samples&>().dataset;
    return arguments;
  }
  if (!dataset.is_none()) arguments.images = dataset.cast<std::filesystem::path>();
  arguments.inputs = settings["inputs"].cast<std::vector<std::string>>();
  arguments.targets = settings["targets"].cast<std::vector<std::string>>();
  arguments.labels = settings["labels"].cast<std::optional<std::filesystem::path>>();
  arguments.label_map = settings["label_map"].cast<std::optional<std::filesystem::path>>();
  return arguments;
}

// Of the first or the second model.
pipeline::ModelArguments model_arguments(const py::dict& settings, std::size_t index) {
  const auto functions = settings["function_names"].cast<std::vector<std::string>>();
  const auto precisions = settings["precisions"].cast<std::vector<std::string>>();
  if (functions.size() != 2 || precisions.size() != 2) {
    throw UsageError("function_name and precision are one value, or one for each of two models");
  }
  return {functions[index],
          chosen<runtime::Precision>(
              precisions[index], "precision",
              {{"float32", runtime::Precision::float32}, {"as_typed", runtime::Precision::as_typed}}),
          settings["output"].cast<std::string>()};
}

data::Preparation preparation_of(const py::dict& settings) {
  return {chosen<data::Fit>(
              settings["crop"].cast<std::string>(), "crop",
              {{"center", data::Fit::center_crop}, {"fit", data::Fit::scale_fit}, {"fill", data::Fit::scale_fill}}),
          chosen<data::Filter>(settings["filter"].cast<std::string>(), "filter",
                               {{"nearest", data::Filter::nearest},
                                {"bilinear", data::Filter::bilinear},
                                {"area", data::Filter::area},
                                {"bicubic", data::Filter::bicubic},
                                {"lanczos", data::Filter::lanczos}})};
}

evaluation::FigureSettings figures_of(const py::dict& settings) {
  evaluation::FigureSettings figures;
  figures.confidence = settings["confidence"].cast<double>();
  for (const py::handle& entry : settings["metrics"].cast<py::list>()) {
    const auto metric = py::reinterpret_borrow<py::object>(entry);
    if (py::isinstance<py::str>(metric)) {
      figures.metrics.push_back(name_of(metric));
    } else {
      const py::tuple named = metric.cast<py::tuple>();
      figures.added.push_back(make_metric(name_of(metric), named[1], named[2].cast<bool>()));
    }
  }
  return figures;
}

template <class Result>
py::tuple documents_of(const Result& result) {
  return py::make_tuple(to_python(result.evaluation), to_python(result.dataset));
}

// Calls evaluate_model() or compare_models() with what both take.
template <class Request, class Result, class Call>
py::tuple measure(Request& request, const py::object& dataset, const py::dict& settings, const Call& call) {
  request.dataset = dataset_of(dataset, settings);
  request.preparation = preparation_of(settings);
  request.backend = settings["backend"].cast<std::string>();
  request.options = text_options(settings["backend_options"].cast<std::map<std::string, std::string>>());
  request.figures = figures_of(settings);
  plugins::Registry registry = registry_of(settings["plugin_path"].cast<Paths>());
  Listener progress(settings["progress"]);
  const auto threads = settings["threads"].cast<std::size_t>();
  Result result;
  run_interruptibly(
      [&] {
        ThreadPool pool(threads);
        result = call(request, registry, pool, share_done(progress));
      },
      &progress);
  for (const std::string& warning : result.warnings) spdlog::warn("{}", warning);
  return documents_of(result);
}

py::tuple evaluate(const std::filesystem::path& model, const py::object& dataset, const py::dict& settings) {
  pipeline::EvaluateModelRequest request;
  request.model = model;
  request.arguments = model_arguments(settings, 0);
  return measure<pipeline::EvaluateModelRequest, pipeline::EvaluateModelResult>(request, dataset, settings,
                                                                                pipeline::evaluate_model);
}

py::tuple compare(const std::filesystem::path& before, const std::filesystem::path& after, const py::object& dataset,
                  const py::dict& settings) {
  pipeline::CompareModelsRequest request;
  request.before = before;
  request.after = after;
  request.of_before = model_arguments(settings, 0);
  request.of_after = model_arguments(settings, 1);
  return measure<pipeline::CompareModelsRequest, pipeline::CompareModelsResult>(request, dataset, settings,
                                                                                pipeline::compare_models);
}

}  // namespace

void bind_commands(py::module_& module) {
  module.def("quantize", &quantize);
  module.def("evaluate", &evaluate);
  module.def("compare", &compare);
}

}  // namespace goldilocks::python
