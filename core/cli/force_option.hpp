#pragma once

#include <CLI/CLI.hpp>

namespace goldilocks::cli {

// Adds --force to a command that writes: an output may then take the place of one of the command's inputs. `force`
// lives as long as the command.
void add_force_option(CLI::App& command, bool& force);

}  // namespace goldilocks::cli
