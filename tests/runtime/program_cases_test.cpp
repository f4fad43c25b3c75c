// The reference data has a program for every operation, with inputs and what comes out. Each is loaded as users load
// models, and predicts by both backends, rounded as it says and with more.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/plugins/registry.hpp"
#include "core/runtime/arrays.hpp"
#include "tests/runtime/model_runner.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

double stated_number(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  const auto text = value.get<std::string>();
  if (text == "NaN") return std::nan("");
  return text == "Infinity" ? HUGE_VAL : -HUGE_VAL;
}

std::vector<double> stated_numbers(const json& tensor) {
  std::vector<double> numbers;
  for (const json& value : tensor.at("data")) numbers.push_back(stated_number(value));
  return numbers;
}

// One case by one backend, run after run, with its states between them.
class ProgramCase {
 public:
  ProgramCase(const fs::path& folder, const std::string& backend, bool rounds_as_typed)
      : stated_(json::parse(std::ifstream(folder / "case.json"))),
        model_(folder / "model.mlpackage", plugin(backend), plugins::complete_options(plugin(backend).options, {}),
               {.rounds_as_typed = rounds_as_typed}),
        state_(model_.fresh_state()) {}

  // "" where all outputs are as they should be.
  std::string problem() {
    for (const json& run : stated_.at("runs")) {
      Values inputs;
      for (const auto& [name, tensor] : run.at("inputs").items()) {
        inputs[name] = doubles(tensor.at("shape").get<std::vector<std::int64_t>>(), stated_numbers(tensor));
      }
      const Values outputs = model_.predict(inputs, &state_, nullptr);
      for (const auto& [name, expected] : run.at("outputs").items()) {
        if (!outputs.contains(name)) return "there is no output " + name;
        if (std::string problem = compare(outputs.at(name), expected); !problem.empty()) return name + problem;
      }
    }
    return "";
  }

 private:
  static const plugins::BackendPlugin& plugin(const std::string& backend) {
    static plugins::Registry registry({fs::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
    return registry.backend(backend);
  }

  bool is_near(double got, double expected, bool whole) const {
    if (std::isnan(expected)) return std::isnan(got);
    if (whole || std::isinf(expected)) return got == expected;
    const json& tolerance = stated_.at("tolerance");
    return std::fabs(got - expected) <=
           tolerance.at("abs").get<double>() + tolerance.at("rel").get<double>() * std::fabs(expected);
  }

  std::string compare(const Value& got, const json& expected) const {
    const auto type = expected.at("dtype").get<std::string>();
    if (type == "dictionary") return compare_entries(got, expected.at("entries"));
    if (const auto* text = std::get_if<std::string>(&got)) {
      const json& data = expected.at("data");
      const json& wanted = data.is_array() ? data.at(0) : data;
      return *text == wanted.get<std::string>() ? "" : " is '" + *text + "' instead of " + wanted.dump();
    }
    if (const auto* label = std::get_if<std::int64_t>(&got)) {
      const json& data = expected.at("data");
      return *label == (data.is_array() ? data.at(0) : data).get<std::int64_t>() ? "" : " is " + std::to_string(*label);
    }
    const auto& array = std::get<Array>(got);
    auto shape = expected.at("shape").get<std::vector<std::int64_t>>();
    if (shape.empty() && array.shape.size() == 1) shape = {1};
    if (shape != array.shape) {
      return " has shape " + runtime::shape_text(array.shape) + " instead of " + runtime::shape_text(shape);
    }
    if (stated_.at("kind") == "shape_only" || !expected.contains("data")) return "";
    const std::vector<double> numbers = runtime::to_doubles(array);
    const std::vector<double> wanted = stated_numbers(expected);
    for (std::size_t index = 0; index < wanted.size(); ++index) {
      const double number =
          type == "fp16" ? static_cast<double>(float_from_half(half_from_float(static_cast<float>(wanted[index]))))
                         : wanted[index];
      if (is_near(numbers.at(index), number, !type.starts_with("fp"))) continue;
      return fmt::format("[{}] is {} instead of {}", index, numbers[index], number);
    }
    return "";
  }

  std::string compare_entries(const Value& got, const json& entries) const {
    std::map<std::string, double> scores;
    if (const auto* texts = std::get_if<runtime::TextDictionary>(&got)) {
      scores = *texts;
    } else if (const auto* integers = std::get_if<runtime::IntegerDictionary>(&got)) {
      for (const auto& [key, score] : *integers) scores[std::to_string(key)] = score;
    }
    for (const json& entry : entries) {
      const std::string key = entry.at(0).is_string() ? entry.at(0).get<std::string>() : entry.at(0).dump();
      if (!scores.contains(key)) return " has no entry " + key;
      if (!is_near(scores.at(key), stated_number(entry.at(1)), false)) {
        return fmt::format("[{}] is {} instead of {}", key, scores.at(key), entry.at(1).dump());
      }
    }
    return "";
  }

  json stated_;
  runtime::LoadedModel model_;
  runtime::State state_;
};

void expect_all_cases(const std::string& backend, bool rounds_as_typed) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/op-cases");
  int passed = 0, all = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!entry.is_directory() || name.starts_with("custom_layer")) continue;
    ++all;
    std::string problem;
    try {
      problem = ProgramCase(entry.path(), backend, rounds_as_typed).problem();
    } catch (const std::exception& error) {
      problem = std::string(": ") + error.what();
    }
    if (problem.empty()) {
      ++passed;
    } else {
      ADD_FAILURE() << name << ' ' << problem;
    }
  }
  std::printf("%d of %d cases by %s\n", passed, all, backend.c_str());
}

TEST(ProgramCases, GiveWhatIsExpectedByReference) { expect_all_cases("reference", true); }
TEST(ProgramCases, GiveWhatIsExpectedByOnednn) { expect_all_cases("onednn", true); }
TEST(ProgramCases, GiveWhatIsExpectedWithFewerRoundings) { expect_all_cases("onednn", false); }

}  // namespace
}  // namespace goldilocks::testing
