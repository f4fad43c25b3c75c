#include "core/runtime/network_outputs.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/features.hpp"

namespace goldilocks::runtime {
namespace {

using plugins::Tensor;

[[noreturn]] void fail(const Feature& feature, const Tensor& tensor) {
  throw ModelError(fmt::format("output '{}': is declared as {}, but the network gives a tensor of shape {}",
                               feature.name, feature.type, shape_text(tensor.dims)));
}

std::int64_t product(std::span<const std::int64_t> dims) {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) count *= dim;
  return count;
}

Array array_output(const OutputContext& context, const Feature& feature, const Tensor& tensor) {
  std::vector<std::int64_t> shape = feature.shape;
  const std::vector<double> numbers = tensor.type == GLK_FLOAT32 ? std::vector<double>() : numbers_in(tensor);
  const std::size_t count = tensor.type == GLK_FLOAT32 ? tensor.values.size() : numbers.size();
  if (shape.empty() || product(shape) != static_cast<std::int64_t>(count)) {
    shape = tensor.dims;
    if (context.rank5 && shape.size() == 5 && shape[0] == 1 && shape[1] == 1)
      shape.erase(shape.begin(), shape.begin() + 2);
  }
  if (tensor.type != GLK_FLOAT32) return from_doubles(numbers, std::move(shape), feature.element_type);
  return from_floats(tensor.values, std::move(shape), feature.element_type);
}

std::uint8_t pixel_of(float value) {
  return static_cast<std::uint8_t>(std::clamp(std::isnan(value) ? 0.0F : std::nearbyint(value), 0.0F, 255.0F));
}

// Planes to pixels.
Image image_output(const Feature& feature, const Tensor& tensor) {
  const std::size_t channels = feature.pixels == PixelFormat::rgb ? 3 : 1;
  const std::size_t rank = tensor.dims.size();
  if (rank < 2) fail(feature, tensor);
  const std::int64_t height = tensor.dims[rank - 2];
  const std::int64_t width = tensor.dims[rank - 1];
  constexpr std::int64_t most = 1 << 16;
  const auto plane = static_cast<std::size_t>(height * width);
  if (height < 1 || width < 1 || height > most || width > most || tensor.values.size() != channels * plane) {
    fail(feature, tensor);
  }
  Image image{static_cast<int>(width), static_cast<int>(height), *feature.pixels, {}};
  if (image.format == PixelFormat::gray_float16) {
    for (const float value : tensor.values) {
      const std::uint16_t half = half_from_float(value);
      const auto bytes = std::as_bytes(std::span(&half, 1));
      image.pixels.insert(image.pixels.end(), bytes.begin(), bytes.end());
    }
    return image;
  }
  image.pixels.resize(channels * plane);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const std::size_t target = feature.blue_first ? channels - 1 - channel : channel;
    for (std::size_t at = 0; at < plane; ++at) {
      image.pixels[at * channels + target] = std::byte{pixel_of(tensor.values[channel * plane + at])};
    }
  }
  return image;
}

// Labels that are whole numbers have been turned to text by the lowering.
std::int64_t integer_label(const std::string& label) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(label.data(), label.data() + label.size(), value);
  if (problem != std::errc() || end != label.data() + label.size()) {
    throw ModelError(fmt::format("the class label '{}' is no whole number", label));
  }
  return value;
}

Value dictionary_output(const Feature& feature, const Tensor& scores, const std::vector<std::string>& labels) {
  if (scores.values.size() != labels.size()) fail(feature, scores);
  TextDictionary texts;
  IntegerDictionary integers;
  for (std::size_t index = 0; index < labels.size(); ++index) {
    const auto score = static_cast<double>(scores.values[index]);
    if (feature.integers) {
      add_score(integers, integer_label(labels[index]), score);
    } else {
      add_score(texts, labels[index], score);
    }
  }
  if (feature.integers) return integers;
  return texts;
}

// What is no number is never the highest.
Value label_output(const Feature& feature, const Tensor& scores, const std::vector<std::string>& labels) {
  if (scores.values.size() != labels.size()) fail(feature, scores);
  std::size_t best = 0;
  for (std::size_t index = 1; index < labels.size(); ++index) {
    if (scores.values[index] > scores.values[best] || std::isnan(scores.values[best])) best = index;
  }
  if (feature.kind == Kind::integer) return integer_label(labels[best]);
  return labels[best];
}

// The tensor with its numbers as float32.
Tensor as_floats(const Tensor& tensor) {
  const std::vector<double> numbers = numbers_in(tensor);
  Tensor result;
  result.dims = tensor.dims;
  for (const double number : numbers) result.values.push_back(static_cast<float>(number));
  return result;
}

Value output(const OutputContext& context, const Feature& feature, const Tensor& tensor, const Tensor* scores) {
  if (tensor.type != GLK_FLOAT32 && feature.kind != Kind::array) {
    return output(context, feature, as_floats(tensor), scores);
  }
  const std::vector<std::string>& labels = context.network.labels;
  if (scores != nullptr && feature.name == context.description.label_output) {
    if (feature.kind != Kind::text && feature.kind != Kind::integer) fail(feature, *scores);
    return label_output(feature, *scores, labels);
  }
  switch (feature.kind) {
    case Kind::array:
      return array_output(context, feature, tensor);
    case Kind::image:
      return image_output(feature, tensor);
    case Kind::dictionary:
      if (scores == nullptr) fail(feature, tensor);
      return dictionary_output(feature, *scores, labels);
    case Kind::number:
      if (tensor.values.size() != 1) fail(feature, tensor);
      return static_cast<double>(tensor.values.front());
    case Kind::integer:
      if (tensor.values.size() != 1) fail(feature, tensor);
      return to_integers(from_floats(tensor.values, {}, ElementType::int64)).front();
    default:
      fail(feature, tensor);
  }
}

}  // namespace

Values network_outputs(const OutputContext& context, std::span<const Tensor* const> tensors, const Tensor* scores) {
  Values values;
  for (std::size_t index = 0; index < tensors.size(); ++index) {
    // States come after the outputs.
    const std::vector<Feature>& outputs = context.description.outputs;
    const Feature& feature =
        index < outputs.size() ? outputs[index] : context.description.state_features[index - outputs.size()];
    values[feature.name] = output(context, feature, *tensors[index], scores);
  }
  return values;
}

}  // namespace goldilocks::runtime
