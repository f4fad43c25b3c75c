#pragma once

#include <CLI/CLI.hpp>

#include "core/pipeline/yaml/dataset_arguments.hpp"

namespace goldilocks::cli {

// The options that say what samples are made of beside images: --inputs, --targets, --labels, --max-unusable.
void add_dataset_options(CLI::App& command, pipeline::DatasetArguments& dataset);

}  // namespace goldilocks::cli
