#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include "core/data/dataset.hpp"

namespace goldilocks::python {

// Samples that are in memory, as the package's samples.py has sorted them.
struct Samples {
  std::shared_ptr<const data::Dataset> dataset;
};

}  // namespace goldilocks::python
