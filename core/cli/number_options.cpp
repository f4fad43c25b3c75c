#include "core/cli/number_options.hpp"

#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace goldilocks::cli {
namespace {

// The whole text; a leading plus sign is fine for people.
template <class Number>
std::optional<Number> read(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class Number>
CLI::Validator in_range(Number least, Number most, const char* kind) {
  const auto check = [least, most, kind](std::string& text) {
    const std::optional<Number> number = read<Number>(text);
    // Written so that NaN is refused.
    if (!number || !(*number >= least && *number <= most)) {
      return fmt::format("must be a {} from {} to {}, not '{}'", kind, least, most, text);
    }
    text = fmt::format("{}", *number);
    return std::string();
  };
  return CLI::Validator(check, "");
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) { return in_range(least, most, "whole number"); }

CLI::Validator real_number(double least, double most) { return in_range(least, most, "number"); }

}  // namespace goldilocks::cli
