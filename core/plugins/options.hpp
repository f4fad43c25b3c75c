#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <goldilocks/abi.h>

namespace goldilocks::plugins {

enum class OptionType { boolean, integer, number, string, choice, numbers, path };

using OptionValue = std::variant<bool, std::int64_t, double, std::string, std::vector<double>>;

// A declared option, copied out of the plugin.
struct OptionSpec {
  std::string name;
  std::string help;
  OptionType type = OptionType::string;
  bool required = false;
  OptionValue default_value;
  std::optional<double> minimum, maximum;
  std::vector<std::string> choices;
  bool names_output = false;  // a string: a file that a report writes, relative to the run's folder
};

// Every declared option by name, with its value. Ordered by name: two equal settings print and hash alike.
using OptionValues = std::map<std::string, OptionValue>;

// What a user wrote for one option: text from a command line (name=value), or typed scalars from YAML. `as_text` is
// what was written; YAML lists arrive in `list`.
struct RawOption {
  std::string text;
  std::optional<std::vector<std::string>> list;
};

// Checks one value against its declaration. Paths are resolved against `base`. Throws UsageError whose message names
// the option, what is wrong and what is allowed (without a place in a file; the caller adds it).
OptionValue parse_option(const OptionSpec& spec, const RawOption& raw, const std::filesystem::path& base);

// Adds defaults for what is missing. Throws UsageError for a required option that is missing.
OptionValues complete_options(const std::vector<OptionSpec>& specs, OptionValues given);

// "range=closed", canonical, for names and messages; numbers print shortest and round-trip.
std::string to_text(const OptionValue& value);
std::string to_text(const OptionValues& values);

}  // namespace goldilocks::plugins
