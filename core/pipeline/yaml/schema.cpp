// One function per kind of value. A scalar may always be a text with a variable in it, so numbers and choices
// are paired with such a text.
#include "core/pipeline/yaml/schema.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"

namespace goldilocks::pipeline {
namespace {

using Json = nlohmann::ordered_json;

Json with_variable() { return {{"type", "string"}, {"pattern", R"(\$\{[^}]+\})"}}; }
Json or_variable(Json schema) { return {{"anyOf", Json::array({std::move(schema), with_variable()})}}; }
Json or_null(Json schema) { return {{"anyOf", Json::array({std::move(schema), {{"type", "null"}}})}}; }

// A scalar that is read as text, whatever YAML takes it for.
Json scalar() { return {{"type", {"string", "number", "boolean"}}}; }

// A number without a fraction is written as such.
Json number_of(double value) {
  if (std::abs(value) < 1e15 && std::trunc(value) == value) return Json(static_cast<std::int64_t>(value));
  return Json(value);
}

Json value_of(const plugins::OptionValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

Type type_of(const plugins::OptionSpec& option) {
  Type type{.least = option.minimum, .most = option.maximum};
  switch (option.type) {
    case plugins::OptionType::boolean:
      type.kind = Type::Kind::flag;
      return type;
    case plugins::OptionType::integer:
      type.kind = Type::Kind::whole;
      return type;
    case plugins::OptionType::choice:
      return {.kind = Type::Kind::choice, .choices = option.choices};
    case plugins::OptionType::number:
    case plugins::OptionType::numbers:
      type.kind = Type::Kind::number;
      if (option.type == plugins::OptionType::number) return type;
      return {.kind = Type::Kind::list, .of = {type}};
    default:
      return {};
  }
}

class SchemaWriter {
 public:
  explicit SchemaWriter(plugins::Registry& registry) : registry_(registry) {}

  Json mapping(const Mapping& mapping) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Key& key : mapping.keys) {
      Json schema = type(key.value.type);
      schema["description"] = key.help;
      properties[key.name] = std::move(schema);
      if (key.value.is_required) required.push_back(key.name);
    }
    Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    const KeyCounts& counts = mapping.counts;
    if (counts.fewest > 0) schema["minProperties"] = counts.fewest;
    if (counts.most > 0) schema["maxProperties"] = counts.most;
    for (const std::string& key : counts.any_of) schema["anyOf"].push_back({{"required", {key}}});
    for (const std::string& key : counts.one_of) schema["oneOf"].push_back({{"required", {key}}});
    return counts.may_be_nothing ? or_null(std::move(schema)) : schema;
  }

 private:
  Json type(const Type& type) {
    switch (type.kind) {
      case Type::Kind::text:
        if (type.pattern.empty()) return scalar();
        return {{"type", "string"}, {"pattern", type.pattern}};
      case Type::Kind::flag:
        return or_variable({{"type", "boolean"}});
      case Type::Kind::whole:
        return or_variable(bounded("integer", type));
      case Type::Kind::number:
        return or_variable(bounded("number", type));
      case Type::Kind::choice:
        return choice(type);
      case Type::Kind::width:
        return or_variable({{"enum", known_widths()}});
      case Type::Kind::path:
        return {{"type", "string"}, {"minLength", 1}};
      case Type::Kind::list:
        return list(type);
      case Type::Kind::entries:
        return entries(type);
      case Type::Kind::mapping:
        return mapping(*type.mapping);
      case Type::Kind::plugin:
        return plugin(type);
      case Type::Kind::either: {
        Json alternatives = Json::array();
        for (const Type& alternative : type.of) alternatives.push_back(this->type(alternative));
        return {{"anyOf", std::move(alternatives)}};
      }
    }
    return {};
  }

  static Json bounded(const char* name, const Type& type) {
    Json schema = {{"type", name}};
    if (type.least) schema[type.above_least ? "exclusiveMinimum" : "minimum"] = number_of(*type.least);
    if (type.most) schema["maximum"] = number_of(*type.most);
    return schema;
  }

  // YAML reads `true` and `false` as such and not as text.
  static Json choice(const Type& type) {
    Json choices = Json::array();
    for (const std::string& name : type.choices) {
      choices.push_back(name == "true" || name == "false" ? Json(name == "true") : Json(name));
    }
    return or_variable({{"enum", choices}});
  }

  Json list(const Type& type) {
    Json schema = {{"type", "array"}, {"items", this->type(type.of.front())}};
    if (type.least) schema["minItems"] = number_of(*type.least);
    if (type.most) schema["maxItems"] = number_of(*type.most);
    return schema;
  }

  Json entries(const Type& type) {
    Json schema = {{"type", "object"}};
    if (!type.pattern.empty()) schema["propertyNames"] = {{"pattern", type.pattern}};
    if (type.choices.empty()) {
      schema["additionalProperties"] = this->type(type.of.front());
    } else {
      schema["additionalProperties"] = false;
      for (const std::string& key : type.choices) schema["properties"][key] = this->type(type.of.front());
    }
    if (type.least) schema["minProperties"] = number_of(*type.least);
    return schema;
  }

  // A name, or one key with options.
  Json plugin(const Type& type) {
    static const Mapping no_keys;
    Json names = Json::array();
    Json properties = Json::object();
    for (const std::string& name : registry_.names(type.plugin)) {
      try {
        Json options = mapping(type.mapping != nullptr ? *type.mapping : no_keys);
        for (const plugins::OptionSpec& option : options_of(registry_, type.plugin, name)) {
          if (options["properties"].contains(option.name)) continue;
          Json schema = this->type(type_of(option));
          schema["description"] = option.help;
          if (!option.required) schema["default"] = value_of(option.default_value);
          options["properties"][option.name] = std::move(schema);
          if (option.required) options["required"].push_back(option.name);
        }
        names.push_back(name);
        properties[name] = or_null(std::move(options));
      } catch (const PluginError&) {
        continue;  // `plugins list` says why
      }
    }
    const Json with_options = {{"type", "object"},
                               {"additionalProperties", false},
                               {"properties", std::move(properties)},
                               {"minProperties", 1},
                               {"maxProperties", 1}};
    return {{"anyOf", Json::array({or_variable({{"enum", std::move(names)}}), with_options})}};
  }

  plugins::Registry& registry_;
};

}  // namespace

nlohmann::ordered_json pipeline_schema(plugins::Registry& registry) {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "Goldilocks pipeline"},
                 {"description", "See docs/pipeline.md."}};
  schema.update(SchemaWriter(registry).mapping(grammar::pipeline()));
  return schema;
}

}  // namespace goldilocks::pipeline
