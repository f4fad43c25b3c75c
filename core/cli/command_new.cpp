// new plugin NAME: a complete plugin project outside the tree.
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/base/paths.hpp"
#include "core/cli/commands.hpp"
#include "core/plugins/new_plugin.hpp"

namespace goldilocks::cli {

void add_new_command(CLI::App& app, Context& /*context*/, Action& chosen) {
  CLI::App* command = app.add_subcommand("new", "Start a project of your own");
  command->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  CLI::App* plugin = command->add_subcommand("plugin", "Write a quantizer plugin's project into the folder NAME");
  plugin->add_option("NAME", *name, "The function's name: a-z, 0-9 and _")->required();
  plugin->add_flag("--force", *force, "Write into a folder that is there; its files of the same names are replaced");
  plugin->callback([name, force, &chosen] {
    chosen = [name, force] {
      plugins::create_plugin_project(*name, current_folder(), plugins::installed_template_folder(), *force);
      std::cout << fmt::format(
          "wrote {0}/; next:\n"
          "  cd {0}\n"
          "  cmake -B build && cmake --build build\n"
          "  goldilocks plugins describe {0} --plugin-path build\n"
          "README.md there says how to use it in a pipeline.\n",
          *name);
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
