#include "tests/pipeline/schema_validator.hpp"

#include <regex>
#include <set>
#include <stdexcept>

namespace goldilocks::testing {
namespace {

using nlohmann::json;

json scalar_as_json(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (text == "true" || text == "false") return text == "true";
  const json number = json::parse(text, nullptr, false);
  return number.is_number() ? number : json(text);
}

json as_json(const YAML::Node& node) {
  if (node.IsSequence()) {
    json list = json::array();
    for (const auto& item : node) list.push_back(as_json(item));
    return list;
  }
  if (node.IsMap()) {
    json object = json::object();
    json merged = json::array();
    for (const auto& entry : node) {
      if (entry.first.Scalar() == "<<") {
        merged = as_json(entry.second);
      } else {
        object[entry.first.Scalar()] = as_json(entry.second);
      }
    }
    if (merged.is_object()) merged = json::array({merged});
    for (const json& other : merged) {
      for (const auto& [key, value] : other.items()) object.emplace(key, value);
    }
    return object;
  }
  return node.IsScalar() ? scalar_as_json(node) : json();
}

bool has_type(const json& document, const std::string& type) {
  if (type == "object") return document.is_object();
  if (type == "array") return document.is_array();
  if (type == "string") return document.is_string();
  if (type == "boolean") return document.is_boolean();
  if (type == "null") return document.is_null();
  if (type == "integer") return document.is_number_integer();
  if (type == "number") return document.is_number();
  throw std::logic_error("unknown type " + type);
}

bool has_any_type(const json& document, const json& types) {
  if (types.is_string()) return has_type(document, types);
  return std::any_of(types.begin(), types.end(), [&](const json& type) { return has_type(document, type); });
}

std::string object_fault(const json& schema, const json& document, const std::string& path) {
  const json properties = schema.value("properties", json::object());
  for (const auto& [key, value] : document.items()) {
    const std::string inner = path + "/" + key;
    if (schema.contains("propertyNames")) {
      const std::string fault = schema_fault(schema["propertyNames"], key, inner);
      if (!fault.empty()) return fault;
    }
    const json rest = schema.value("additionalProperties", json(true));
    if (!properties.contains(key) && rest == false) return inner + ": unknown key";
    const json& own = properties.contains(key) ? properties.at(key) : rest;
    if (own.is_object()) {
      const std::string fault = schema_fault(own, value, inner);
      if (!fault.empty()) return fault;
    }
  }
  for (const json& key : schema.value("required", json::array())) {
    if (!document.contains(key.get<std::string>())) return path + ": no " + key.get<std::string>();
  }
  if (document.size() < schema.value("minProperties", std::size_t{0})) return path + ": too few keys";
  if (document.size() > schema.value("maxProperties", document.size())) return path + ": too many keys";
  return "";
}

}  // namespace

json yaml_as_json(const std::string& yaml) { return as_json(YAML::Load(yaml)); }

std::string schema_fault(const json& schema, const json& document, const std::string& path) {
  static const std::set<std::string> known = {
      "$schema",         "title",    "description",   "default",       "type",      "enum",     "anyOf",
      "items",           "minItems", "properties",    "propertyNames", "required",  "minimum",  "additionalProperties",
      "maximum",         "pattern",  "minProperties", "maxProperties", "minLength", "maxItems", "oneOf",
      "exclusiveMinimum"};
  for (const auto& [keyword, unused] : schema.items()) {
    if (!known.contains(keyword)) throw std::logic_error("unknown keyword " + keyword);
  }
  if (schema.contains("type") && !has_any_type(document, schema["type"])) return path + ": wrong type";
  if (schema.contains("enum")) {
    const json& choices = schema["enum"];
    if (std::find(choices.begin(), choices.end(), document) == choices.end()) return path + ": not one of the choices";
  }
  if (schema.contains("anyOf")) {
    std::string fault;
    bool any = false;
    for (const json& choice : schema["anyOf"]) {
      const std::string inner = schema_fault(choice, document, path);
      any = any || inner.empty();
      fault += (fault.empty() ? "" : " | ") + inner;
    }
    if (!any) return fault;
  }
  if (schema.contains("oneOf")) {
    const json& choices = schema["oneOf"];
    const auto fitting = std::count_if(choices.begin(), choices.end(), [&](const json& choice) {
      return schema_fault(choice, document, path).empty();
    });
    if (fitting != 1) return path + ": fits " + std::to_string(fitting) + " of the choices";
  }
  if (document.is_string()) {
    const std::string text = document;
    if (schema.contains("pattern") && !std::regex_search(text, std::regex(schema["pattern"].get<std::string>()))) {
      return path + ": doesn't match";
    }
    if (text.size() < schema.value("minLength", std::size_t{0})) return path + ": too short";
  }
  if (document.is_number()) {
    if (document.get<double>() < schema.value("minimum", document.get<double>())) return path + ": too small";
    if (schema.contains("exclusiveMinimum") && document.get<double>() <= schema["exclusiveMinimum"].get<double>()) {
      return path + ": too small";
    }
    if (document.get<double>() > schema.value("maximum", document.get<double>())) return path + ": too large";
  }
  if (document.is_array()) {
    if (document.size() < schema.value("minItems", std::size_t{0})) return path + ": too few items";
    if (document.size() > schema.value("maxItems", document.size())) return path + ": too many items";
    for (std::size_t i = 0; i < document.size() && schema.contains("items"); ++i) {
      const std::string fault = schema_fault(schema["items"], document[i], path + "/" + std::to_string(i));
      if (!fault.empty()) return fault;
    }
  }
  return document.is_object() ? object_fault(schema, document, path) : "";
}

}  // namespace goldilocks::testing
