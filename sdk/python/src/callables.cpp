#include "sdk/python/src/callables.hpp"

#include <cstring>

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "core/evaluation/metrics/families.hpp"
#include "sdk/python/src/values.hpp"
#include "sdk/python/src/work.hpp"

namespace goldilocks::python {
namespace {

// ---- quantizers

constexpr int half_bits = 16;

class PythonTask final : public plugins::QuantizerTask {
 public:
  PythonTask(SharedObject function, plugins::Weights weights)
      : function_(std::move(function)), weights_(std::move(weights)) {}

  plugins::QuantizedTensor quantize(int bits) override {
    plugins::QuantizedTensor result;
    if (weights_.values.empty()) {
      result.note = "no values";
      return result;
    }
    result.bits = bits;
    result.form = bits == half_bits ? weights::Kind::float16 : weights::Kind::table;
    if (bits == half_bits) return result;
    const py::gil_scoped_acquire acquire;
    const py::array values = copied_floats(weights_.values.data(), {static_cast<py::ssize_t>(weights_.values.size())});
    const py::tuple shape(py::cast(std::vector<std::int64_t>(weights_.dims.begin(), weights_.dims.end())));
    const py::tuple made = (*function_)(bits, values, shape);
    const auto table = made[0].cast<py::array_t<float>>();
    const auto codes = made[1].cast<py::array_t<std::uint8_t>>();
    result.table.assign(table.data(), table.data() + table.size());
    result.codes.assign(codes.data(), codes.data() + codes.size());
    return result;
  }

 private:
  SharedObject function_;
  plugins::Weights weights_;
};

class PythonQuantizer final : public plugins::Quantizer {
 public:
  explicit PythonQuantizer(SharedObject function) : function_(std::move(function)) {}
  std::unique_ptr<plugins::QuantizerTask> begin(const plugins::Weights& weights) const override {
    return std::make_unique<PythonTask>(function_, weights);
  }

 private:
  SharedObject function_;
};

class PythonPlugin final : public plugins::QuantizerPlugin {
 public:
  PythonPlugin(const std::string& own_name, py::object function) : function_(share(std::move(function))) {
    name = own_name;
    summary = "a Python function";
    widths = {half_bits, 8, 7, 6, 5, 4, 3, 2, 1};
  }
  std::unique_ptr<plugins::Quantizer> create(const plugins::OptionValues& /*options*/) const override {
    return std::make_unique<PythonQuantizer>(function_);
  }

 private:
  SharedObject function_;
};

// ---- metrics

py::object rows(std::span<const float> values, const evaluation::Answers& answers) {
  if (values.empty()) return py::none();
  return copied_floats(values.data(), {static_cast<py::ssize_t>(answers.samples),
                                       static_cast<py::ssize_t>(values.size() / answers.samples)});
}

// Indexes of labels, -1 for no answer.
py::object labels(std::span<const std::uint32_t> indexes) {
  if (indexes.empty()) return py::none();
  py::array_t<std::int64_t> result(static_cast<py::ssize_t>(indexes.size()));
  std::int64_t* to = result.mutable_data();
  for (const std::uint32_t index : indexes) *to++ = index == evaluation::no_answer ? -1 : index;
  return result;
}

py::dict answers_for_python(const evaluation::Answers& answers) {
  std::vector<std::uint32_t> truth;
  for (const std::uint32_t of_class : answers.truth) truth.push_back(answers.model_class[of_class]);
  py::dict result;
  result["values"] = rows(answers.values, answers);
  result["baseline"] = rows(answers.baseline, answers);
  result["targets"] = rows(answers.targets, answers);
  result["truth"] = labels(truth);
  result["answers"] = labels(answers.answers);
  result["baseline_answers"] = labels(answers.baseline_answers);
  return result;
}

evaluation::Measured measured(const py::object& figure, std::size_t samples, const std::string& name) {
  if (PyFloat_Check(figure.ptr()) != 0 || PyLong_Check(figure.ptr()) != 0) {
    return {.value = figure.cast<double>(), .interval = {}, .statistic = {}};
  }
  const auto array = py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(figure);
  if (!array) throw py::error_already_set();
  if (array.size() == 1 && samples != 1) return {.value = *array.data(), .interval = {}, .statistic = {}};
  if (static_cast<std::size_t>(array.size()) != samples) {
    throw py::value_error("metric '" + name + "' gave " + std::to_string(array.size()) + " figures for " +
                          std::to_string(samples) + " samples; it gives one number, or one for each sample");
  }
  return evaluation::mean_of(std::vector<double>(array.data(), array.data() + array.size()));
}

}  // namespace

std::shared_ptr<const plugins::QuantizerPlugin> make_quantizer(const std::string& name, const py::object& function) {
  return std::make_shared<PythonPlugin>(name, function);
}

evaluation::Metric make_metric(const std::string& name, const py::object& measure, bool larger_is_better) {
  evaluation::Metric metric;
  metric.name = name;
  metric.summary = "a Python function";
  metric.larger_is_better = larger_is_better;
  metric.measure = [shared = share(measure), name](const evaluation::Answers& answers, double /*confidence*/) {
    const py::gil_scoped_acquire acquire;
    return measured((*shared)(answers_for_python(answers)), answers.samples, name);
  };
  return metric;
}

}  // namespace goldilocks::python
