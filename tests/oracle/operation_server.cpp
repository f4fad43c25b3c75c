// Runs single operations by the kit's plain kernels for a script: reads one JSON object a line, writes one a line.
//
//      {"type": "pad", "inputs": [{"dims": [2], "values": [1, 2]}, null], "attributes": {"pads": [1, 0]}, "outputs": 1}
//      -> {"outputs": [{"dims": [3], "values": [0, 1, 2]}]}  or  {"error": "..."}
//      {"type": ""} -> {"types": ["add", ...]}, all that can be run
//
// An absent input is null. Numbers with a point are numbers to the operation, others are integers.
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using nlohmann::json;

lowering::Attribute attribute_of(const std::string& name, const json& value) {
  if (value.is_string()) return {name, value.get<std::string>()};
  if (value.is_number_float()) return {name, value.get<double>()};
  if (value.is_number_integer()) return {name, value.get<std::int64_t>()};
  const bool numbers = std::ranges::any_of(value, [](const json& entry) { return entry.is_number_float(); });
  if (numbers) return {name, value.get<std::vector<double>>()};
  return {name, value.get<std::vector<std::int64_t>>()};
}

json answer(const json& request) {
  const auto type = request.at("type").get<std::string>();
  json reply;
  if (type.empty()) {
    reply["types"] = json::array();
    for (const graph::Kernel& kernel : graph::kernels()) {
      if (kernel.run != nullptr) reply["types"].push_back(kernel.type);
    }
    return reply;
  }
  std::vector<TestTensor> inputs;
  for (const json& input : request.at("inputs")) {
    inputs.push_back(input.is_null()
                         ? absent()
                         : TestTensor{input.at("dims").get<Dims>(), input.at("values").get<std::vector<float>>()});
  }
  Attributes attributes;
  for (const auto& [name, value] : request.at("attributes").items()) attributes.push_back(attribute_of(name, value));
  reply["outputs"] = json::array();
  for (const TestTensor& output : run_operation(type, inputs, attributes, request.at("outputs").get<std::size_t>())) {
    reply["outputs"].push_back({{"dims", output.dims}, {"values", output.values}});
  }
  return reply;
}

void serve() {
  for (std::string line; std::getline(std::cin, line);) {
    json reply;
    try {
      reply = answer(json::parse(line));
    } catch (const std::exception& error) {
      reply = {{"error", error.what()}};
    }
    std::cout << reply << std::endl;
  }
}

}  // namespace
}  // namespace goldilocks::testing

int main() {
  goldilocks::testing::serve();
  return 0;
}
