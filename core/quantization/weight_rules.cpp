#include "core/quantization/weight_rules.hpp"

#include <algorithm>

namespace goldilocks::quantization {
namespace {

std::optional<std::uint64_t> number_of(const weights::Weight& weight, Measure measure) {
  switch (measure) {
    case Measure::count:
      return weight.count;
    case Measure::layer_count:
      return weight.layer_count;
    case Measure::kernel_channels:
      return weight.channels.kernel;
    case Measure::groups:
      return weight.channels.groups;
    case Measure::input_channels:
      return weight.channels.input;
    case Measure::output_channels:
      return weight.channels.output;
  }
  return std::nullopt;
}

bool in_range(const Range& range, const std::optional<std::uint64_t>& number) {
  if (!range.least && !range.most) return true;
  if (!number) return false;
  return (!range.least || *number >= *range.least) && (!range.most || *number <= *range.most);
}

template <class Fits>
bool any_or_empty(const std::vector<std::string>& wanted, const Fits& fits) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), fits);
}

bool is_parameter(const weights::Weight& weight, const std::string& parameter, const std::string& wanted) {
  if (wanted == "vectors") return weight.role == weights::Role::vector;
  if (wanted == "matrices") return weight.role != weights::Role::vector;
  return glob_matches(wanted, base_name(parameter)) || glob_matches(wanted, parameter);
}

// `reader`: a weights::Reader, or the weight itself for its first one.
template <class Reader>
bool fits(const RuleMatch& match, const weights::Weight& weight, const Reader& reader) {
  for (std::size_t i = 0; i < measures; ++i) {
    if (!in_range(match.ranges.at(i), number_of(weight, static_cast<Measure>(i)))) return false;
  }
  const auto fits_any = [](const std::vector<std::string>& globs, const std::string& text) {
    return any_or_empty(globs, [&](const std::string& glob) { return glob_matches(glob, text); });
  };
  return fits_any(match.functions, reader.function) && fits_any(match.constants, weight.constant) &&
         any_or_empty(match.layers,
                      [&](const std::string& glob) {
                        return glob_matches(glob, reader.name) || glob_matches(glob, reader.layer);
                      }) &&
         any_or_empty(match.layer_types, [&](const std::string& type) { return type == reader.operation; }) &&
         any_or_empty(match.parameters,
                      [&](const std::string& wanted) { return is_parameter(weight, reader.parameter, wanted); });
}

}  // namespace

std::string base_name(const std::string& parameter) {
  const std::size_t dot = parameter.rfind('.');
  const std::string last = dot == std::string::npos ? parameter : parameter.substr(dot + 1);
  return last.substr(0, last.find('['));
}

std::string_view to_text(Measure measure) {
  static constexpr std::array<std::string_view, measures> names = {"count",  "layer_count",    "kernel_channels",
                                                                   "groups", "input_channels", "output_channels"};
  return names.at(static_cast<std::size_t>(measure));
}

bool matches(const RuleMatch& match, const weights::Weight& weight) { return fits(match, weight, weight); }

bool matches(const RuleMatch& match, const weights::Weight& weight, const weights::Reader& reader) {
  return fits(match, weight, reader);
}

// The usual walk with one point to go back to: a later star makes an earlier one's choice final, so the time is at most
// the product of the lengths.
bool glob_matches(std::string_view pattern, std::string_view text) {
  constexpr auto none = std::string_view::npos;
  std::size_t at = 0;
  std::size_t star = none;     // behind the last star of the pattern
  std::size_t resumed = none;  // where in the text what follows that star was tried last
  std::size_t i = 0;
  while (i < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      resumed = i;
      continue;
    }
    const bool escaped = at + 1 < pattern.size() && pattern[at] == '\\';
    const std::size_t letter = escaped ? at + 1 : at;
    const bool any = !escaped && at < pattern.size() && pattern[at] == '?';
    if (letter < pattern.size() && (any || pattern[letter] == text[i])) {
      at = letter + 1;
      ++i;
      continue;
    }
    if (star == none) return false;
    at = star;
    i = ++resumed;
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace goldilocks::quantization
