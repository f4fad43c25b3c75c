// Widths as rules: one for each width and parameter, which names its layers, as people would write them. A rule's
// pattern also fits a layer's bare name, so that of layers inside others, which are named with their place, stands
// before those of the outermost network.
#include <algorithm>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "core/base/error.hpp"
#include "core/pipeline/widths/mixed_widths.hpp"
#include "core/quantization/weight_rules.hpp"

namespace goldilocks::pipeline {
namespace {

std::string as_glob(const std::string& name) {
  std::string glob;
  for (const char letter : name) {
    if (letter == '*' || letter == '?' || letter == '\\') glob += '\\';
    glob += letter;
  }
  return glob;
}

}  // namespace

std::vector<WidthRule> rules_of(const std::vector<MixedTensor>& tensors, const WeightCandidates& candidates) {
  std::map<std::string, const weights::Weight*> by_name;
  for (const weights::Weight& weight : candidates.weights().weights()) {
    by_name[weight.layer + '\n' + weight.parameter] = &weight;
  }
  // Inner layers first, then by parameter and falling width; within a rule in file order.
  std::map<std::tuple<bool, std::string, int>, WidthRule> rules;
  for (const MixedTensor& tensor : tensors) {
    const weights::Weight& weight = *by_name.at(tensor.layer + '\n' + tensor.parameter);
    WidthRule& rule = rules[{weight.layer == weight.name, tensor.parameter, -tensor.bits}];
    rule.layers.push_back(as_glob(tensor.layer));
    rule.parameter = as_glob(tensor.parameter);
    rule.bits = tensor.bits;
  }
  std::vector<WidthRule> result;
  result.reserve(rules.size());
  for (auto& [order, rule] : rules) result.push_back(std::move(rule));
  for (const MixedTensor& tensor : tensors) {
    const weights::Weight& weight = *by_name.at(tensor.layer + '\n' + tensor.parameter);
    const auto first = std::find_if(result.begin(), result.end(), [&](const WidthRule& rule) {
      quantization::RuleMatch match;
      match.layers = rule.layers;
      match.parameters = {rule.parameter};
      return matches(match, weight);
    });
    if (first == result.end() || first->bits != tensor.bits) {
      throw ModelError(weight.place, "its layer's name is another one's, too, so no rule can tell them apart");
    }
  }
  return result;
}

std::string rules_file(const std::vector<WidthRule>& rules, const std::vector<std::string>& comment) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "rules" << YAML::Value << YAML::BeginSeq;
  for (const WidthRule& rule : rules) {
    out << YAML::BeginMap << YAML::Key << "match" << YAML::Value << YAML::BeginMap;
    out << YAML::Key << "layer" << YAML::Value << YAML::BeginSeq;
    for (const std::string& layer : rule.layers) out << YAML::DoubleQuoted << layer;
    out << YAML::EndSeq << YAML::Key << "parameter" << YAML::Value << YAML::DoubleQuoted << rule.parameter;
    out << YAML::EndMap;
    if (rule.bits == 32) {
      out << YAML::Key << "skip" << YAML::Value << true;
    } else {
      out << YAML::Key << "bits" << YAML::Value << rule.bits;
    }
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
  std::string text;
  for (const std::string& line : comment) text += "# " + line + "\n";
  return text + out.c_str() + "\n";
}

int MixedWidths::common_bits() const {
  std::map<int, std::size_t> counts;
  for (const MixedTensor& tensor : tensors) {
    if (tensor.bits <= 8) ++counts[tensor.bits];
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? 16 : most->first;
}

std::string to_json(const MixedWidths& widths) {
  auto tensors = nlohmann::ordered_json::array();
  for (const MixedTensor& tensor : widths.tensors) {
    tensors.push_back({{"layer", tensor.layer}, {"parameter", tensor.parameter}, {"bits", tensor.bits}});
  }
  auto rules = nlohmann::ordered_json::array();
  for (const WidthRule& rule : widths.rules) {
    rules.push_back({{"layers", rule.layers}, {"parameter", rule.parameter}, {"bits", rule.bits}});
  }
  return nlohmann::ordered_json{
      {"predicted", widths.predicted},     {"first_measured", widths.first_measured}, {"measured", widths.measured},
      {"corrections", widths.corrections}, {"measurements", widths.measurements},     {"tensors", std::move(tensors)},
      {"rules", std::move(rules)}}
      .dump();
}

MixedWidths mixed_widths_from_json(std::string_view json) {
  MixedWidths widths;
  const auto document = nlohmann::json::parse(json);
  document.at("predicted").get_to(widths.predicted);
  document.at("first_measured").get_to(widths.first_measured);
  document.at("measured").get_to(widths.measured);
  document.at("corrections").get_to(widths.corrections);
  document.at("measurements").get_to(widths.measurements);
  for (const auto& item : document.at("tensors")) {
    MixedTensor& tensor = widths.tensors.emplace_back();
    item.at("layer").get_to(tensor.layer);
    item.at("parameter").get_to(tensor.parameter);
    item.at("bits").get_to(tensor.bits);
  }
  for (const auto& item : document.at("rules")) {
    WidthRule& rule = widths.rules.emplace_back();
    item.at("layers").get_to(rule.layers);
    item.at("parameter").get_to(rule.parameter);
    item.at("bits").get_to(rule.bits);
  }
  return widths;
}

}  // namespace goldilocks::pipeline
