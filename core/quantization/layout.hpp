#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/weights/encoding.hpp"

namespace goldilocks::quantization {

// A scale for each position across the output channels, which the tensor is divided by before it gets a table.
enum class ChannelScale : std::uint8_t {
  none,
  plain,        // where the format's version puts it
  after_table,  // always behind the table
};

// How codes lie, beside their width: what has a table or a scale of its own, and what tables are made of. Whatever is
// absent is left to the function, or to those who have a word behind.
struct Layout {
  // Absent: the function gets each tensor as a whole with its axis of channels, and does as it does.
  std::optional<weights::Granularity> granularity{};
  std::optional<std::int64_t> axis{};  // of the channels, in place of what the format says; below 0: from the last
  // Above 1: tables of vectors of so many values that follow one another along the axis of channels, of a function that
  // has vector_tables.
  std::optional<int> vector{};
  std::optional<ChannelScale> channel_scale{};
  std::optional<bool> int8_table{};  // the table's entries become 8 bit codes with one scale

  bool operator==(const Layout&) const = default;

  int vector_length() const { return vector.value_or(1); }
  bool has_channel_scale() const { return channel_scale.value_or(ChannelScale::none) != ChannelScale::none; }
  // This layout, and what it leaves open by another one.
  Layout over(const Layout& other) const;
};

// As names of files have them: "tensor", "channel", "g16", "b32", "b0x32", "default" where it is absent.
std::string short_text(const std::optional<weights::Granularity>& granularity);

// "false", "true", "after_table", as pipelines write them.
std::string to_text(ChannelScale scale);

// All of it in one line, "" where there is nothing to say: "group:16, vectors of 2, channel scale, int8 table".
std::string to_text(const Layout& layout);

}  // namespace goldilocks::quantization
