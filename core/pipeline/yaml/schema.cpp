// One function per shape of the grammar. A scalar may always be a text with a variable in it, so numbers and choices
// are paired with such a text.
#include "core/pipeline/yaml/schema.hpp"

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/evaluation/metric.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/selection_metrics.hpp"

namespace goldilocks::pipeline {
namespace {

using Json = nlohmann::ordered_json;

Json with_variable() { return {{"type", "string"}, {"pattern", R"(\$\{[^}]+\})"}}; }
Json or_variable(Json schema) { return {{"anyOf", Json::array({std::move(schema), with_variable()})}}; }
Json list_of(Json item) { return {{"type", "array"}, {"items", std::move(item)}, {"minItems", 1}}; }
Json one_or_list_of(Json item) {
  Json list = list_of(item);
  return {{"anyOf", Json::array({std::move(item), std::move(list)})}};
}
Json or_null(Json schema) { return {{"anyOf", Json::array({std::move(schema), {{"type", "null"}}})}}; }

// A scalar that is read as text, whatever YAML takes it for.
Json scalar() { return {{"type", {"string", "number", "boolean"}}}; }

template <class Names>
Json choice_of(const Names& names) {
  Json choices = Json::array();
  for (const auto& name : names) choices.push_back(std::string(name));
  return or_variable({{"enum", choices}});
}

// Where YAML reads `true` and `false` as such and not as text.
template <class Names>
Json yaml_choice_of(const Names& names) {
  Json choices = Json::array();
  for (const auto& name : names) {
    if (name == "true" || name == "false") {
      choices.push_back(name == "true");
    } else {
      choices.push_back(std::string(name));
    }
  }
  return or_variable({{"enum", choices}});
}

Json value_of(const plugins::OptionValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

Json range_of(const plugins::OptionSpec& option, const char* type) {
  Json schema = {{"type", type}};
  if (option.minimum) schema["minimum"] = *option.minimum;
  if (option.maximum) schema["maximum"] = *option.maximum;
  return schema;
}

Json option_schema(const plugins::OptionSpec& option) {
  Json schema;
  switch (option.type) {
    case plugins::OptionType::boolean:
      schema = or_variable({{"type", "boolean"}});
      break;
    case plugins::OptionType::integer:
      schema = or_variable(range_of(option, "integer"));
      break;
    case plugins::OptionType::number:
      schema = or_variable(range_of(option, "number"));
      break;
    case plugins::OptionType::choice:
      schema = choice_of(option.choices);
      break;
    case plugins::OptionType::numbers:
      schema = {{"type", "array"}, {"items", or_variable(range_of(option, "number"))}};
      break;
    default:
      schema = scalar();
  }
  schema["description"] = option.help;
  if (!option.required) schema["default"] = value_of(option.default_value);
  return schema;
}

class SchemaWriter {
 public:
  explicit SchemaWriter(plugins::Registry& registry) : registry_(registry) {}

  Json mapping(std::span<const Key> keys) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Key& key : keys) {
      Json schema = shape(key.shape);
      schema["description"] = key.help;
      properties[std::string(key.name)] = std::move(schema);
      if (key.required) required.push_back(key.name);
    }
    Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }

 private:
  Json shape(Shape shape) {
    switch (shape) {
      case Shape::text:
      case Shape::name:
      case Shape::name_template:
        return scalar();
      case Shape::texts:
        return one_or_list_of(scalar());
      case Shape::flag:
        return or_variable({{"type", "boolean"}});
      case Shape::whole:
        return or_variable({{"type", "integer"}, {"minimum", 0}});
      case Shape::path:
        return {{"type", "string"}, {"minLength", 1}};
      case Shape::paths:
        return list_of({{"type", "string"}, {"minLength", 1}});
      case Shape::variables:
        return {{"type", "object"},
                {"propertyNames", {{"pattern", "^[A-Za-z0-9_]+$"}}},
                {"additionalProperties", {{"anyOf", {scalar(), mapping(grammar::path_variable())}}}}};
      case Shape::stages:
        return list_of(stage());
      case Shape::load:
        return mapping(grammar::load());
      case Shape::model:
        return model();
      case Shape::models:
        return list_of(model());
      case Shape::dataset: {
        Json schema = mapping(grammar::dataset());
        schema["anyOf"] = {{{"required", {"images"}}}, {{"required", {"inputs"}}}};
        return schema;
      }
      case Shape::arrays: {
        const Json path = {{"type", "string"}, {"minLength", 1}};
        return {{"anyOf", {path, {{"type", "object"}, {"additionalProperties", path}, {"minProperties", 1}}}}};
      }
      case Shape::crop:
        return choice_of(crop_names());
      case Shape::filter:
        return choice_of(filter_names());
      case Shape::split:
        return mapping(grammar::split());
      case Shape::parts:
        return {{"type", "object"},
                {"minProperties", 1},
                {"additionalProperties", or_variable({{"type", "number"}, {"minimum", 0}, {"maximum", 1}})}};
      case Shape::quantize:
        return mapping(grammar::quantize());
      case Shape::inputs:
        return one_or_list_of(scalar());
      case Shape::sweep:
        return mapping(grammar::sweep());
      case Shape::functions:
        return one_or_list_of(plugin(plugins::Kind::quantizer, grammar::swept_function()));
      case Shape::bits:
        return one_or_list_of(or_variable({{"enum", known_widths()}}));
      case Shape::width:
        return or_variable({{"enum", known_widths()}});
      case Shape::quantizer:
        return plugin(plugins::Kind::quantizer, {});
      case Shape::rules:
        return list_of({{"anyOf", Json::array({mapping(grammar::skipping_rule()), quantizing_rule()})}});
      case Shape::match:
        return match();
      case Shape::layer_types:
        return one_or_list_of(layer_type());
      case Shape::fold:
        return {{"anyOf", Json::array({yaml_choice_of(fold_names()), list_of(choice_of(fold_kinds()))})}};
      case Shape::keep:
        return choice_of(keep_names());
      case Shape::compaction:
        return yaml_choice_of(compaction_names());
      case Shape::compactions:
        return one_or_list_of(yaml_choice_of(compaction_names()));
      case Shape::sensitivity:
        return mapping(grammar::sensitivity());
      case Shape::mixed:
        return mixed();
      case Shape::variant:
        return scalar();
      case Shape::divergence:
        return or_variable({{"type", "number"}, {"exclusiveMinimum", 0}});
      case Shape::evaluate:
        return or_null(mapping(grammar::evaluate()));
      case Shape::backend:
        return plugin(plugins::Kind::backend, {});
      case Shape::select:
        return or_null(mapping(grammar::select()));
      case Shape::prove:
        return mapping(grammar::prove());
      case Shape::publish:
        return mapping(grammar::publish());
      case Shape::drop:
        return or_variable({{"type", "number"}, {"minimum", 0}, {"maximum", 1}});
      case Shape::objective:
        return choice_of(objective_names());
      case Shape::constraints:
        return one_or_list_of(constraint());
      case Shape::bound:
        return or_variable({{"type", "number"}});
      case Shape::metric_pair: {
        Json pair = list_of(or_variable({{"enum", metric_names()}}));
        pair["minItems"] = 2;
        pair["maxItems"] = 2;
        return pair;
      }
      case Shape::isolation:
        return choice_of(isolation_names());
      case Shape::time_limit:
        return or_variable({{"type", "number"}, {"minimum", shortest_time_limit}, {"maximum", longest_time_limit}});
      case Shape::metrics:
        return one_or_list_of(metric());
      case Shape::confidence:
        return or_variable({{"type", "number"}, {"minimum", lowest_confidence}, {"maximum", highest_confidence}});
      case Shape::bootstrap:
        return mapping(grammar::bootstrap());
      case Shape::resamples:
        return or_variable({{"type", "integer"}, {"minimum", fewest_resamples}, {"maximum", most_resamples}});
      case Shape::rounds:
        return or_variable({{"type", "integer"}, {"minimum", fewest_rounds}, {"maximum", most_rounds}});
      case Shape::reports:
        return one_or_list_of(plugin(plugins::Kind::report, {}));
    }
    return {};
  }

  static Json model_path() { return {{"type", "string"}, {"minLength", 1}}; }
  Json model() { return {{"anyOf", Json::array({model_path(), mapping(grammar::model())})}}; }

  // A name, or one with a number in it.
  static Json metric() {
    const Json numbered = {{"type", "string"}, {"pattern", "^top[1-9][0-9]{0,3}_(accuracy|agreement)$"}};
    return {{"anyOf", Json::array({choice_of(evaluation::metric_names()), numbered})}};
  }

  static Json layer_type() {
    std::vector<std::string_view> names;
    for (const model::LayerKind& kind : model::layer_kinds()) names.push_back(kind.name);
    return choice_of(names);
  }

  Json match() {
    Json schema = mapping(grammar::match());
    schema["minProperties"] = 1;
    return schema;
  }

  static Json metric_names() {
    Json names = Json::array();
    for (const SelectionMetric& metric : selection_metrics()) names.push_back(metric.name);
    return names;
  }

  Json constraint() {
    Json limit = mapping(grammar::limit());
    limit["minProperties"] = 1;
    limit["maxProperties"] = 1;
    Json properties = Json::object();
    for (const SelectionMetric& metric : selection_metrics()) properties[std::string(metric.name)] = limit;
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}, {"minProperties", 1}};
  }

  // With `bits`, `function`, or both.
  Json quantizing_rule() {
    Json schema = mapping(grammar::quantizing_rule());
    schema["minProperties"] = 2;
    return schema;
  }

  // With exactly one target.
  Json mixed() {
    Json schema = mapping(grammar::mixed());
    schema["oneOf"] = Json::array();
    for (const char* target : {"size", "size_of", "kl"}) schema["oneOf"].push_back({{"required", {target}}});
    return schema;
  }

  // One key with its settings.
  Json stage() {
    Json schema = mapping(grammar::stage());
    schema["minProperties"] = 1;
    schema["maxProperties"] = 1;
    return schema;
  }

  // A name, or one key with options.
  Json plugin(plugins::Kind kind, std::span<const Key> own_keys) {
    Json names = Json::array();
    Json properties = Json::object();
    for (const std::string& name : registry_.names(kind)) {
      try {
        Json options = mapping(own_keys);
        for (const plugins::OptionSpec& option : options_of(registry_, kind, name)) {
          if (options["properties"].contains(option.name)) continue;
          options["properties"][option.name] = option_schema(option);
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
