#include "core/pipeline/yaml/grammar.hpp"

#include <array>

namespace goldilocks::pipeline {

Type choice_type(std::span<const std::string_view> names) {
  return {.kind = Type::Kind::choice, .choices = {names.begin(), names.end()}};
}

Type list_type(Type item) { return {.kind = Type::Kind::list, .least = 1, .of = {std::move(item)}}; }

Type one_or_list_type(Type item) {
  Type list = list_type(item);
  return {.kind = Type::Kind::either, .of = {std::move(item), std::move(list)}};
}

Type entries_type(Type value) { return {.kind = Type::Kind::entries, .least = 1, .of = {std::move(value)}}; }

Type mapping_type(const Mapping& mapping) { return {.kind = Type::Kind::mapping, .mapping = &mapping}; }

Type plugin_type(plugins::Kind kind, const Mapping* own_keys) {
  return {.kind = Type::Kind::plugin, .mapping = own_keys, .plugin = kind};
}

std::string Mapping::default_of(const Key& key) const {
  return key.value.usual.empty() && key.value.show ? key.value.show(defaults.get()) : key.value.usual;
}

void Mapping::add(Key key) {
  constexpr std::string_view placeholder = "{default}";
  const std::size_t at = key.help.find(placeholder);
  if (at != std::string::npos) key.help.replace(at, placeholder.size(), default_of(key));
  keys.push_back(std::move(key));
}

std::vector<std::string> names_of(const Mapping& mapping) {
  std::vector<std::string> names;
  for (const Key& key : mapping.keys) names.push_back(key.name);
  return names;
}

std::span<const int> known_widths() {
  static constexpr std::array widths = {1, 2, 3, 4, 5, 6, 7, 8, 16, 32};
  return widths;
}

}  // namespace goldilocks::pipeline
