// Every text is expanded three times at once, as a value from the environment must not reach a record, and a path that
// a user wrote relative to somewhere shall be shown as it was written. A text from a path variable is absolute, so that
// it can be continued (${root}/models) wherever the text stands.
//
// A variable may stand for several of others, so that texts could double with each: ${a}${a}, ${b}${b}, ... What comes
// out is bounded, for one text and for all of them together.
#include "core/pipeline/yaml/variables.hpp"

#include <cstdlib>
#include <utility>

#include "core/base/suggest.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::string_view environment_prefix = "env:";

constexpr std::size_t longest_text = std::size_t{64} << 10U;   // bytes, of one text with variables in it
constexpr std::size_t most_expanded = std::size_t{64} << 20U;  // bytes, that variables stand for in all texts
constexpr std::size_t deepest_chain = 1000;                    // variables that are expanded within each other

void append(Text& text, std::string_view literal) {
  text.value += literal;
  text.record += escape_variables(literal);
  text.shown += literal;
}

void append(Text& text, const Text& part) {
  text.value += part.value;
  text.record += part.record;
  text.shown += part.shown;
}

// "images/" names the same folder as "images", and has a last component.
std::filesystem::path without_trailing_slash(const std::filesystem::path& path) {
  return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

}  // namespace

bool uses_environment(const std::string& record) {
  for (std::size_t at = record.find("${"); at != std::string::npos; at = record.find("${", at + 1)) {
    if (at == 0 || record[at - 1] != '$') return true;
  }
  return false;
}

std::string escape_variables(std::string_view literal) {
  std::string escaped;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] == '$' && i + 1 < literal.size() && literal[i + 1] == '{') escaped += '$';
    escaped += literal[i];
  }
  return escaped;
}

PathValue resolve_path(const Text& text, const std::filesystem::path& base) {
  const std::filesystem::path written = text.value;
  PathValue result;
  result.path = without_trailing_slash((written.is_absolute() ? written : base / written).lexically_normal());
  result.shown = text.shown;
  if (!uses_environment(text.record)) {
    result.record = escape_variables(result.path.string());
  } else {
    result.record = written.is_absolute() ? text.record : escape_variables(base.string()) + "/" + text.record;
  }
  return result;
}

void Variables::declare(const std::string& name, bool is_path, const std::string& text, const Place& place) {
  Entry entry;
  entry.is_path = is_path;
  entry.text = text;
  entry.place = place;
  entries_.emplace(name, std::move(entry));
  order_.push_back(name);
}

void Variables::set(const std::string& name, const std::string& value, const std::filesystem::path& current_folder,
                    const std::filesystem::path& pipeline_file) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    const std::string known = order_.empty() ? "; it declares none" : did_you_mean(name, order_);
    faults_.add({"--set " + name, 0, 0}, pipeline_file.string() + " declares no variable '" + name + "'" + known);
    return;
  }
  Text text;
  append(text, value);
  if (found->second.is_path) {
    const PathValue path = resolve_path(text, current_folder);
    text.value = path.path.string();
    text.record = path.record;
  }
  found->second.value = text;
}

std::optional<Text> Variables::expand(std::string_view text, const Place& place) {
  Text result;
  bool failed = false;
  while (!text.empty()) {
    const std::size_t dollar = text.find("${");
    if (dollar == std::string_view::npos) {
      append(result, text);
      break;
    }
    if (dollar > 0 && text[dollar - 1] == '$') {  // $${ is a literal ${
      append(result, text.substr(0, dollar - 1));
      append(result, "${");
      text.remove_prefix(dollar + 2);
      continue;
    }
    append(result, text.substr(0, dollar));
    const std::size_t end = text.find('}', dollar);
    if (end == std::string_view::npos) {
      faults_.add(place, "'${' without a closing '}'; write $${ for a literal ${");
      return std::nullopt;
    }
    const std::string name(text.substr(dollar + 2, end - dollar - 2));
    text.remove_prefix(end + 1);
    const auto part = name.starts_with(environment_prefix) ? environment(name.substr(environment_prefix.size()), place)
                                                           : value_of(name, place);
    failed = failed || !part;
    if (!part) continue;
    append(result, *part);
    if (!is_bounded(result, part->value.size(), place)) return std::nullopt;
  }
  if (failed) return std::nullopt;
  return result;
}

bool Variables::is_bounded(const Text& text, std::size_t added, const Place& place) {
  if (text.value.size() > longest_text) {
    faults_.add(place, "the text is longer than 64 KiB with its variables replaced");
    return false;
  }
  const bool was_bounded = expanded_ <= most_expanded;
  expanded_ += added;
  if (was_bounded && expanded_ > most_expanded) {
    faults_.add(place, "the texts of the pipeline are longer than 64 MiB with their variables replaced");
  }
  return expanded_ <= most_expanded;
}

std::optional<Text> Variables::environment(const std::string& name, const Place& place) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): the program never sets one
  if (value == nullptr) {
    faults_.add(place, "the environment has no variable '" + name + "'");
    return std::nullopt;
  }
  const std::string reference = "${env:" + name + "}";
  return Text{value, reference, reference};
}

std::optional<Text> Variables::value_of(const std::string& name, const Place& place) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    faults_.add(place, "unknown variable '" + name + "'" + did_you_mean(name, order_));
    return std::nullopt;
  }
  Entry& entry = found->second;
  if (entry.value) return entry.value;
  if (entry.failed) return std::nullopt;  // reported already
  chain_.push_back(name);
  if (entry.expanding) {
    std::string circle;
    bool inside = false;
    for (const std::string& link : chain_) {
      inside = inside || link == name;
      if (inside) circle += (circle.empty() ? "" : " -> ") + link;
    }
    faults_.add(entry.place, "variable '" + name + "' refers to itself: " + circle);
    chain_.pop_back();
    entry.failed = true;
    return std::nullopt;
  }
  entry.expanding = true;
  std::optional<Text> value;
  if (chain_.size() <= deepest_chain) {
    value = expand(entry.text, entry.place);
  } else {
    faults_.add(entry.place, "variables refer to each other more than " + std::to_string(deepest_chain) + " deep");
  }
  entry.expanding = false;
  chain_.pop_back();
  if (value && entry.is_path) {
    const PathValue path = resolve_path(*value, folder_);
    value->value = path.path.string();
    value->record = path.record;
  }
  entry.failed = !value;
  entry.value = value;
  return value;
}

std::vector<Variable> Variables::resolve_all() {
  std::vector<Variable> variables;
  for (const std::string& name : order_) {
    const Entry& entry = entries_.at(name);
    if (const auto value = value_of(name, entry.place)) {
      variables.push_back({name, entry.is_path, value->value, value->record, value->shown});
    }
  }
  return variables;
}

}  // namespace goldilocks::pipeline
