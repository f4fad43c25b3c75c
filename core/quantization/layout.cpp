#include "core/quantization/layout.hpp"

#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace goldilocks::quantization {

Layout Layout::over(const Layout& other) const {
  Layout both = *this;
  if (!both.granularity) both.granularity = other.granularity;
  if (!both.axis) both.axis = other.axis;
  if (!both.vector) both.vector = other.vector;
  if (!both.channel_scale) both.channel_scale = other.channel_scale;
  if (!both.int8_table) both.int8_table = other.int8_table;
  return both;
}

std::string short_text(const std::optional<weights::Granularity>& granularity) {
  using enum weights::Granularity::Kind;
  if (!granularity) return "default";
  switch (granularity->kind) {
    case group:
      return fmt::format("g{}", granularity->size);
    case block:
      return fmt::format("b{}", granularity->size);
    case blocks:
      return fmt::format("b{}", fmt::join(granularity->sizes, "x"));
    case tensor:
    case channel:
      break;
  }
  return weights::to_text(*granularity);
}

std::string to_text(ChannelScale scale) {
  static constexpr std::array<std::string_view, 3> names = {"false", "true", "after_table"};
  return std::string(names.at(static_cast<std::size_t>(scale)));
}

std::string to_text(const Layout& layout) {
  std::vector<std::string> parts;
  if (layout.granularity) parts.push_back(weights::to_text(*layout.granularity));
  if (layout.axis) parts.push_back(fmt::format("axis {}", *layout.axis));
  if (layout.vector_length() > 1) parts.push_back(fmt::format("vectors of {}", *layout.vector));
  if (layout.has_channel_scale()) {
    parts.emplace_back(*layout.channel_scale == ChannelScale::plain ? "channel scale"
                                                                    : "channel scale after the table");
  }
  if (layout.int8_table.value_or(false)) parts.emplace_back("int8 table");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace goldilocks::quantization
