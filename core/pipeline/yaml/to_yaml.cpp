#include <utility>

#include <yaml-cpp/yaml.h>

#include "core/pipeline/yaml/spec.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"

namespace goldilocks::pipeline {

void YamlPrinter::key(const std::string& name, bool quoted) {
  key_ = name;
  is_key_quoted_ = quoted;
}

std::string YamlPrinter::take_key() { return std::exchange(key_, std::nullopt).value(); }

void YamlPrinter::print_key() {
  if (!key_) return;
  out_ << YAML::Key;
  if (is_key_quoted_) out_ << YAML::DoubleQuoted;
  out_ << take_key() << YAML::Value;
}

void YamlPrinter::text(const std::string& text, bool quoted) {
  print_key();
  if (quoted) out_ << YAML::DoubleQuoted;
  out_ << text;
}

void YamlPrinter::list(const std::vector<std::string>& texts, bool quoted) {
  begin_list(true);
  for (const std::string& item : texts) text(item, quoted);
  end_list();
}

void YamlPrinter::begin_mapping(bool flow) {
  print_key();
  if (flow) out_ << YAML::Flow;
  out_ << YAML::BeginMap;
}
void YamlPrinter::end_mapping() { out_ << YAML::EndMap; }

void YamlPrinter::begin_list(bool flow) {
  print_key();
  if (flow) out_ << YAML::Flow;
  out_ << YAML::BeginSeq;
}
void YamlPrinter::end_list() { out_ << YAML::EndSeq; }

void YamlPrinter::mapping(const Mapping& mapping, const void* object, bool flow) {
  begin_mapping(flow);
  keys(mapping, object);
  end_mapping();
}

void YamlPrinter::keys(const Mapping& mapping, const void* object) {
  for (const Key& entry : mapping.keys) {
    const Value& value = entry.value;
    key(entry.name);
    if (value.print) {
      value.print(*this, object);
    } else if (value.show) {
      const std::string shown = value.show(object);
      const bool is_usual = value.is_quiet && shown == value.show(mapping.defaults.get());
      if (!shown.empty() && !is_usual) text(shown, value.is_quoted);
    }
    key_.reset();
  }
}

void YamlPrinter::plugin(const PluginUse& use, const Mapping* own_keys, const void* object) {
  begin_mapping();
  key(use.name);
  begin_mapping();
  if (own_keys != nullptr) keys(*own_keys, object);
  for (const auto& [name, option] : use.recorded) {
    key(name);
    if (option.is_list) {
      list(option.items, true);
    } else {
      text(option.text, true);
    }
  }
  end_mapping();
  end_mapping();
}

std::string to_yaml(const PipelineSpec& spec) {
  YAML::Emitter out;
  YamlPrinter(out, spec).mapping(grammar::pipeline(), &spec);
  return std::string(out.c_str()) + "\n";
}

}  // namespace goldilocks::pipeline
