// schema: the JSON Schema of pipeline files, for editors.
#include <iostream>

#include <nlohmann/json.hpp>

#include "core/cli/commands.hpp"
#include "core/pipeline/schema.hpp"

namespace goldilocks::cli {

void add_schema_command(CLI::App& app, Context& context, Action& chosen) {
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of pipeline files, for editors");
  command->callback([&context, &chosen] {
    chosen = [&context] {
      std::cout << pipeline::pipeline_schema(context.registry()).dump(2) << '\n';
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
