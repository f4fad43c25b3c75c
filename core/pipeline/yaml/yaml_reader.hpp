#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "core/pipeline/yaml/diagnostics.hpp"
#include "core/pipeline/yaml/variables.hpp"

namespace goldilocks::pipeline {

// The keys of a mapping with their values, in its order.
using Entries = std::vector<std::pair<YAML::Node, YAML::Node>>;

// Reads YAML nodes, expands variables, and turns every fault into a diagnostic with its place; a reader that returns
// nothing has reported why. `what` names the thing in messages: "'max_drop'", "a model". One thread.
class YamlReader {
 public:
  // `file` as messages show it; relative paths inside are resolved against its folder.
  YamlReader(const std::filesystem::path& file, Diagnostics& diagnostics);

  // The file's one document. Throws FileError; a broken one is a fault, and the result a null node. `least` says in
  // the message what an empty file lacks.
  YAML::Node load(const std::string& least = "a pipeline has at least 'stages'");

  Place place(const YAML::Node& node) const;
  void fault(const YAML::Node& node, const std::string& message, ExitCode exit_code = ExitCode::usage);
  Variables& variables() { return variables_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  const std::filesystem::path& file() const { return file_; }
  const std::filesystem::path& folder() const { return folder_; }

  // A mapping with any keys, each once. What it merges by the key '<<' stands among them, unless they are there
  // already.
  std::optional<Entries> entries(const YAML::Node& node, const std::string& what);
  // A sequence; a single scalar or mapping counts as a sequence of one where `or_one`.
  std::optional<std::vector<YAML::Node>> list(const YAML::Node& node, const std::string& what, bool or_one = false);

  // `expected` says in the message what the key takes, where there is no text.
  std::optional<Text> text(const YAML::Node& node, const std::string& what, const std::string& expected = "text");
  // Text that can be a file's name: no '/', not empty, no leading '.', no control characters, at most 200 bytes.
  std::optional<std::string> name(const YAML::Node& node, const std::string& what);
  std::optional<PathValue> path(const YAML::Node& node, const std::string& what);
  // A path of a file or folder that must be there.
  std::optional<PathValue> existing_file(const YAML::Node& node, const std::string& what);
  std::optional<PathValue> existing_file(const YAML::Node& node, const std::string& what, const std::string& expected);
  std::optional<bool> flag(const YAML::Node& node, const std::string& what);
  // A whole number, 0 or more.
  std::optional<std::uint64_t> whole(const YAML::Node& node, const std::string& what);
  std::optional<double> number(const YAML::Node& node, const std::string& what, double minimum, double maximum);
  // A width, or a list of different widths, of known_widths().
  std::optional<std::vector<int>> widths(const YAML::Node& node, const std::string& what);
  // A single width.
  std::optional<int> width(const YAML::Node& node, const std::string& what);
  // A text or a list of texts, not empty.
  std::optional<std::vector<Text>> texts(const YAML::Node& node, const std::string& what,
                                         const std::string& expected = "a text or a list of texts");
  // The index of the text among the choices. `or_else` says in messages what else the key takes.
  std::optional<std::size_t> choice(const YAML::Node& node, const std::string& what,
                                    std::span<const std::string_view> choices, const std::string& or_else = "");

 private:
  std::optional<PathValue> path(const YAML::Node& node, const std::string& what, const std::string& expected);

  // A mapping while its entries are gathered.
  struct Merging {
    const std::string& what;
    Entries entries{};
    std::set<std::string> seen{};
    std::size_t mappings = 0;
  };

  void collect(const YAML::Node& node, Merging& merging);
  void merge(const YAML::Node& value, Merging& merging);

  std::filesystem::path file_, folder_;
  Diagnostics& diagnostics_;
  Variables variables_;
};

// Why a text can't be a file's name, or "".
std::string file_name_problem(std::string_view name);

}  // namespace goldilocks::pipeline
