// inspect MODEL: what a model is, and where its bytes go.
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/cli/commands.hpp"
#include "core/cli/table.hpp"
#include "core/model/model_file.hpp"
#include "core/model/summary.hpp"

namespace goldilocks::cli {
namespace {

using nlohmann::ordered_json;

ordered_json features_json(const std::vector<model::FeatureSummary>& features) {
  ordered_json list = ordered_json::array();
  for (const auto& feature : features) {
    list.push_back({{"name", feature.name}, {"type", feature.type}, {"optional", feature.optional}});
  }
  return list;
}

ordered_json summary_json(const model::ModelSummary& summary) {
  ordered_json weights = ordered_json::array();
  for (const auto& weight : summary.weights) {
    weights.push_back({{"model", weight.model},
                       {"layer", weight.layer},
                       {"layerType", weight.layer_type},
                       {"parameter", weight.parameter},
                       {"form", weight.form},
                       {"shape", weight.shape},
                       {"count", weight.count},
                       {"bytes", weight.bytes}});
  }
  ordered_json layers = ordered_json::object();
  for (const auto& [type, count] : summary.layer_counts) layers[type] = count;
  return {{"type", summary.type},
          {"specificationVersion", summary.specification_version},
          {"description", summary.description},
          {"author", summary.author},
          {"license", summary.license},
          {"version", summary.version},
          {"userDefined", summary.user_defined},
          {"inputs", features_json(summary.inputs)},
          {"outputs", features_json(summary.outputs)},
          {"layers", layers},
          {"parameters", summary.parameters},
          {"bytes",
           {{"total", summary.total_bytes},
            {"weights", summary.weight_bytes},
            {"preprocessing", summary.preprocessing_bytes},
            {"other", summary.other_bytes},
            {"byForm", summary.bytes_by_form}}},
          {"weights", weights}};
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "?" : fmt::format("{}", fmt::join(shape, " x "));
}

std::string share(std::uint64_t bytes, std::uint64_t total) {
  return fmt::format("{:.1f} %", total == 0 ? 0.0 : 100.0 * static_cast<double>(bytes) / static_cast<double>(total));
}

void print_features(const char* title, const std::vector<model::FeatureSummary>& features) {
  for (const auto& feature : features) {
    std::cout << fmt::format("{:<15}{}: {}{}\n", title, feature.name, feature.type,
                             feature.optional ? " (optional)" : "");
    title = "";
  }
}

void print_line(const char* title, const std::string& value) {
  if (!value.empty()) std::cout << fmt::format("{:<15}{}\n", title, value);
}

void print_summary(const model::ModelSummary& summary, bool every_weight) {
  print_line("type", fmt::format("{}, specification version {}", summary.type, summary.specification_version));
  print_line("description", summary.description);
  print_line("author", summary.author);
  print_line("license", summary.license);
  print_line("version", summary.version);
  for (const auto& [key, value] : summary.user_defined) print_line("metadata", fmt::format("{}: {}", key, value));
  print_features("inputs", summary.inputs);
  print_features("outputs", summary.outputs);
  std::vector<std::string> kinds;
  for (const auto& [type, count] : summary.layer_counts) kinds.push_back(fmt::format("{} {}", count, type));
  print_line("layers", fmt::format("{} ({})", summary.layers, fmt::join(kinds, ", ")));
  print_line("parameters", fmt::format("{}", summary.parameters));

  Table parts({{"bytes", Align::left}, {"size", Align::right}, {"share", Align::right}});
  const auto add_part = [&](const std::string& name, std::uint64_t bytes) {
    parts.add_row({name, human_bytes(bytes), share(bytes, summary.total_bytes)});
  };
  for (const auto& [form, bytes] : summary.bytes_by_form) add_part("weights, " + form, bytes);
  add_part("preprocessing", summary.preprocessing_bytes);
  add_part("structure, labels and the rest", summary.other_bytes);
  add_part("total", summary.total_bytes);
  std::cout << '\n' << parts.text();
  if (!every_weight) return;

  Table weights({{"layer", Align::left},
                 {"type", Align::left},
                 {"parameter", Align::left},
                 {"shape", Align::left},
                 {"form", Align::left},
                 {"size", Align::right},
                 {"share", Align::right}});
  for (const auto& weight : summary.weights) {
    weights.add_row({weight.model.empty() ? weight.layer : weight.model + ": " + weight.layer, weight.layer_type,
                     weight.parameter, shape_text(weight.shape), weight.form, human_bytes(weight.bytes),
                     share(weight.bytes, summary.total_bytes)});
  }
  std::cout << '\n' << weights.text();
}

}  // namespace

void add_inspect_command(CLI::App& app, Context& /*context*/, Action& chosen) {
  struct InspectOptions {
    std::filesystem::path file;
    bool json = false;
    bool brief = false;
  };
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand("inspect", "Show what a model is, and where its bytes go");
  command->add_option("MODEL", options->file, "A .mlmodel file")->required();
  command->add_flag("--json", options->json, "Print a JSON document");
  command->add_flag("--brief", options->brief, "Leave out the table of weights");
  command->callback([options, &chosen] {
    chosen = [options] {
      const model::ModelSummary summary = model::summarize(*model::load_model(options->file));
      if (options->json) {
        std::cout << summary_json(summary).dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
      } else {
        print_summary(summary, !options->brief);
      }
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
