#include <algorithm>
#include <array>

#include <goldilocks/affine.hpp>
#include <goldilocks/vectorize.hpp>

namespace goldilocks::affine {
namespace {

// As many separate minima as the widest register has lanes: the result doesn't depend on the register in use.
constexpr std::size_t lanes = 16;

// Widens the range by the values. Not std::min: this form is what a vector minimum does.
GOLDILOCKS_VECTORIZE void include(ValueRange& range, const float* values, std::size_t count) {
  std::array<float, lanes> least;
  std::array<float, lanes> largest;
  least.fill(range.least);
  largest.fill(range.largest);
  const std::size_t whole = count - count % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const float value = values[i + lane];
      least[lane] = value < least[lane] ? value : least[lane];
      largest[lane] = value > largest[lane] ? value : largest[lane];
    }
  }
  for (std::size_t i = whole; i < count; ++i) {
    least[0] = std::min(least[0], values[i]);
    largest[0] = std::max(largest[0], values[i]);
  }
  range.least = *std::min_element(least.begin(), least.end());
  range.largest = *std::max_element(largest.begin(), largest.end());
}

// The ranges of channels whose values lie side by side, row after row.
GOLDILOCKS_VECTORIZE void include_row(ValueRange* ranges, const float* values, std::size_t channels) {
  for (std::size_t i = 0; i < channels; ++i) {
    ranges[i].least = values[i] < ranges[i].least ? values[i] : ranges[i].least;
    ranges[i].largest = values[i] > ranges[i].largest ? values[i] : ranges[i].largest;
  }
}

}  // namespace

ChannelLayout channel_layout(std::span<const std::int64_t> dims, std::int64_t axis, std::size_t count) {
  ChannelLayout layout;
  layout.inner = count;
  if (axis < 0 || count == 0) return layout;
  for (std::size_t i = 0; i < static_cast<std::size_t>(axis); ++i) layout.outer *= static_cast<std::size_t>(dims[i]);
  layout.channels = static_cast<std::size_t>(dims[static_cast<std::size_t>(axis)]);
  layout.inner = count / (layout.outer * layout.channels);
  return layout;
}

std::vector<ValueRange> channel_ranges(std::span<const float> values, const ChannelLayout& layout) {
  if (values.empty()) return {};
  std::vector<ValueRange> ranges(layout.channels);
  if (layout.inner == 1) {
    for (std::size_t channel = 0; channel < layout.channels; ++channel) {
      ranges[channel] = {.least = values[channel], .largest = values[channel]};
    }
    for (std::size_t slice = 1; slice < layout.outer; ++slice) {
      include_row(ranges.data(), values.data() + layout.run(slice, 0), layout.channels);
    }
    return ranges;
  }
  for (std::size_t channel = 0; channel < layout.channels; ++channel) {
    ValueRange& range = ranges[channel];
    range.least = range.largest = values[layout.run(0, channel)];
    for (std::size_t slice = 0; slice < layout.outer; ++slice) {
      include(range, values.data() + layout.run(slice, channel), layout.inner);
    }
  }
  return ranges;
}

}  // namespace goldilocks::affine
