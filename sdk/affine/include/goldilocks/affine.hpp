#pragma once

// For quantizers whose values are evenly spaced: channels and their ranges, scales and biases, codes. Link
// Goldilocks::affine. All arithmetic is float64 with numpy's rounding, and gives the same bytes on every machine.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <goldilocks/quantizer.hpp>

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

// A step of this size or less is taken for none: all codes are 0, as in the reference implementation.
inline constexpr double smallest_scale = 1e-6;

// What a code stands for: code * scale + bias, in float64.
struct Affine {
  double scale = 0;
  double bias = 0;
};

// 2^bits evenly spaced values, the first and the last at the range's ends.
Affine affine_of_range(const ValueRange& range, int bits);

// 2^bits evenly spaced values from the range's least one on; one step more would be the largest.
Affine affine_of_half_open_range(const ValueRange& range, int bits);

// 2^bits evenly spaced values of which the middle one, code 2^(bits - 1), is exactly 0, and which reach beyond both
// ends of the range. bits >= 2.
Affine symmetric_affine(const ValueRange& range, int bits);

// The two ways in which the reference implementation rounds to codes, half to even; they differ in the last bit of the
// quotient. `codes` is as long as `values`. Values must lie within the range that the affine was made from.
//   multiplied: round((value - bias) * (1 / scale))
//   divided:    round((value - bias) / scale)
void multiplied_codes(std::span<const float> values, const Affine& affine, std::span<std::uint8_t> codes);
void divided_codes(std::span<const float> values, const Affine& affine, std::span<std::uint8_t> codes);

// The nearest of the values i * scale + bias, i in 0..largest_code, in float64; the lower one where two are equally
// near. Values must not lie below bias.
void nearest_codes(std::span<const float> values, const Affine& affine, int largest_code,
                   std::span<std::uint8_t> codes);

// The nearest float32. Throws BadData that names `what` where it would be infinite.
float to_float32(double value, const char* what);

// The evenly spaced values for a range at a width, and the codes of a channel's values among them.
using AffineRule = Affine (*)(const ValueRange& range, int bits);
using CodeRule = void (*)(std::span<const float> values, const Affine& affine, std::span<std::uint8_t> codes);

// A task that gives each channel a scale and a bias by these rules; float16 at 16 bits. The ranges are found once for
// all widths. It throws BadData where a scale or bias is beyond float32.
std::unique_ptr<QuantizerTask> channelwise_task(const Weights& weights, AffineRule affine_of, CodeRule codes_of);

}  // namespace goldilocks::affine
