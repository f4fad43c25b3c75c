// worker: what `run` starts for each task of a stage with `isolation: process`. Not for people: it is not in the help.
#include "core/cli/commands.hpp"
#include "core/pipeline/tasks/worker.hpp"

namespace goldilocks::cli {

void add_worker_command(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("worker", "Run one task of a run; started by `run` itself");
  command->group("");
  command->callback([&chosen] { chosen = [] { return pipeline::run_worker(); }; });
}

}  // namespace goldilocks::cli
