// store list, store prune: what the store holds, and making it smaller.
#include <iostream>
#include <map>
#include <memory>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/cli/commands.hpp"
#include "core/cli/table.hpp"
#include "core/store/inventory.hpp"

namespace goldilocks::cli {
namespace {

constexpr std::size_t shown_key_digits = 12;

std::string utc(store::Time time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string artifacts_text(const std::vector<store::StoredArtifact>& artifacts) {
  Table table({{"key"}, {"size", Align::right}, {"last use"}, {"task"}, {"run"}});
  for (const store::StoredArtifact& artifact : artifacts) {
    table.add_row({artifact.key.substr(0, shown_key_digits), human_bytes(artifact.size), utc(artifact.last_use),
                   artifact.task, artifact.run});
  }
  return table.text();
}

nlohmann::ordered_json artifacts_json(const std::vector<store::StoredArtifact>& artifacts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const store::StoredArtifact& artifact : artifacts) {
    list.push_back({{"key", artifact.key},
                    {"sha256", artifact.sha256},
                    {"sizeBytes", artifact.size},
                    {"lastUse", utc(artifact.last_use)},
                    {"task", artifact.task},
                    {"run", artifact.run}});
  }
  return list;
}

ExitCode print_list(const std::filesystem::path& root, bool json) {
  const store::Inventory inventory = store::list(root);
  if (json) {
    std::cout << nlohmann::ordered_json{{"store", root.string()},
                                        {"bytes", inventory.bytes},
                                        {"artifacts", artifacts_json(inventory.artifacts)}}
                     .dump(2)
              << '\n';
    return ExitCode::done;
  }
  if (!inventory.artifacts.empty()) std::cout << artifacts_text(inventory.artifacts) << '\n';
  std::cout << fmt::format("{} artifacts, {}: {}\n", inventory.artifacts.size(), human_bytes(inventory.bytes),
                           root.string());
  return ExitCode::done;
}

ExitCode print_pruned(const std::filesystem::path& root, const store::PruneRequest& request) {
  if (!request.older_than && !request.keep_runs && !request.max_bytes) {
    throw UsageError("store prune: say what may go: --older-than, --keep-runs or --max-size");
  }
  const store::Pruned pruned = store::prune(root, request);
  if (!pruned.removed.empty()) std::cout << artifacts_text(pruned.removed) << '\n';
  std::cout << fmt::format("{} artifacts, {} {}; {} artifacts, {} {}: {}\n", pruned.removed.size(),
                           human_bytes(pruned.removed_bytes), request.dry_run ? "would go" : "removed", pruned.left,
                           human_bytes(pruned.left_bytes), request.dry_run ? "would stay" : "left", root.string());
  return ExitCode::done;
}

void add_list(CLI::App& store, Context& context, Action& chosen) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = store.add_subcommand("list", "Show every artifact, those that were used last first");
  command->add_flag("--json", *json, "Print a JSON document");
  command->callback(
      [json, &context, &chosen] { chosen = [json, &context] { return print_list(context.store_root(), *json); }; });
}

void add_prune(CLI::App& store, Context& context, Action& chosen) {
  struct Options {
    std::optional<std::uint64_t> seconds, runs, bytes;
    bool dry_run = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = store.add_subcommand(
      "prune", "Remove artifacts. What is removed is computed again when a run needs it; results are not touched");
  constexpr std::uint64_t hour = 3600;
  const std::map<std::string, std::uint64_t> units = {
      {"s", 1}, {"m", 60}, {"h", hour}, {"d", 24 * hour}, {"w", 7 * 24 * hour}};
  command->add_option("--older-than", options->seconds, "What was not used for so long: 12h, 30d, 8w")
      ->type_name("TIME")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"));
  command
      ->add_option("--keep-runs", options->runs,
                   "Keep what the last N runs used; without another option, remove everything else")
      ->type_name("N");
  command
      ->add_option("--max-size", options->bytes,
                   "Then what was used longest ago, until the store is no larger: 500MB, 20GB")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(true));
  command->add_flag("--dry-run", options->dry_run, "Only show what would go");
  command->callback([options, &context, &chosen] {
    chosen = [options, &context] {
      store::PruneRequest request;
      if (options->seconds) request.older_than = std::chrono::seconds(*options->seconds);
      request.keep_runs = options->runs;
      request.max_bytes = options->bytes;
      request.dry_run = options->dry_run;
      return print_pruned(context.store_root(), request);
    };
  });
}

}  // namespace

void add_store_command(CLI::App& app, Context& context, Action& chosen) {
  CLI::App* command = app.add_subcommand("store", "Show or prune the store of artifacts");
  command->require_subcommand(1);
  add_list(*command, context, chosen);
  add_prune(*command, context, chosen);
}

}  // namespace goldilocks::cli
