#include "core/plugins/declared_options.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/plugins/plugin_text.hpp"
#include "core/plugins/struct_copy.hpp"

namespace goldilocks::plugins {
namespace {

// More than any plugin declares; a larger count is a pointer or garbage.
constexpr std::uint64_t count_limit = 1000;

[[noreturn]] void fail(const OptionSpec& spec, const std::string& problem) {
  throw PluginError(fmt::format("declares option '{}' {}", spec.name, problem));
}

// Nothing for a type of a later version, which has other ways to hand over its values.
std::optional<OptionType> read_type(std::int32_t type) {
  switch (type) {
    case GLK_OPTION_BOOL:
      return OptionType::boolean;
    case GLK_OPTION_INTEGER:
      return OptionType::integer;
    case GLK_OPTION_NUMBER:
      return OptionType::number;
    case GLK_OPTION_STRING:
      return OptionType::string;
    case GLK_OPTION_CHOICE:
      return OptionType::choice;
    case GLK_OPTION_NUMBERS:
      return OptionType::numbers;
    case GLK_OPTION_PATH:
      return OptionType::path;
    default:
      return std::nullopt;
  }
}

void read_range(OptionSpec& spec, const glk_option& option) {
  if (option.has_range == 0) return;
  if (std::isnan(option.minimum) || std::isnan(option.maximum) || option.minimum > option.maximum) {
    fail(spec, fmt::format("with the impossible range {} to {}", option.minimum, option.maximum));
  }
  // An infinite bound is how a declaration says that there is none on that side.
  if (std::isfinite(option.minimum)) spec.minimum = option.minimum;
  if (std::isfinite(option.maximum)) spec.maximum = option.maximum;
}

void read_choices(OptionSpec& spec, const glk_option& option) {
  if (option.choice_count == 0 || option.choice_count > count_limit || option.choices == nullptr) {
    fail(spec, "without choices");
  }
  for (std::uint64_t i = 0; i < option.choice_count; ++i) {
    std::string choice = clean_text(option.choices[i]);
    if (choice.empty()) fail(spec, "with an empty choice");
    if (std::ranges::find(spec.choices, choice) != spec.choices.end()) {
      fail(spec, fmt::format("with the choice '{}' twice", choice));
    }
    spec.choices.push_back(std::move(choice));
  }
}

OptionValue read_default(const OptionSpec& spec, const glk_option& option) {
  switch (spec.type) {
    case OptionType::boolean:
      return option.default_bool != 0;
    case OptionType::integer:
      return option.default_integer;
    case OptionType::number:
      return option.default_number;
    case OptionType::numbers: {
      if (option.default_numbers_count > count_limit * count_limit) fail(spec, "with too long a default");
      if (option.default_numbers_count > 0 && option.default_numbers == nullptr) fail(spec, "with a null default");
      return std::vector<double>(option.default_numbers, option.default_numbers + option.default_numbers_count);
    }
    case OptionType::string:
    case OptionType::choice:
    case OptionType::path:
      return clean_text(option.default_string);
  }
  fail(spec, "of an unknown type");
}

void check_default(const OptionSpec& spec) {
  if (spec.required) return;
  if (spec.type == OptionType::path) {
    const auto& path = std::get<std::string>(spec.default_value);
    if (!path.empty() && !std::filesystem::path(path).is_absolute()) fail(spec, "with a default that is relative");
    return;
  }
  // What a user may write and what the plugin takes as granted are held to the same rules.
  try {
    RawOption written;
    if (spec.type == OptionType::numbers) {
      written.list.emplace();
      for (const double number : std::get<std::vector<double>>(spec.default_value)) {
        written.list->push_back(to_text(OptionValue(number)));
      }
    } else {
      written.text = to_text(spec.default_value);
    }
    parse_option(spec, written, "/");
  } catch (const UsageError& error) {
    throw PluginError("declares a bad default", error.what());
  }
}

}  // namespace

std::vector<OptionSpec> read_declared_options(const glk_option* const* options, std::uint64_t count) {
  std::vector<OptionSpec> specs;
  if (count == 0) return specs;
  if (count > count_limit || options == nullptr) throw PluginError("declares no readable list of options");
  for (std::uint64_t i = 0; i < count; ++i) {
    if (options[i] == nullptr) throw PluginError(fmt::format("declares option {} as null", i));
    const glk_option option = copy_struct(options[i]);
    OptionSpec spec;
    spec.name = clean_text(option.name);
    if (!is_valid_name(spec.name)) fail(spec, "whose name is not made of a-z, 0-9 and _");
    if (std::ranges::find(specs, spec.name, &OptionSpec::name) != specs.end()) fail(spec, "twice");
    spec.help = clean_text(option.help);
    const std::optional<OptionType> type = read_type(option.type);
    if (!type) {
      spdlog::debug("option '{}' is of a type that this program doesn't know; it keeps the plugin's default",
                    spec.name);
      continue;
    }
    spec.type = *type;
    spec.required = option.required != 0;
    spec.names_output = option.names_output != 0 && spec.type == OptionType::string;
    if (spec.type == OptionType::integer || spec.type == OptionType::number || spec.type == OptionType::numbers) {
      read_range(spec, option);
    }
    if (spec.type == OptionType::choice) read_choices(spec, option);
    spec.default_value = read_default(spec, option);
    check_default(spec);
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace goldilocks::plugins
