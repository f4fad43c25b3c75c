// verify DIR: whether a release is still what `publish` wrote.
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/cli/commands.hpp"
#include "core/pipeline/release/release_folder.hpp"

namespace goldilocks::cli {

void add_verify_command(CLI::App& app, Action& chosen) {
  auto folder = std::make_shared<std::filesystem::path>();
  CLI::App* command = app.add_subcommand("verify", "Check that a release is as it was published");
  command->add_option("DIR", *folder, "The folder of a 'publish' stage")->required();
  command->callback([folder, &chosen] {
    chosen = [folder] {
      const pipeline::ReleaseCheck check = pipeline::verify_release(*folder);
      for (const std::string& file : check.files) std::cout << (*folder / file).string() << ": as published\n";
      for (const pipeline::ReleaseFault& fault : check.faults) {
        std::cout << (*folder / fault.file).string() << ": " << fault.problem << '\n';
      }
      if (check.faults.empty()) return ExitCode::done;
      std::cerr << fmt::format("goldilocks: {}: not as it was published ({} fault{})\n", folder->string(),
                               check.faults.size(), check.faults.size() == 1 ? "" : "s");
      return ExitCode::gate_failed;
    };
  });
}

}  // namespace goldilocks::cli
