// Reads mappings by the tables of the grammar. Reading goes on after a fault, so that all faults are reported at once.
#include <algorithm>

#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/stage_context.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {

bool Input::fault(const std::string& message) const {
  reader.fault(node, message);
  return false;
}

const YAML::Node* Fields::find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.node.get();
}

void Fields::add(const std::string& key, const YAML::Node& node, const Place& at) {
  entries_.emplace(key, Entry{std::make_shared<const YAML::Node>(node), at});
}

std::optional<Fields> read_fields(YamlReader& reader, const YAML::Node& node, const Mapping& mapping,
                                  const std::string& what) {
  const auto all = reader.entries(node, what);
  if (!all) return std::nullopt;
  const std::vector<std::string> known = names_of(mapping);
  Fields fields(reader.place(node));
  for (const auto& [key, value] : *all) {
    if (std::find(known.begin(), known.end(), key.Scalar()) == known.end()) {
      reader.fault(key, "unknown key '" + key.Scalar() + "' in " + what + did_you_mean(key.Scalar(), known));
    } else {
      fields.add(key.Scalar(), value, reader.place(value));
    }
  }
  bool complete = true;
  for (const Key& key : mapping.keys) {
    if (!key.value.is_required || fields.has(key.name)) continue;
    reader.fault(node, what + " has no '" + key.name + "'");
    complete = false;
  }
  if (!complete) return std::nullopt;
  return fields;
}

Outcome read_mapping(StageContext& context, const Mapping& mapping, const YAML::Node& node, void* object,
                     const std::string& what) {
  const bool is_nothing = mapping.counts.may_be_nothing && node.IsNull();
  auto fields = read_fields(context.reader, is_nothing ? YAML::Node(YAML::NodeType::Map) : node, mapping,
                            what.empty() ? mapping.what : what);
  if (!fields) return Outcome::unreadable;
  return read_values(context, mapping, *fields, object) ? Outcome::complete : Outcome::incomplete;
}

bool read_values(StageContext& context, const Mapping& mapping, Fields& fields, void* object, const std::string& of) {
  for (const Key& key : mapping.keys) {
    if (!key.value.read) continue;
    const YAML::Node* node = fields.find(key.name);
    if (node == nullptr && !key.value.read_usual) continue;
    const YAML::Node usual = node == nullptr ? YAML::Node(key.value.usual) : YAML::Node();
    const std::string what = key.value.what.empty() ? key.named() + of : key.value.what;
    if (!key.value.read({context, context.reader, node == nullptr ? usual : *node, what}, object)) {
      fields.mark_faulty(key.name);
    }
  }
  const bool checked = !mapping.check || mapping.check(context, fields, object);
  return checked && fields.complete();
}

}  // namespace goldilocks::pipeline
