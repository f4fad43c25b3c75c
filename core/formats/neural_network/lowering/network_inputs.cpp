// From the model's description of its inputs to tensors.
//
//   array, RANK5 mapping    [C] -> [1, 1, C, 1, 1], [C, H, W] -> [1, 1, C, H, W]; [S, B, C, H, W] as it is
//   array, EXACT mapping    as it is
//   image, RANK5 mapping    [1, 1, channels, H, W]; RANK4 mapping [1, channels, H, W]
//
// Where sizes are flexible and none is asked for, the default is taken: the one stated, otherwise the first of a list,
// otherwise the lower bounds.
#include "core/formats/neural_network/lowering/network_inputs.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <goldilocks/graph/graph.hpp>

#include "core/base/error.hpp"

namespace goldilocks::lowering {
namespace {

using Dims = std::vector<std::int64_t>;

[[noreturn]] void fail(const spec::FeatureDescription& feature, const std::string& problem) {
  throw ModelError("input '" + feature.name() + "': " + problem);
}

Dims array_shape(const spec::ArrayFeatureType& array) {
  if (array.shape_size() > 0) return {array.shape().begin(), array.shape().end()};
  if (array.has_enumeratedshapes() && array.enumeratedshapes().shapes_size() > 0) {
    const auto& shape = array.enumeratedshapes().shapes(0).shape();
    return {shape.begin(), shape.end()};
  }
  Dims lower;
  for (const spec::SizeRange& range : array.shaperange().sizeranges()) {
    const std::uint64_t limit = static_cast<std::uint64_t>(graph::largest_tensor) + 1;
    lower.push_back(static_cast<std::int64_t>(std::min<std::uint64_t>(range.lowerbound(), limit)));
  }
  return lower;
}

NetworkInput array_input(const spec::FeatureDescription& feature, const Dims* size, bool exact) {
  NetworkInput input;
  input.name = feature.name();
  const Dims shape = size != nullptr ? *size : array_shape(feature.type().multiarraytype());
  if (shape.empty()) fail(feature, "its shape is not stated");
  if (exact || shape.size() == 5) {
    input.dims = shape;
  } else if (shape.size() == 1) {
    input.dims = {1, 1, shape[0], 1, 1};
  } else if (shape.size() == 3) {
    input.dims = {1, 1, shape[0], shape[1], shape[2]};
  } else {
    fail(feature, "an array of shape " + graph::to_text(shape) + " needs the exact shape mapping");
  }
  return input;
}

ColorLayout color_layout(const spec::FeatureDescription& feature) {
  switch (feature.type().imagetype().colorspace()) {
    case spec::ImageFeatureType::GRAYSCALE:
    case spec::ImageFeatureType::GRAYSCALE_FLOAT16:
      return ColorLayout::gray;
    case spec::ImageFeatureType::RGB:
      return ColorLayout::rgb;
    case spec::ImageFeatureType::BGR:
      return ColorLayout::bgr;
    default:
      fail(feature, "its colour space is not known");
  }
}

std::pair<std::int64_t, std::int64_t> image_size(const spec::ImageFeatureType& image) {
  if (image.width() != 0 || image.height() != 0) return {image.width(), image.height()};
  const auto bounded = [](std::uint64_t size) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(size, std::numeric_limits<std::int32_t>::max()));
  };
  if (image.has_enumeratedsizes() && image.enumeratedsizes().sizes_size() > 0) {
    const auto& size = image.enumeratedsizes().sizes(0);
    return {bounded(size.width()), bounded(size.height())};
  }
  return {bounded(image.imagesizerange().widthrange().lowerbound()),
          bounded(image.imagesizerange().heightrange().lowerbound())};
}

NetworkInput image_input(const spec::FeatureDescription& feature, const Dims* size, bool rank4) {
  constexpr std::int64_t most = 1 << 16;
  const auto [width, height] =
      size != nullptr ? std::pair(size->at(1), size->at(0)) : image_size(feature.type().imagetype());
  if (width < 1 || height < 1 || width > most || height > most) {
    fail(feature, "an image of " + std::to_string(width) + " x " + std::to_string(height) + " pixels can't be used");
  }
  NetworkInput input;
  input.name = feature.name();
  ImageInput& image = input.image.emplace();
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.color = color_layout(feature);
  image.float16 = feature.type().imagetype().colorspace() == spec::ImageFeatureType::GRAYSCALE_FLOAT16;
  input.dims = {1, image.channels(), height, width};
  if (!rank4) input.dims.insert(input.dims.begin(), 1);
  return input;
}

// Steps come in the file's order, each on what the one before gave: a scaler after a mean image scales the mean too.
// An absent channelScale reads as 0, as every absent number does, and so wipes the image out: the format states no
// default, and writers state 1.
void apply_scaler(const spec::NeuralNetworkImageScaler& scaler, ImageInput& image) {
  std::vector<float> bias = {scaler.redbias(), scaler.greenbias(), scaler.bluebias()};
  if (image.color == ColorLayout::bgr) std::ranges::reverse(bias);
  if (image.channels() == 1) bias = {scaler.graybias()};
  image.bias.resize(bias.size());
  for (std::size_t channel = 0; channel < bias.size(); ++channel) {
    image.bias[channel] = scaler.channelscale() * image.bias[channel] + bias[channel];
  }
  for (float& mean : image.mean) mean *= scaler.channelscale();
  image.scale *= scaler.channelscale();
}

void apply_mean(const spec::NeuralNetworkMeanImage& mean, const NetworkInput& input, ImageInput& image) {
  const auto& values = mean.meanimage();
  const std::int64_t expected = graph::element_count(input.dims);
  if (values.size() != expected) {
    throw ModelError("preprocessing of '" + input.name + "': the mean image has " + std::to_string(values.size()) +
                     " values; the input needs " + std::to_string(expected));
  }
  image.mean.resize(static_cast<std::size_t>(expected));
  for (std::size_t at = 0; at < image.mean.size(); ++at) image.mean[at] += values[static_cast<int>(at)];
}

// A step names its input. Where the name is missing and there is but one image, that is meant.
NetworkInput& preprocessed_input(const std::string& name, std::vector<NetworkInput>& inputs) {
  NetworkInput* found = nullptr;
  for (NetworkInput& input : inputs) {
    if (!input.image || (!name.empty() && input.name != name)) continue;
    if (found != nullptr) throw ModelError("preprocessing: the step doesn't say which of several images it is for");
    found = &input;
  }
  if (found == nullptr) throw ModelError("preprocessing of '" + name + "': the model has no such image input");
  return *found;
}

}  // namespace

std::vector<NetworkInput> network_inputs(const spec::Model& model, const model::NetworkView& network,
                                         const InputSizes& sizes) {
  std::vector<NetworkInput> inputs;
  for (const spec::FeatureDescription& feature : model.description().input()) {
    if (std::ranges::find(inputs, feature.name(), &NetworkInput::name) != inputs.end()) {
      fail(feature, "the model has two inputs of this name");
    }
    const auto given = sizes.find(feature.name());
    const Dims* size = given == sizes.end() ? nullptr : &given->second;
    switch (feature.type().Type_case()) {
      case spec::FeatureType::kMultiArrayType:
        inputs.push_back(array_input(feature, size, network.array_mapping == spec::EXACT_ARRAY_MAPPING));
        break;
      case spec::FeatureType::kImageType:
        inputs.push_back(image_input(feature, size, network.image_mapping == spec::RANK4_IMAGE_MAPPING));
        break;
      default:
        fail(feature, "a network takes images and arrays; this is neither");
    }
    for (const std::int64_t dim : inputs.back().dims) {
      if (dim < 1) fail(feature, "its shape can't be " + graph::to_text(inputs.back().dims));
    }
  }
  for (const spec::NeuralNetworkPreprocessing& step : *network.preprocessing) {
    NetworkInput& input = preprocessed_input(step.featurename(), inputs);
    if (step.has_scaler()) apply_scaler(step.scaler(), *input.image);
    if (step.has_meanimage()) apply_mean(step.meanimage(), input, *input.image);
  }
  return inputs;
}

}  // namespace goldilocks::lowering
