#include "core/cli/plugin_options.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace goldilocks::cli {

void add_plugin_option(CLI::App& command, const std::string& owner, std::vector<std::string>& assignments) {
  command.add_option("--option", assignments, fmt::format("Set an option of the {}; may be repeated", owner))
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
}

void add_backend_options(CLI::App& command, std::string& backend, std::vector<std::string>& assignments) {
  command.add_option("--backend", backend, "A backend plugin")->capture_default_str();
  add_plugin_option(command, "backend", assignments);
}

void add_backend_options(CLI::App& command, std::string& first, std::string& second,
                         std::vector<std::string>& assignments) {
  const auto take = [&first, &second](const std::vector<std::string>& given) {
    if (given.size() > 2) throw CLI::ValidationError("--backend", "is for two models, but was given more than twice");
    first = given.front();
    second = given.back();
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--backend", take, fmt::format("A backend plugin ({}); given twice: of BEFORE, and of AFTER", first))
      ->type_name("TEXT")
      ->expected(1)
      ->take_all();
  add_plugin_option(command, "backend", assignments);
}

std::vector<std::pair<std::string, std::string>> split_assignments(const std::vector<std::string>& assignments,
                                                                   const std::string& option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : assignments) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw UsageError(fmt::format("{} {}", option, text), "expected NAME=VALUE");
    }
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

}  // namespace goldilocks::cli
