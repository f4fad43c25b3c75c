#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace goldilocks::affine {

// Where a tensor's channels lie: its row-major values are outer x channels x inner, so a channel is `outer` runs of
// `inner` values.
struct ChannelLayout {
  std::size_t outer = 1;
  std::size_t channels = 1;
  std::size_t inner = 0;

  // Begin of the run of one channel in one outer slice.
  std::size_t run(std::size_t slice, std::size_t channel) const { return (slice * channels + channel) * inner; }
};

// Channels along dims[axis]; axis -1: `count` values in one channel. So is a tensor without values, whatever its dims.
ChannelLayout channel_layout(std::span<const std::int64_t> dims, std::int64_t axis, std::size_t count);

struct ValueRange {
  float least = 0;
  float largest = 0;
};

// The range of each channel's values, in order of the channels; none without values. Values are finite.
std::vector<ValueRange> channel_ranges(std::span<const float> values, const ChannelLayout& layout);

}  // namespace goldilocks::affine
