// diff RUN1 RUN2: what changed between two runs; exit code 1 where a variant lost more than the limit.
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/cli/commands.hpp"
#include "core/cli/number_options.hpp"
#include "core/cli/table.hpp"
#include "core/evaluation/figures.hpp"
#include "core/pipeline/results/diff_runs.hpp"
#include "core/pipeline/results/read_results.hpp"

namespace goldilocks::cli {
namespace {

using pipeline::RunsDiff;
using pipeline::VariantChange;

struct DiffOptions {
  std::filesystem::path before, after;
  double max_drop = 0.01;
  bool json = false;
};

std::string to_text(VariantChange::Test test) {
  switch (test) {
    case VariantChange::Test::same:
      return "same";
    case VariantChange::Test::paired:
      return "paired";
    case VariantChange::Test::unpaired:
      return "unpaired";
    default:
      return "none";
  }
}

nlohmann::ordered_json to_json(const RunsDiff& diff) {
  auto changes = nlohmann::ordered_json::array();
  for (const VariantChange& change : diff.changes) {
    nlohmann::ordered_json item = {{"variant", change.variant},
                                   {"earlierVariant", change.earlier_variant},
                                   {"bytesBefore", change.bytes_before},
                                   {"bytesAfter", change.bytes_after},
                                   {"meanAccuracyBefore", change.accuracy_before},
                                   {"meanAccuracyAfter", change.accuracy_after},
                                   {"drop", change.drop},
                                   {"test", to_text(change.test)},
                                   {"regression", change.regression}};
    if (change.interval) {
      item["interval"] = {{"lower", change.interval->lower},
                          {"upper", change.interval->upper},
                          {"confidence", change.interval->confidence},
                          {"method", change.interval->method}};
    }
    if (change.test == VariantChange::Test::paired) {
      item["lost"] = change.lost;
      item["won"] = change.won;
      item["pValue"] = change.p_value;
      item["adjustedPValue"] = change.adjusted_p_value;
    }
    changes.push_back(std::move(item));
  }
  return {{"maxDrop", diff.max_drop},           {"regressed", diff.regressed()},
          {"chosenBefore", diff.chosen_before}, {"chosenAfter", diff.chosen_after},
          {"changes", std::move(changes)},      {"onlyBefore", diff.only_before},
          {"onlyAfter", diff.only_after},       {"notes", diff.notes}};
}

std::string name_of(const VariantChange& change) {
  if (change.variant == change.earlier_variant) return change.variant;
  return change.earlier_variant + " -> " + change.variant;
}

void print(const RunsDiff& diff) {
  Table table({{"variant"},
               {"bytes", Align::right},
               {"before", Align::right},
               {"after", Align::right},
               {"drop", Align::right},
               {"interval", Align::right},
               {"lost", Align::right},
               {"won", Align::right},
               {"p", Align::right},
               {"test"},
               {""}});
  for (const VariantChange& change : diff.changes) {
    const bool paired = change.test == VariantChange::Test::paired;
    const auto bytes = static_cast<std::int64_t>(change.bytes_after) - static_cast<std::int64_t>(change.bytes_before);
    table.add_row(
        {name_of(change), bytes == 0 ? "=" : fmt::format("{:+}", bytes), fmt::format("{:.4f}", change.accuracy_before),
         fmt::format("{:.4f}", change.accuracy_after), fmt::format("{:.4f}", change.drop),
         change.interval ? fmt::format("{:.3f} .. {:.3f}", change.interval->lower, change.interval->upper) : "",
         paired ? fmt::format("{}", change.lost) : "", paired ? fmt::format("{}", change.won) : "",
         paired ? fmt::format("{:.2g}", change.adjusted_p_value) : "", to_text(change.test),
         change.regression ? "over the limit" : ""});
  }
  if (!table.empty()) std::cout << table.text() << '\n';
  const auto name = [](const std::string& chosen) { return chosen.empty() ? std::string("none") : chosen; };
  if (diff.chosen_before == diff.chosen_after) {
    std::cout << "chosen: " << name(diff.chosen_after) << ", as before\n";
  } else {
    std::cout << "chosen: " << name(diff.chosen_after) << ", before " << name(diff.chosen_before) << '\n';
  }
  for (const std::string& variant : diff.only_before) std::cout << "gone: " << variant << '\n';
  for (const std::string& variant : diff.only_after) std::cout << "new: " << variant << '\n';
  for (const std::string& note : diff.notes) std::cout << "note: " << note << '\n';
  const auto count = std::count_if(diff.changes.begin(), diff.changes.end(),
                                   [](const VariantChange& change) { return change.regression; });
  std::cout << fmt::format("{} of {} lost more than {} of mean accuracy\n", count, diff.changes.size(),
                           evaluation::plain_number(diff.max_drop));
}

ExitCode diff_command(const DiffOptions& options) {
  const RunsDiff diff =
      pipeline::diff_runs(pipeline::read_run(options.before), pipeline::read_run(options.after), options.max_drop);
  if (diff.changes.empty()) {
    throw DataError(options.after.string(),
                    fmt::format("has no variant in common with {} that both evaluated", options.before.string()));
  }
  if (options.json) {
    std::cout << to_json(diff).dump(2) << '\n';
  } else {
    print(diff);
  }
  return diff.regressed() ? ExitCode::gate_failed : ExitCode::done;
}

}  // namespace

void add_diff_command(CLI::App& app, Context& /*context*/, Action& chosen) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command = app.add_subcommand("diff", "Say what changed between two runs; exit code 1 on a regression");
  command->add_option("BEFORE", options->before, "A run's folder, or its results.json")->required();
  command->add_option("AFTER", options->after, "The later run's")->required();
  command->add_option("--max-drop", options->max_drop, "How much mean accuracy a variant may lose")
      ->transform(real_number(0, 1))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print a JSON document");
  command->callback([options, &chosen] { chosen = [options] { return diff_command(*options); }; });
}

}  // namespace goldilocks::cli
