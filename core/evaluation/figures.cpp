#include "core/evaluation/figures.hpp"

#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace goldilocks::evaluation {

std::string size_in_words(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  // 999,950 bytes would round to "1000.0 kB"-like figures, so the larger unit begins a little early.
  if (bytes >= 999'500) return fmt::format("{:.2f} MB", value / 1e6);
  if (bytes >= 1000) return fmt::format("{:.0f} kB", value / 1e3);
  return fmt::format("{} {}", bytes, bytes == 1 ? "byte" : "bytes");
}

std::string size_against(std::uint64_t bytes, std::uint64_t other) {
  if (bytes == other) return "as large as";
  const char* direction = bytes < other ? "less than" : "more than";
  const std::uint64_t difference = bytes < other ? other - bytes : bytes - other;
  const double percent = 100.0 * static_cast<double>(difference) / static_cast<double>(other);
  if (other == 0 || percent < 1.0) {
    return fmt::format("{} {} {}", difference, difference == 1 ? "byte" : "bytes", direction);
  }
  return fmt::format("{:.0f} % {}", percent, direction);
}

std::string figure_against(double value, double limit) {
  std::string text;
  for (int decimals = 3; decimals <= 12; ++decimals) {
    text = fmt::format("{:.{}f}", value, decimals);
    const double shown = std::strtod(text.c_str(), nullptr);
    if ((shown < limit) == (value < limit) && (shown > limit) == (value > limit)) break;
  }
  return text;
}

std::pair<std::string, std::string> figures_apart(double a, double b) {
  std::pair<std::string, std::string> texts;
  for (int decimals = 3; decimals <= 12 && texts.first == texts.second; ++decimals) {
    texts = {fmt::format("{:.{}f}", a, decimals), fmt::format("{:.{}f}", b, decimals)};
  }
  return texts;
}

std::string grouped(std::uint64_t number) {
  std::string text = fmt::format("{}", number);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
  return text;
}

std::string plain_number(double value) { return fmt::format("{}", value); }

}  // namespace goldilocks::evaluation
