// inspect MODEL [OTHER]: what a model is, and where its bytes go; or what differs between two.
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/document_differences.hpp"
#include "core/cli/inspect_program.hpp"
#include "core/cli/table.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/formats/program_summary.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::cli {
namespace {

using nlohmann::ordered_json;

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

// The SHA-256 of each weight's decompressed values, by its layer with its place, and its parameter. What can't be
// decompressed has none.
std::map<std::pair<std::string, std::string>, std::string> digests_of(const std::filesystem::path& file) {
  std::map<std::pair<std::string, std::string>, std::string> digests;
  const auto taken = formats::open(file)->take_weights(file.string());
  const std::span<const weights::Weight> all = taken->weights();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].bytes == 0) continue;
    try {
      const std::vector<float> values = weights::decode(taken->read(i), all[i].place);
      digests[{all[i].layer, all[i].parameter}] = sha256(std::as_bytes(std::span(values)));
    } catch (const ModelError&) {
      continue;
    }
  }
  return digests;
}

// The document of a model of any type, with what tells the values of its weights apart.
ordered_json comparable_json(const std::filesystem::path& file) {
  const auto program = formats::summarize_program(file, {.statistics = false, .digests = true});
  if (program) return program_json(*program);
  const auto model = formats::open(file);
  ordered_json document = summary_json(model->summary());
  if (!formats::has_network(*model)) return document;
  const auto digests = digests_of(file);
  for (ordered_json& weight : document["weights"]) {
    const std::string place = weight["model"];
    const std::string layer = weight["layer"];
    const auto digest = digests.find({place.empty() ? layer : place + ": " + layer, weight["parameter"]});
    if (digest != digests.end()) weight["sha256"] = digest->second;
  }
  return document;
}

void print_json(const ordered_json& document) {
  std::cout << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

void inspect(const std::filesystem::path& file, bool json, bool brief) {
  const auto program = formats::summarize_program(file, {.statistics = !brief, .digests = false});
  if (program && json) {
    print_json(program_json(*program));
  } else if (program) {
    print_program(*program, !brief);
  } else if (const model::ModelSummary summary = formats::open(file)->summary(); json) {
    print_json(summary_json(summary));
  } else {
    print_summary(summary, !brief);
  }
}

void print_differences(const std::filesystem::path& file, const std::filesystem::path& other, bool json) {
  const auto lines = document_differences(comparable_json(file), comparable_json(other));
  if (json) return print_json({{"differences", lines}});
  for (const std::string& line : lines) std::cout << line << '\n';
  if (lines.empty()) std::cout << "no difference\n";
}

}  // namespace

void add_inspect_command(CLI::App& app, Context& /*context*/, Action& chosen) {
  struct InspectOptions {
    std::filesystem::path file;
    std::filesystem::path other;
    bool json = false;
    bool brief = false;
  };
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand("inspect", "Show what a model is, and where its bytes go");
  command->add_option("MODEL", options->file, formats::a_model)->required();
  command->add_option("OTHER", options->other, "Another model: show what differs instead");
  command->add_flag("--json", options->json, "Print a JSON document");
  command->add_flag("--brief", options->brief, "Leave out the table of weights");
  command->callback([options, &chosen] {
    chosen = [options] {
      if (options->other.empty()) {
        inspect(options->file, options->json, options->brief);
      } else {
        print_differences(options->file, options->other, options->json);
      }
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
