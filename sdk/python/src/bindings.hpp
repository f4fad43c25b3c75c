#pragma once

#include <pybind11/pybind11.h>

// What each file adds to the module.
namespace goldilocks::python {

void bind_model(pybind11::module_& module);
void bind_samples(pybind11::module_& module);
void bind_commands(pybind11::module_& module);
void bind_run(pybind11::module_& module);

}  // namespace goldilocks::python
