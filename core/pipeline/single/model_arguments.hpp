#pragma once

#include <string>

#include <goldilocks/runtime.hpp>

namespace goldilocks::pipeline {

// How a model is run and what of it is compared, as a command line says it.
struct ModelArguments {
  std::string function_name{};  // of an ML Program with several functions; "": the default one
  runtime::Precision precision = runtime::Precision::float32;
  std::string output{};  // "": the one that feed_model() chooses
};

}  // namespace goldilocks::pipeline
