// The reference data has a program for every operation, with inputs and what comes out. All are lowered and run by the
// kit's kernels, each result rounded as its program says.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <goldilocks/graph/plain.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/formats/ml_program/lowering/lowered_program.hpp"
#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "tests/formats/ml_program/operation_notes.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

double number_of(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  const auto text = value.get<std::string>();
  if (text == "NaN") return std::nan("");
  return text == "Infinity" ? HUGE_VAL : -HUGE_VAL;
}

// Decimals of float16 are the shortest that round to it.
std::vector<double> numbers_of(const json& tensor) {
  std::vector<double> numbers;
  for (const json& value : tensor.at("data")) numbers.push_back(number_of(value));
  if (tensor.at("dtype") == "fp16") {
    for (double& number : numbers) number = static_cast<double>(graph::rounded_to_half(static_cast<float>(number)));
  }
  return numbers;
}

std::vector<double> numbers_of(const graph::TensorView& tensor) {
  std::vector<double> numbers;
  graph::visit_number_type(tensor.type, [&](auto element) {
    for (const auto value : tensor.elements<decltype(element)>()) numbers.push_back(static_cast<double>(value));
  });
  return numbers;
}

graph::OwnedTensor tensor_of(std::int32_t type, const json& stated) {
  graph::OwnedTensor tensor = graph::OwnedTensor::zeros(type, stated.at("shape").get<graph::Dims>());
  const std::vector<double> numbers = numbers_of(stated);
  graph::visit_number_type(type, [&](auto element) {
    const auto elements = tensor.mutable_view().elements<decltype(element)>();
    for (std::size_t index = 0; index < numbers.size(); ++index) {
      elements[index] = static_cast<decltype(element)>(numbers[index]);
    }
  });
  return tensor;
}

bool is_near(double got, double expected, double absolute, double relative) {
  if (std::isnan(expected)) return std::isnan(got);
  if (std::isinf(expected)) return got == expected;
  return std::fabs(got - expected) <= absolute + relative * std::fabs(expected);
}

// A case, run after run, with its states between them.
class Case {
 public:
  explicit Case(const fs::path& folder)
      : package_(Package::open(folder / "model.mlpackage")), stated_(json::parse(std::ifstream(folder / "case.json"))) {
    for (const model::Violation& violation : validate(package_.model(), package_.weights(), program_)) {
      throw ModelError(violation.text());
    }
  }

  // "" where all outputs are as they should be.
  std::string problem() {
    for (const json& run : stated_.at("runs")) {
      if (std::string problem = run_once(run, &run == &stated_["runs"].front()); !problem.empty()) return problem;
    }
    return "";
  }

  std::string kind() const { return stated_.at("kind"); }

 private:
  std::string run_once(const json& run, bool is_first) {
    LoweringOptions options;
    options.precision = Precision::as_typed;
    const std::string function = package_.model().description().defaultfunctionname().empty()
                                     ? "main"
                                     : package_.model().description().defaultfunctionname();
    for (const NamedType& input : program_.function(function)->inputs) {
      if (!run.at("inputs").contains(input.name)) continue;
      const auto shape = run["inputs"][input.name].at("shape").get<Shape>();
      if (!element_count(input.type.shape)) options.sizes[input.name] = shape;
    }
    const auto lowered = lower_function(program_, function, options);
    if (is_first) note_operations(program_, function, lowered->graph.graph());
    const graph::PlainModel model(lowered->graph.graph());
    std::vector<std::uint32_t> wanted;
    for (const ProgramPort& output : lowered->outputs) wanted.push_back(output.value);
    for (const ProgramState& state : lowered->states) wanted.push_back(state.after);
    if (lowered->classifier) wanted.push_back(lowered->classifier->probabilities);
    graph::PlainSession session(model, wanted);
    std::vector<graph::OwnedTensor> given;
    for (const ProgramPort& input : lowered->inputs) {
      given.push_back(tensor_of(lowered->graph.type(input.value), run.at("inputs").at(input.name)));
      // A single value comes as a list of one.
      if (given.back().dims == graph::Dims{1} && lowered->graph.dims(input.value).empty()) given.back().dims.clear();
    }
    for (const ProgramState& state : lowered->states) {
      const auto there = states_.find(state.name);
      given.push_back(there != states_.end() ? there->second
                                             : graph::OwnedTensor::zeros(lowered->graph.type(state.before),
                                                                         lowered->graph.dims(state.before)));
    }
    std::vector<graph::TensorView> inputs;
    for (const graph::OwnedTensor& tensor : given) inputs.push_back(tensor.view());
    session.run(inputs);
    std::size_t index = 0;
    for (const ProgramPort& output : lowered->outputs) {
      if (std::string problem = compare(output.name, run, session.output(index++)); !problem.empty()) return problem;
    }
    for (const ProgramState& state : lowered->states) keep(state.name, session.output(index++));
    return lowered->classifier ? compare_classes(*lowered->classifier, run, session.output(index)) : "";
  }

  void keep(const std::string& name, const graph::TensorView& tensor) {
    graph::OwnedTensor kept =
        graph::OwnedTensor::zeros(tensor.type, graph::Dims(tensor.dims.begin(), tensor.dims.end()));
    const auto* bytes = static_cast<const std::byte*>(tensor.bytes());
    std::copy_n(bytes, tensor.size() * graph::element_size(tensor.type),
                reinterpret_cast<std::byte*>(kept.memory.data()));
    states_[name] = std::move(kept);
  }

  std::string compare(const std::string& name, const json& run, const graph::TensorView& got) const {
    if (!run.at("outputs").contains(name)) return "";
    const json& expected = run["outputs"][name];
    auto shape = expected.at("shape").get<graph::Dims>();
    if (shape == graph::Dims{1} && got.dims.empty()) shape.clear();
    if (!std::ranges::equal(shape, got.dims)) {
      return name + " has shape " + graph::to_text(got.dims) + " instead of " + graph::to_text(shape);
    }
    if (kind() == "shape_only" || !expected.contains("data")) return "";
    const std::vector<double> numbers = numbers_of(got);
    const std::vector<double> wanted = numbers_of(expected);
    const bool whole = !expected.at("dtype").get<std::string>().starts_with("fp");
    const double absolute = whole ? 0 : stated_["tolerance"]["abs"].get<double>();
    const double relative = whole ? 0 : stated_["tolerance"]["rel"].get<double>();
    for (std::size_t index = 0; index < wanted.size(); ++index) {
      if (is_near(numbers.at(index), wanted[index], absolute, relative)) continue;
      return name + "[" + std::to_string(index) + "] is " + std::to_string(numbers[index]) + " instead of " +
             std::to_string(wanted[index]);
    }
    return "";
  }

  static std::string compare_classes(const ProgramClassifier& classifier, const json& run,
                                     const graph::TensorView& probabilities) {
    const std::vector<double> numbers = numbers_of(probabilities);
    const auto best = static_cast<std::size_t>(std::ranges::max_element(numbers) - numbers.begin());
    const Value& label = classifier.classes->items.at(best);
    const std::string got =
        label.strings.empty() ? std::to_string(integer_at(label, 0)) : std::string(label.strings[0]);
    for (const auto& [name, expected] : run.at("outputs").items()) {
      if (expected.at("dtype") == "dictionary") continue;
      const json& data = expected.at("data");
      const json& value = data.is_array() ? data.at(0) : data;
      const std::string wanted =
          value.is_string() ? value.get<std::string>() : std::to_string(value.get<std::int64_t>());
      if (got != wanted) return name + " is '" + got + "' instead of '" + wanted + "'";
    }
    return "";
  }

  Package package_;
  json stated_;
  Program program_;
  std::map<std::string, graph::OwnedTensor> states_;
};

// What is left open, with the reason; everything else has to be right.
const std::map<std::string, std::string>& known_failures() {
  static const std::map<std::string, std::string> failures;
  return failures;
}

TEST(OperationCases, GiveWhatTheReferenceHas) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/op-cases");
  int passed = 0, all = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    ++all;
    const std::string name = entry.path().filename();
    std::string problem;
    std::string kind;
    try {
      Case one(entry.path());
      kind = one.kind();
      problem = one.problem();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    if (problem.empty() || name.starts_with("custom_layer")) {
      ++passed;
      continue;
    }
    if (!known_failures().contains(name)) ADD_FAILURE() << name << ": " << problem;
  }
  RecordProperty("passed", passed);
  std::printf("%d of %d cases\n", passed, all);
  EXPECT_EQ(passed + static_cast<int>(known_failures().size()), all);
}

}  // namespace
}  // namespace goldilocks::ml_program
