#pragma once

#include <vector>

#include <goldilocks/runtime.hpp>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

namespace goldilocks::python {

namespace py = pybind11;

// The inputs of one prediction. Arrays and images borrow the memory of `owners`, which are released with the
// interpreter's lock held.
struct Inputs {
  runtime::Values values;
  std::vector<py::object> owners;
};

// A Python value as a model's input; `feature` is null for a name that the model doesn't know. C-contiguous arrays of a
// type that the library has are borrowed, and the bytes of images; everything else is converted. Raises TypeError for
// what no input takes.
runtime::Value to_value(const py::handle& value, const std::string& name, const runtime::Feature* feature,
                        std::vector<py::object>& owners);

// An output in the type that coremltools gives: numpy arrays (float32 for float16), PIL images, int, float, str, dict,
// list. Arrays take over the value's memory.
py::object to_python(runtime::Value&& value);

// A float32 array of its own.
py::array copied_floats(const float* values, std::vector<py::ssize_t> shape);

// The pixels of a PIL image, converted to RGB or gray; of a uint8 array [H, W] or [H, W, 3].
runtime::Image to_image(const py::handle& value);

}  // namespace goldilocks::python
