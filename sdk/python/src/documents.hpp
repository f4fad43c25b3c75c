#pragma once

#include <google/protobuf/message.h>
#include <pybind11/pybind11.h>

namespace goldilocks::python {

// A document as dictionaries and lists of plain values: every field under its own name, None for a message that is not
// set.
pybind11::dict to_python(const google::protobuf::Message& document);

}  // namespace goldilocks::python
