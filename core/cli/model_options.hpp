#pragma once

#include <CLI/CLI.hpp>

#include "core/pipeline/single/model_arguments.hpp"

namespace goldilocks::cli {

// How a model is run: --function-name and --precision. What is filled lives as long as the command.
void add_model_options(CLI::App& command, pipeline::ModelArguments& arguments);
// The same of two models: each option given once is for both, given twice for one after the other.
void add_model_options(CLI::App& command, pipeline::ModelArguments& first, pipeline::ModelArguments& second);

// What of the models is compared: --output.
void add_output_option(CLI::App& command, std::string& output);

}  // namespace goldilocks::cli
