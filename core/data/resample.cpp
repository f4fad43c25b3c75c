// Scaling is separable: each target row is a weighted sum of source rows, and each target pixel a weighted sum within
// such a row. For each axis the weights are worked out once, in double, and normalized to the sum 1:
//
//     centre of target pixel i in the source:  c = begin + (i + 0.5) * scale,  scale = extent / target size
//     weight of source pixel k:                filter((k + 0.5 - c) / stretch)
//
// where `stretch` is max(1, scale) for the filters that average when they shrink, and 1 for the others. The sums are in
// float32, always in the order of the source pixels, so the result doesn't depend on threads or on vector width.
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
  std::vector<float> weights;
  int end() const { return first + static_cast<int>(weights.size()); }
};

Taps taps_around(double centre, int size, double stretch, Filter filter) {
  if (filter == Filter::nearest) return {std::clamp(static_cast<int>(std::floor(centre)), 0, size - 1), {1.0F}};
  const double radius = shape_of(filter).radius * stretch;
  const int first = std::clamp(static_cast<int>(std::floor(centre - radius - 0.5)) + 1, 0, size - 1);
  const int last = std::clamp(static_cast<int>(std::ceil(centre + radius - 0.5)) - 1, first, size - 1);
  std::vector<double> values;
  double sum = 0;
  for (int k = first; k <= last; ++k) {
    values.push_back(value_of(filter, std::abs(k + 0.5 - centre) / stretch));
    sum += values.back();
  }
  Taps taps{first, {}};
  for (const double value : values) taps.weights.push_back(static_cast<float>(value / sum));
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
    const float weight = taps.weights[tap];
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
    for (const float weight : taps.weights) {
      for (std::size_t channel = 0; channel < channels; ++channel) value[channel] += weight * source[channel];
      source += channels;
    }
    for (std::size_t channel = 0; channel < channels; ++channel) *target++ = to_byte(value[channel]);
  }
}

}  // namespace

Image resample(const Image& image, const Window& window, int width, int height, Filter filter) {
  const auto columns = taps_along(window.left, window.width, image.width, width, filter);
  const auto rows = taps_along(window.top, window.height, image.height, height, filter);
  const int begin = columns.front().first;
  const int end = std::max_element(columns.begin(), columns.end(), [](const Taps& a, const Taps& b) {
                    return a.end() < b.end();
                  })->end();

  Image result;
  result.width = width;
  result.height = height;
  result.channels = image.channels;
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t row_size = static_cast<std::size_t>(width) * channels;
  result.pixels.resize(static_cast<std::size_t>(height) * row_size);
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

}  // namespace goldilocks::data
