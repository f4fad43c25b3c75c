#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pipeline/yaml/diagnostics.hpp"
#include "core/pipeline/yaml/spec.hpp"

namespace goldilocks::pipeline {

// A text with its variables replaced.
struct Text {
  std::string value;   // what the program works with
  std::string record;  // in a pipeline's own syntax: ${env:NAME} is left, a literal "${" is written "$${"
  std::string shown;   // for people: paths of variables as they were written, ${env:NAME} is left
};

// A literal text in a pipeline's own syntax: "${" becomes "$${".
std::string escape_variables(std::string_view literal);

// Whether a record holds a variable of the environment.
bool uses_environment(const std::string& record);

// Resolves a path against a folder, in its three forms.
PathValue resolve_path(const Text& text, const std::filesystem::path& base);

// The variables of one pipeline. ${name} stands for a variable, ${env:NAME} for one of the environment, $${ for a
// literal ${. A variable's default may use others; a circle is a fault. One thread.
class Variables {
 public:
  // `folder`: against which the defaults of path variables are resolved.
  Variables(std::filesystem::path folder, Diagnostics& diagnostics)
      : folder_(std::move(folder)), faults_(diagnostics) {}

  // A default, not expanded yet.
  void declare(const std::string& name, bool is_path, const std::string& text, const Place& place);

  // --set: a literal value. Adds a fault for a name that is not declared.
  void set(const std::string& name, const std::string& value, const std::filesystem::path& current_folder,
           const std::filesystem::path& pipeline_file);

  // Replaces all variables of a text; what is wrong is a fault at `place`, and the result is nothing.
  std::optional<Text> expand(std::string_view text, const Place& place);

  // Expands all that were declared, so that faults of unused ones are found too; in the order of declaration.
  std::vector<Variable> resolve_all();

 private:
  struct Entry {
    bool is_path = false;
    std::string text;
    Place place;
    std::optional<Text> value;
    bool failed = false;
    bool expanding = false;
  };

  std::optional<Text> value_of(const std::string& name, const Place& place);
  // Whether a text that has grown by `added` bytes, and all texts together, are within their limits; otherwise that is
  // a fault, the second once.
  bool is_bounded(const Text& text, std::size_t added, const Place& place);
  std::optional<Text> environment(const std::string& name, const Place& place);

  std::filesystem::path folder_;
  Diagnostics& faults_;
  std::map<std::string, Entry> entries_;
  std::vector<std::string> order_;
  std::size_t expanded_ = 0;        // bytes that variables stood for so far
  std::vector<std::string> chain_;  // variables being expanded, for the message about a circle
};

}  // namespace goldilocks::pipeline
