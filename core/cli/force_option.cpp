#include "core/cli/force_option.hpp"

namespace goldilocks::cli {

void add_force_option(CLI::App& command, bool& force) {
  command.add_flag("--force", force, "Let an output take the place of a file that this command reads");
}

}  // namespace goldilocks::cli
