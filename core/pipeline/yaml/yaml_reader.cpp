#include "core/pipeline/yaml/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "core/base/file.hpp"
#include "core/base/paths.hpp"
#include "core/base/suggest.hpp"
#include "core/base/utf8.hpp"
#include "core/pipeline/yaml/grammar.hpp"

namespace goldilocks::pipeline {
namespace {

std::string kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return "'" + node.Scalar() + "'";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a mapping";
    default:
      return "nothing";
  }
}

// As YAML's type repository has it: the key of a mapping whose entries are added to those beside it. In quotes it is a
// text like any other.
bool is_merge_key(const YAML::Node& key) { return key.Scalar() == "<<" && key.Tag() != "!"; }

// Mappings that one mapping may merge, those within them included: names that stand for each other twice would double
// with every level.
constexpr std::size_t most_merged = 1000;

// Parses the whole text as a number.
template <class Number>
std::optional<Number> parse_number(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

}  // namespace

YamlReader::YamlReader(const std::filesystem::path& file, Diagnostics& diagnostics)
    : file_(file),
      folder_(absolute_path(file).parent_path()),
      diagnostics_(diagnostics),
      variables_(folder_, diagnostics) {}

YAML::Node YamlReader::load(const std::string& least) {
  const std::string content = read_file(file_);
  if (const auto bad = invalid_utf8(content)) {
    const auto before = std::string_view(content).substr(0, *bad);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    diagnostics_.add({file_, static_cast<int>(line), static_cast<int>(*bad - start) + 1}, "the file is not UTF-8 here");
    return {};
  }
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(content);
    if (documents.empty() || documents.front().IsNull()) {
      diagnostics_.add({file_, 1, 1}, "the file is empty; " + least);
      return {};
    }
    if (documents.size() > 1) {
      fault(documents[1], "a second YAML document; a file has one");
      return {};
    }
    return documents.front();
  } catch (const YAML::Exception& exception) {
    const Place place{file_, exception.mark.is_null() ? 1 : exception.mark.line + 1,
                      exception.mark.is_null() ? 1 : exception.mark.column + 1};
    diagnostics_.add(place, "not valid YAML: " + exception.msg);
    return {};
  }
}

Place YamlReader::place(const YAML::Node& node) const {
  const YAML::Mark mark = node.Mark();
  if (mark.is_null()) return {file_, 1, 1};
  return {file_, mark.line + 1, mark.column + 1};
}

void YamlReader::fault(const YAML::Node& node, const std::string& message, ExitCode exit_code) {
  diagnostics_.add(place(node), message, exit_code);
}

std::optional<Entries> YamlReader::entries(const YAML::Node& node, const std::string& what) {
  if (!node.IsMap()) {
    fault(node, what + " must be a mapping of keys, not " + kind_of(node));
    return std::nullopt;
  }
  Merging merging{.what = what};
  collect(node, merging);
  return std::move(merging.entries);
}

// The mapping's own entries come first, so that what it merges doesn't replace them.
void YamlReader::collect(const YAML::Node& node, Merging& merging) {
  if (++merging.mappings > most_merged) {
    if (merging.mappings == most_merged + 1) {
      fault(node, "'<<' in " + merging.what + " merges more than " + std::to_string(most_merged) + " mappings");
    }
    return;
  }
  std::set<std::string> own;
  std::vector<YAML::Node> merged;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      fault(entry.first, "a key of " + merging.what + " must be a word, not " + kind_of(entry.first));
    } else if (!own.insert(entry.first.Scalar()).second) {
      fault(entry.first, "'" + entry.first.Scalar() + "' stands twice in " + merging.what);
    } else if (is_merge_key(entry.first)) {
      merged.push_back(entry.second);
    } else if (merging.seen.insert(entry.first.Scalar()).second) {
      merging.entries.emplace_back(entry.first, entry.second);
    }
  }
  for (const YAML::Node& value : merged) merge(value, merging);
}

void YamlReader::merge(const YAML::Node& value, Merging& merging) {
  const bool mappings = value.IsSequence() &&
                        std::all_of(value.begin(), value.end(), [](const YAML::Node& item) { return item.IsMap(); });
  if (value.IsMap()) {
    collect(value, merging);
  } else if (mappings) {
    for (const auto& item : value) collect(item, merging);
  } else {
    fault(value, "'<<' in " + merging.what + " must be a mapping or a list of mappings, as in '<<: *name', not " +
                     (value.IsSequence() ? "a list of anything else" : kind_of(value)));
  }
}

std::optional<std::vector<YAML::Node>> YamlReader::list(const YAML::Node& node, const std::string& what, bool or_one) {
  if (node.IsSequence()) {
    std::vector<YAML::Node> items;
    for (const auto& item : node) items.push_back(item);
    return items;
  }
  if (or_one && (node.IsScalar() || node.IsMap())) return std::vector<YAML::Node>{node};
  fault(node, what + " must be a list, not " + kind_of(node));
  return std::nullopt;
}

std::optional<Text> YamlReader::text(const YAML::Node& node, const std::string& what, const std::string& expected) {
  if (!node.IsScalar()) {
    fault(node, what + " must be " + expected + ", not " + kind_of(node));
    return std::nullopt;
  }
  return variables_.expand(node.Scalar(), place(node));
}

std::string file_name_problem(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.front() == '.') return "it begins with '.'";
  if (name.size() > 200) return "it is longer than 200 bytes";
  if (name.find('/') != std::string_view::npos) return "it has a '/'";
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(name.begin(), name.end(), control)) return "it has a control character";
  return "";
}

std::optional<std::string> YamlReader::name(const YAML::Node& node, const std::string& what) {
  const auto value = text(node, what, "a name");
  if (!value) return std::nullopt;
  const std::string problem = file_name_problem(value->value);
  if (problem.empty()) return value->value;
  fault(node, what + " '" + value->value + "' can't be a file's name: " + problem);
  return std::nullopt;
}

std::optional<PathValue> YamlReader::path(const YAML::Node& node, const std::string& what) {
  return path(node, what, "a path");
}

std::optional<PathValue> YamlReader::path(const YAML::Node& node, const std::string& what,
                                          const std::string& expected) {
  const auto value = text(node, what, expected);
  if (!value) return std::nullopt;
  if (!value->value.empty()) return resolve_path(*value, folder_);
  fault(node, what + " must be " + expected + ", not nothing");
  return std::nullopt;
}

std::optional<PathValue> YamlReader::existing_file(const YAML::Node& node, const std::string& what) {
  return existing_file(node, what, "a path");
}

std::optional<PathValue> YamlReader::existing_file(const YAML::Node& node, const std::string& what,
                                                   const std::string& expected) {
  auto value = path(node, what, expected);
  if (!value || is_there(value->path)) return value;
  fault(node, what + ": there is no " + value->path.string());
  return std::nullopt;
}

std::optional<bool> YamlReader::flag(const YAML::Node& node, const std::string& what) {
  const auto value = text(node, what, "true or false");
  if (!value) return std::nullopt;
  for (const char* word : {"true", "True", "TRUE"}) {
    if (value->value == word) return true;
  }
  for (const char* word : {"false", "False", "FALSE"}) {
    if (value->value == word) return false;
  }
  fault(node, what + " must be true or false, not '" + value->value + "'");
  return std::nullopt;
}

std::optional<std::uint64_t> YamlReader::whole(const YAML::Node& node, const std::string& what) {
  const std::string expected = "a whole number, 0 or more";
  const auto value = text(node, what, expected);
  if (!value) return std::nullopt;
  const auto number = parse_number<std::uint64_t>(value->value);
  if (number) return number;
  fault(node, what + " must be " + expected + ", not '" + value->value + "'");
  return std::nullopt;
}

std::optional<int> YamlReader::width(const YAML::Node& node, const std::string& what) {
  if (!node.IsScalar()) {
    fault(node, what + " must be one width, not " + kind_of(node));
    return std::nullopt;
  }
  const auto one = widths(node, what);
  if (!one) return std::nullopt;
  return one->front();
}

std::optional<std::vector<Text>> YamlReader::texts(const YAML::Node& node, const std::string& what,
                                                   const std::string& expected) {
  if (node.IsMap() || node.IsNull()) {
    fault(node, what + " must be " + expected + ", not " + kind_of(node));
    return std::nullopt;
  }
  const auto items = list(node, what, true);
  if (!items) return std::nullopt;
  if (items->empty()) {
    fault(node, what + " is empty");
    return std::nullopt;
  }
  std::vector<Text> all;
  for (const YAML::Node& item : *items) {
    if (auto one = text(item, what, expected)) all.push_back(std::move(*one));
  }
  if (all.size() != items->size()) return std::nullopt;
  return all;
}

std::optional<double> YamlReader::number(const YAML::Node& node, const std::string& what, double minimum,
                                         double maximum) {
  const std::string expected = "a number from " + shortest(minimum) + " to " + shortest(maximum);
  const auto value = text(node, what, expected);
  if (!value) return std::nullopt;
  const auto number = parse_number<double>(value->value);
  if (number && std::isfinite(*number) && *number >= minimum && *number <= maximum) return number;
  fault(node, what + " must be " + expected + ", not '" + value->value + "'");
  return std::nullopt;
}

std::optional<std::vector<int>> YamlReader::widths(const YAML::Node& node, const std::string& what) {
  const auto items = list(node, what, true);
  if (!items) return std::nullopt;
  if (items->empty()) {
    fault(node, what + " is empty, so the sweep has nothing to do");
    return std::nullopt;
  }
  std::vector<int> widths;
  bool failed = false;
  for (const YAML::Node& item : *items) {
    const auto value = text(item, "bits", "1 to 8, 16 or 32");
    const auto width = value ? parse_number<int>(value->value) : std::nullopt;
    const auto known = known_widths();
    if (!value) {
      failed = true;
    } else if (!width || std::find(known.begin(), known.end(), *width) == known.end()) {
      fault(item, "bits must be 1 to 8, 16 or 32, not '" + value->value + "'");
      failed = true;
    } else if (std::find(widths.begin(), widths.end(), *width) != widths.end()) {
      fault(item, "the width " + value->value + " stands twice in " + what);
      failed = true;
    } else {
      widths.push_back(*width);
    }
  }
  if (failed) return std::nullopt;
  return widths;
}

std::optional<std::size_t> YamlReader::choice(const YAML::Node& node, const std::string& what,
                                              std::span<const std::string_view> choices, const std::string& or_else) {
  std::string expected;
  for (const std::string_view choice : choices) expected += (expected.empty() ? "one of " : ", ") + std::string(choice);
  expected += or_else;
  const auto value = text(node, what, expected);
  if (!value) return std::nullopt;
  const auto found = std::find(choices.begin(), choices.end(), value->value);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  const std::vector<std::string> names(choices.begin(), choices.end());
  fault(node, what + " must be " + expected + ", not '" + value->value + "'" + did_you_mean(value->value, names));
  return std::nullopt;
}

}  // namespace goldilocks::pipeline
