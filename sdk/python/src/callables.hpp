#pragma once

#include <memory>
#include <string>

#include <pybind11/pybind11.h>

#include "core/evaluation/metric.hpp"
#include "core/plugins/quantizer.hpp"

namespace goldilocks::python {

// A quantization function of Python's: function(bits, values, shape) -> (table, codes), float32 and uint8, checked by
// the package's callables.py, which gives the user's function what it expects. What it raises passes through.
std::shared_ptr<const plugins::QuantizerPlugin> make_quantizer(const std::string& name,
                                                               const pybind11::object& function);

// A metric of Python's: measure(answers) -> a number, or one for each sample, which are averaged, and the interval is
// the bootstrap's.
evaluation::Metric make_metric(const std::string& name, const pybind11::object& measure, bool larger_is_better);

}  // namespace goldilocks::python
