// Scaling is separable: each target row is a weighted sum of source rows, and each target pixel a weighted sum within
// such a row. For each axis the weights are worked out once, in double, and normalized to the sum 1:
//
//     centre of target pixel i in the source:  c = begin + (i + 0.5) * scale,  scale = extent / target size
//     weight of source pixel k:                filter((k + 0.5 - c) / stretch)
//
// where `stretch` is max(1, scale) for the filters that average when they shrink, and 1 for the others.
//
// Bilinear and nearest are summed in float32, columns within rows, and rounded once. The filters that average are there
// to prepare images as a training pipeline did, so they compute what Pillow does, to the byte: weights as whole
// multiples of 2^-22, within rows first, rounded and clamped to bytes between the two passes.
#include "core/data/resample.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace goldilocks::data {
namespace {

struct FilterShape {
  double radius;
  bool averages;  // its support grows when the image shrinks
};

FilterShape shape_of(Filter filter) {
  switch (filter) {
    case Filter::nearest:
      return {0.5, false};
    case Filter::bilinear:
      return {1.0, false};
    case Filter::area:
      return {1.0, true};
    case Filter::bicubic:
      return {2.0, true};
    case Filter::lanczos:
      return {3.0, true};
  }
  return {1.0, false};
}

double sinc(double x) {
  if (x == 0) return 1.0;
  const double angle = std::numbers::pi * x;
  return std::sin(angle) / angle;
}

double catmull_rom(double x) {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return ((-0.5 * x + 2.5) * x - 4) * x + 2;
}

// The filter's value at a distance below its radius.
double value_of(Filter filter, double distance) {
  switch (filter) {
    case Filter::nearest:
      return 1.0;
    case Filter::bilinear:
    case Filter::area:
      return 1.0 - distance;
    case Filter::bicubic:
      return catmull_rom(distance);
    case Filter::lanczos:
      return sinc(distance) * sinc(distance / 3.0);
  }
  return 0.0;
}

// The source pixels of one target pixel and their weights.
struct Taps {
  int first = 0;
  std::vector<double> weights;
  int end() const { return first + static_cast<int>(weights.size()); }
};

Taps taps_around(double centre, int size, double stretch, Filter filter) {
  if (filter == Filter::nearest) return {std::clamp(static_cast<int>(std::floor(centre)), 0, size - 1), {1.0}};
  const double radius = shape_of(filter).radius * stretch;
  const int first = std::clamp(static_cast<int>(std::floor(centre - radius - 0.5)) + 1, 0, size - 1);
  const int last = std::clamp(static_cast<int>(std::ceil(centre + radius - 0.5)) - 1, first, size - 1);
  Taps taps{first, {}};
  double sum = 0;
  for (int k = first; k <= last; ++k) {
    taps.weights.push_back(value_of(filter, std::abs(k + 0.5 - centre) / stretch));
    sum += taps.weights.back();
  }
  for (double& weight : taps.weights) weight /= sum;
  return taps;
}

std::vector<Taps> taps_along(double begin, double extent, int size, int target, Filter filter) {
  const double scale = extent / target;
  const double stretch = shape_of(filter).averages ? std::max(1.0, scale) : 1.0;
  std::vector<Taps> all;
  all.reserve(static_cast<std::size_t>(target));
  for (int i = 0; i < target; ++i) all.push_back(taps_around(begin + (i + 0.5) * scale, size, stretch, filter));
  return all;
}

// sum = the weighted sum of source rows, over the values from `begin` to the length of `sum` on.
void add_rows(const Image& image, const Taps& taps, std::size_t begin, std::vector<float>& sum) {
  const auto row_size = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  const std::uint8_t* row = image.pixels.data() + static_cast<std::size_t>(taps.first) * row_size + begin;
  float* const out = sum.data();
  const std::size_t count = sum.size();
  for (std::size_t tap = 0; tap < taps.weights.size(); ++tap, row += row_size) {
    const auto weight = static_cast<float>(taps.weights[tap]);
    if (tap == 0) {
      for (std::size_t i = 0; i < count; ++i) out[i] = weight * static_cast<float>(row[i]);
    } else {
      for (std::size_t i = 0; i < count; ++i) out[i] += weight * static_cast<float>(row[i]);
    }
  }
}

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.5F)); }

// One target row from a row of sums, whose first value belongs to the source column `begin`.
template <std::size_t channels>
void add_columns(const std::vector<float>& sums, const std::vector<Taps>& columns, int begin, std::uint8_t* target) {
  for (const Taps& taps : columns) {
    const float* source = sums.data() + static_cast<std::size_t>(taps.first - begin) * channels;
    float value[channels] = {};
    for (const double weight : taps.weights) {
      for (std::size_t channel = 0; channel < channels; ++channel) {
        value[channel] += static_cast<float>(weight) * source[channel];
      }
      source += channels;
    }
    for (std::size_t channel = 0; channel < channels; ++channel) *target++ = to_byte(value[channel]);
  }
}

Image resample_at_once(const Image& image, const std::vector<Taps>& columns, const std::vector<Taps>& rows) {
  const int begin = columns.front().first;
  const int end = std::max_element(columns.begin(), columns.end(), [](const Taps& a, const Taps& b) {
                    return a.end() < b.end();
                  })->end();
  Image result;
  result.width = static_cast<int>(columns.size());
  result.height = static_cast<int>(rows.size());
  result.channels = image.channels;
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t row_size = columns.size() * channels;
  result.pixels.resize(rows.size() * row_size);
  std::vector<float> sums(static_cast<std::size_t>(end - begin) * channels);
  std::uint8_t* target = result.pixels.data();
  for (const Taps& taps : rows) {
    add_rows(image, taps, static_cast<std::size_t>(begin) * channels, sums);
    if (channels == 1) {
      add_columns<1>(sums, columns, begin, target);
    } else {
      add_columns<3>(sums, columns, begin, target);
    }
    target += row_size;
  }
  return result;
}

// ---- in whole numbers

constexpr int fraction_bits = 22;

struct WholeTaps {
  int first = 0;
  std::vector<std::int32_t> weights;
};

// Halves are rounded away from zero.
std::vector<WholeTaps> in_whole_numbers(const std::vector<Taps>& all) {
  std::vector<WholeTaps> result;
  result.reserve(all.size());
  for (const Taps& taps : all) {
    WholeTaps whole{taps.first, {}};
    for (const double weight : taps.weights) {
      whole.weights.push_back(static_cast<std::int32_t>(std::round(weight * (1 << fraction_bits))));
    }
    result.push_back(std::move(whole));
  }
  return result;
}

// The sum with a half added, as a byte. The magnitudes of a filter's weights add up to less than 1.5, so that no sum
// leaves 32 bits.
std::uint8_t to_byte(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> fraction_bits, 0, 255)); }
constexpr std::int32_t half = 1 << (fraction_bits - 1);

// The columns of the rows from `first` to before `last`.
template <std::size_t channels>
std::vector<std::uint8_t> scale_rows(const Image& image, const std::vector<WholeTaps>& columns, int first, int last) {
  std::vector<std::uint8_t> scaled(static_cast<std::size_t>(last - first) * columns.size() * channels);
  std::uint8_t* target = scaled.data();
  const auto row_size = static_cast<std::size_t>(image.width) * channels;
  for (int row = first; row < last; ++row) {
    const std::uint8_t* const pixels = image.pixels.data() + static_cast<std::size_t>(row) * row_size;
    for (const WholeTaps& taps : columns) {
      const std::uint8_t* source = pixels + static_cast<std::size_t>(taps.first) * channels;
      std::int32_t sum[channels];
      std::fill_n(sum, channels, half);
      for (const std::int32_t weight : taps.weights) {
        for (std::size_t channel = 0; channel < channels; ++channel) sum[channel] += weight * source[channel];
        source += channels;
      }
      for (std::size_t channel = 0; channel < channels; ++channel) *target++ = to_byte(sum[channel]);
    }
  }
  return scaled;
}

Image resample_in_passes(const Image& image, const std::vector<Taps>& columns, const std::vector<Taps>& rows) {
  const int first = rows.front().first;
  const int last =
      std::max_element(rows.begin(), rows.end(), [](const Taps& a, const Taps& b) { return a.end() < b.end(); })->end();
  const std::vector<WholeTaps> whole_columns = in_whole_numbers(columns);
  const std::vector<std::uint8_t> scaled = image.channels == 1 ? scale_rows<1>(image, whole_columns, first, last)
                                                               : scale_rows<3>(image, whole_columns, first, last);
  Image result;
  result.width = static_cast<int>(columns.size());
  result.height = static_cast<int>(rows.size());
  result.channels = image.channels;
  const std::size_t row_size = columns.size() * static_cast<std::size_t>(image.channels);
  result.pixels.reserve(rows.size() * row_size);
  std::vector<std::int32_t> sums(row_size);
  for (const WholeTaps& taps : in_whole_numbers(rows)) {
    std::fill(sums.begin(), sums.end(), half);
    const std::uint8_t* source = scaled.data() + static_cast<std::size_t>(taps.first - first) * row_size;
    for (const std::int32_t weight : taps.weights) {
      for (std::size_t i = 0; i < row_size; ++i) sums[i] += weight * source[i];
      source += row_size;
    }
    for (const std::int32_t sum : sums) result.pixels.push_back(to_byte(sum));
  }
  return result;
}

}  // namespace

Image resample(const Image& image, const Window& window, int width, int height, Filter filter) {
  const auto columns = taps_along(window.left, window.width, image.width, width, filter);
  const auto rows = taps_along(window.top, window.height, image.height, height, filter);
  return shape_of(filter).averages ? resample_in_passes(image, columns, rows) : resample_at_once(image, columns, rows);
}

}  // namespace goldilocks::data
