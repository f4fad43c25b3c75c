// schema: the JSON Schema of pipeline files, for editors, or of results.json, for programs that read it; or the keys of
// pipeline files as a page, for people.
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "core/cli/commands.hpp"
#include "core/cli/keys_page.hpp"
#include "core/pipeline/results/results_schema.hpp"
#include "core/pipeline/yaml/schema.hpp"

namespace goldilocks::cli {

void add_schema_command(CLI::App& app, Context& context, Action& chosen) {
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of pipeline files, for editors");
  auto of_results = std::make_shared<bool>(false);
  auto as_page = std::make_shared<bool>(false);
  command->add_flag("--results", *of_results, "Print that of results.json instead");
  command->add_flag("--page", *as_page, "Print the keys of pipeline files as a Markdown page instead")
      ->excludes("--results");
  command->callback([of_results, as_page, &context, &chosen] {
    chosen = [of_results, as_page, &context] {
      if (*as_page) {
        std::cout << keys_page();
        return ExitCode::done;
      }
      const auto schema = *of_results ? pipeline::results_schema() : pipeline::pipeline_schema(context.registry());
      std::cout << schema.dump(2) << '\n';
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
