// Values of options: from text to typed values and back.
//
// A value is text (from a command line, or a YAML scalar as it was written) or a list of texts. The declaration decides
// what it is read as; nothing is guessed from the text alone, so that a choice may be called "1" or "true".
#include "core/plugins/options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/base/suggest.hpp"

namespace goldilocks::plugins {
namespace {

[[noreturn]] void fail(const OptionSpec& spec, const std::string& problem) {
  throw UsageError(fmt::format("option '{}': {}", spec.name, problem));
}

std::string allowed_range(const OptionSpec& spec) {
  if (spec.minimum && spec.maximum) return fmt::format("{} to {} is allowed", *spec.minimum, *spec.maximum);
  if (spec.minimum) return fmt::format("at least {} is allowed", *spec.minimum);
  return fmt::format("at most {} is allowed", *spec.maximum);
}

void check_range(const OptionSpec& spec, double value, std::string_view text) {
  if ((spec.minimum && value < *spec.minimum) || (spec.maximum && value > *spec.maximum)) {
    fail(spec, fmt::format("{} is out of range; {}", text, allowed_range(spec)));
  }
}

// std::from_chars over the whole text; a leading plus sign is fine for people.
template <class Number>
std::errc read_number(std::string_view text, Number* value) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (problem != std::errc()) return problem;
  return end == text.data() + text.size() ? std::errc() : std::errc::invalid_argument;
}

bool parse_boolean(const OptionSpec& spec, const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  fail(spec, fmt::format("'{}' is neither true nor false", text));
}

std::int64_t parse_integer(const OptionSpec& spec, const std::string& text) {
  std::int64_t value = 0;
  const std::errc problem = read_number(text, &value);
  if (problem == std::errc::result_out_of_range) fail(spec, fmt::format("{} does not fit into 64 bits", text));
  if (problem != std::errc()) fail(spec, fmt::format("'{}' is not an integer", text));
  check_range(spec, static_cast<double>(value), text);
  return value;
}

double parse_number(const OptionSpec& spec, const std::string& text) {
  double value = 0;
  const std::errc problem = read_number(text, &value);
  if (problem == std::errc::result_out_of_range) fail(spec, fmt::format("{} does not fit into float64", text));
  if (problem != std::errc() || !std::isfinite(value)) fail(spec, fmt::format("'{}' is not a number", text));
  check_range(spec, value, text);
  return value;
}

std::vector<double> parse_numbers(const OptionSpec& spec, const RawOption& raw) {
  std::vector<std::string> entries;
  if (raw.list) {
    entries = *raw.list;
  } else if (!raw.text.empty()) {
    std::string_view rest = raw.text;
    while (true) {
      const std::size_t comma = rest.find(',');
      std::string_view entry = rest.substr(0, comma);
      while (entry.starts_with(' ')) entry.remove_prefix(1);
      while (entry.ends_with(' ')) entry.remove_suffix(1);
      entries.emplace_back(entry);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  std::vector<double> values;
  values.reserve(entries.size());
  for (const std::string& entry : entries) values.push_back(parse_number(spec, entry));
  return values;
}

std::string parse_choice(const OptionSpec& spec, const std::string& text) {
  if (std::ranges::find(spec.choices, text) == spec.choices.end()) {
    fail(spec,
         fmt::format("'{}' is none of {}{}", text, fmt::join(spec.choices, ", "), did_you_mean(text, spec.choices)));
  }
  return text;
}

std::string parse_path(const OptionSpec& spec, const std::string& text, const std::filesystem::path& base) {
  if (text.empty()) {
    if (spec.required) fail(spec, "the path is empty");
    return text;
  }
  return absolute_path(base / text).string();
}

std::string number_text(double value) {
  char buffer[32];
  const auto [end, problem] = std::to_chars(std::begin(buffer), std::end(buffer), value);
  return {buffer, end};
}

// Text that can't be mistaken for anything else in a list of values: in quotes unless it is a plain word.
std::string quoted_text(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/';
  };
  if (!text.empty() && std::ranges::all_of(text, plain)) return text;
  std::string quoted;
  quoted += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

}  // namespace

OptionValue parse_option(const OptionSpec& spec, const RawOption& raw, const std::filesystem::path& base) {
  if (raw.list && spec.type != OptionType::numbers) fail(spec, "takes one value, not a list");
  if (raw.text.find('\0') != std::string::npos) fail(spec, "holds a zero byte");
  switch (spec.type) {
    case OptionType::boolean:
      return parse_boolean(spec, raw.text);
    case OptionType::integer:
      return parse_integer(spec, raw.text);
    case OptionType::number:
      return parse_number(spec, raw.text);
    case OptionType::string:
      return raw.text;
    case OptionType::choice:
      return parse_choice(spec, raw.text);
    case OptionType::numbers:
      return parse_numbers(spec, raw);
    case OptionType::path:
      return parse_path(spec, raw.text, base);
  }
  fail(spec, "has an unknown type");
}

OptionValues complete_options(const std::vector<OptionSpec>& specs, OptionValues given) {
  std::vector<std::string> names;
  names.reserve(specs.size());
  for (const OptionSpec& spec : specs) names.push_back(spec.name);
  for (const auto& [name, value] : given) {
    const auto spec = std::ranges::find(specs, name, &OptionSpec::name);
    if (spec == specs.end()) {
      throw UsageError(fmt::format("unknown option '{}'{}", name, did_you_mean(name, names)));
    }
    if (value.index() != spec->default_value.index()) fail(*spec, "holds a value of another type");
  }
  for (const OptionSpec& spec : specs) {
    if (given.contains(spec.name)) continue;
    if (spec.required) throw UsageError(fmt::format("option '{}' is required: {}", spec.name, spec.help));
    given.emplace(spec.name, spec.default_value);
  }
  return given;
}

std::string to_text(const OptionValue& value) {
  struct Printer {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const std::vector<double>& numbers) const {
      std::string text;
      for (const double number : numbers) {
        if (!text.empty()) text += ',';
        text += number_text(number);
      }
      return text;
    }
  };
  return std::visit(Printer(), value);
}

std::string to_text(const OptionValues& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    if (!text.empty()) text += ", ";
    const auto* words = std::get_if<std::string>(&value);
    text += name + "=" + (words != nullptr ? quoted_text(*words) : to_text(value));
  }
  return text;
}

}  // namespace goldilocks::plugins
