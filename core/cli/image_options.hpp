#pragma once

#include <CLI/CLI.hpp>

#include "core/data/image.hpp"

namespace goldilocks::cli {

// Adds --crop and --filter: how images are fitted to a model's input. `preparation` lives as long as the command.
void add_image_options(CLI::App& command, data::Preparation& preparation);

}  // namespace goldilocks::cli
