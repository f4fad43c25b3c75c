#include "core/cli/inspect_program.hpp"

#include <iostream>

#include <fmt/format.h>

#include "core/cli/table.hpp"

namespace goldilocks::cli {
namespace {

using nlohmann::ordered_json;

ordered_json weight_json(const formats::ProgramWeight& weight) {
  ordered_json json = {{"name", weight.operation}, {"readers", weight.readers}, {"encoding", weight.encoding},
                       {"type", weight.element},   {"shape", weight.shape},     {"count", weight.count},
                       {"bytes", weight.bytes}};
  if (!weight.shared_with.empty()) json["sharedWith"] = weight.shared_with;
  if (weight.sparsity) json["sparsity"] = *weight.sparsity;
  if (weight.distinct) json["distinct"] = *weight.distinct;
  if (!weight.digest.empty()) json["sha256"] = weight.digest;
  return json;
}

ordered_json function_json(const formats::ProgramFunction& function) {
  ordered_json operations = ordered_json::object();
  for (const auto& [kind, count] : function.operations) operations[kind] = count;
  ordered_json weights = ordered_json::array();
  for (const formats::ProgramWeight& weight : function.weights) weights.push_back(weight_json(weight));
  return {{"name", function.name},
          {"opset", function.opset},
          {"inputs", features_json(function.inputs)},
          {"outputs", features_json(function.outputs)},
          {"states", features_json(function.states)},
          {"operations", operations},
          {"weights", weights}};
}

// "0.251", or "" where it is not known.
std::string sparsity_text(const formats::ProgramWeight& weight) {
  return weight.sparsity ? fmt::format("{:.3f}", *weight.sparsity) : "";
}

void print_function(const formats::ProgramFunction& function, bool is_default) {
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : function.operations) kinds.push_back(fmt::format("{} {}", count, kind));
  std::cout << '\n';
  print_line("function", fmt::format("{}{}, {}", function.name, is_default ? " (default)" : "", function.opset));
  print_features("inputs", function.inputs);
  print_features("outputs", function.outputs);
  print_features("states", function.states);
  print_line("operations", fmt::format("{} ({})", function.operation_count, fmt::join(kinds, ", ")));
}

void print_parts(const formats::ProgramSummary& summary) {
  const auto print_table = [&](const char* title, const std::map<std::string, std::uint64_t>& parts) {
    Table table({{title, Align::left}, {"size", Align::right}, {"share", Align::right}});
    for (const auto& [name, bytes] : parts) {
      table.add_row({name, human_bytes(bytes), share(bytes, summary.total_bytes)});
    }
    table.add_row({"structure, small constants and the rest", human_bytes(summary.other_bytes),
                   share(summary.other_bytes, summary.total_bytes)});
    table.add_row({"total", human_bytes(summary.total_bytes), share(summary.total_bytes, summary.total_bytes)});
    std::cout << '\n' << table.text();
  };
  print_table("bytes of weights by encoding", summary.bytes_by_encoding);
  print_table("bytes of weights by their first reader", summary.bytes_by_reader);
  Table files({{"file", Align::left}, {"size", Align::right}});
  for (const formats::ProgramFile& file : summary.files) files.add_row({file.path, human_bytes(file.bytes)});
  std::cout << '\n' << files.text();
}

void print_weights(const formats::ProgramFunction& function, std::uint64_t total) {
  if (function.weights.empty()) return;
  Table table({{"weight of " + function.name, Align::left},
               {"read by", Align::left},
               {"shape", Align::left},
               {"encoding", Align::left},
               {"zeros", Align::right},
               {"distinct", Align::right},
               {"size", Align::right},
               {"share", Align::right}});
  bool shared = false;
  for (const formats::ProgramWeight& weight : function.weights) {
    const std::size_t more = weight.readers.size() - 1;
    shared = shared || !weight.shared_with.empty();
    table.add_row({weight.operation, weight.readers[0] + (more == 0 ? "" : fmt::format(" and {} more", more)),
                   fmt::format("{}", fmt::join(weight.shape, " x ")), weight.encoding, sparsity_text(weight),
                   weight.distinct ? std::to_string(*weight.distinct) : "",
                   human_bytes(weight.bytes) + (weight.shared_with.empty() ? "" : " *"), share(weight.bytes, total)});
  }
  std::cout << '\n' << table.text();
  if (shared) std::cout << "* the same bytes as those of an earlier weight, counted once above\n";
}

}  // namespace

ordered_json features_json(const std::vector<model::FeatureSummary>& features) {
  ordered_json list = ordered_json::array();
  for (const auto& feature : features) {
    list.push_back({{"name", feature.name}, {"type", feature.type}, {"optional", feature.optional}});
  }
  return list;
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

ordered_json program_json(const formats::ProgramSummary& summary) {
  ordered_json functions = ordered_json::array();
  for (const formats::ProgramFunction& function : summary.functions) functions.push_back(function_json(function));
  ordered_json files = ordered_json::object();
  for (const formats::ProgramFile& file : summary.files) files[file.path] = file.bytes;
  return {{"type", "mlProgram"},
          {"specificationVersion", summary.specification_version},
          {"neededSpecificationVersion", summary.required_version},
          {"firstSystems", summary.first_systems},
          {"description", summary.description},
          {"author", summary.author},
          {"license", summary.license},
          {"version", summary.version},
          {"userDefined", summary.user_defined},
          {"defaultFunction", summary.default_function},
          {"functions", functions},
          {"parameters", summary.parameters},
          {"bytes",
           {{"total", summary.total_bytes},
            {"weights", summary.weight_bytes},
            {"other", summary.other_bytes},
            {"byEncoding", summary.bytes_by_encoding},
            {"byReader", summary.bytes_by_reader},
            {"files", files}}}};
}

void print_program(const formats::ProgramSummary& summary, bool every_weight) {
  print_line("type", fmt::format("mlProgram, specification version {} (it needs {})", summary.specification_version,
                                 summary.required_version));
  print_line("systems", summary.first_systems + ", and later");
  print_line("description", summary.description);
  print_line("author", summary.author);
  print_line("license", summary.license);
  print_line("version", summary.version);
  for (const auto& [key, value] : summary.user_defined) print_line("metadata", fmt::format("{}: {}", key, value));
  print_line("parameters", fmt::format("{}", summary.parameters));
  for (const formats::ProgramFunction& function : summary.functions) {
    print_function(function, function.name == summary.default_function);
  }
  print_parts(summary);
  if (!every_weight) return;
  for (const formats::ProgramFunction& function : summary.functions) print_weights(function, summary.total_bytes);
}

}  // namespace goldilocks::cli
