#include "core/formats/neural_network/passes/image_steps.hpp"

#include <utility>

namespace goldilocks::model {
namespace {

std::array<float, 3> biases(const spec::NeuralNetworkImageScaler& scaler, const ImageShape& image) {
  if (image.channels == 1) return {scaler.graybias(), 0, 0};
  if (image.is_bgr) return {scaler.bluebias(), scaler.greenbias(), scaler.redbias()};
  return {scaler.redbias(), scaler.greenbias(), scaler.bluebias()};
}

}  // namespace

std::optional<ImageShape> image_shape(const spec::FeatureDescription& input) {
  const spec::ImageFeatureType& image = input.type().imagetype();
  if (!input.type().has_imagetype() || input.type().isoptional() || image.width() <= 0 || image.height() <= 0 ||
      image.SizeFlexibility_case() != spec::ImageFeatureType::SIZEFLEXIBILITY_NOT_SET) {
    return std::nullopt;
  }
  ImageShape shape{.channels = 3,
                   .height = static_cast<std::size_t>(image.height()),
                   .width = static_cast<std::size_t>(image.width()),
                   .is_bgr = image.colorspace() == spec::ImageFeatureType::BGR};
  if (image.colorspace() == spec::ImageFeatureType::GRAYSCALE) {
    shape.channels = 1;
  } else if (!shape.is_bgr && image.colorspace() != spec::ImageFeatureType::RGB) {
    return std::nullopt;
  }
  return shape;
}

std::optional<std::vector<int>> steps_of(const Preprocessing& steps, const spec::ModelDescription& description,
                                         const std::string& image) {
  int images = 0;
  for (const spec::FeatureDescription& input : description.input()) images += input.type().has_imagetype() ? 1 : 0;
  std::vector<int> positions;
  for (int at = 0; at < steps.size(); ++at) {
    if (steps[at].featurename().empty() && images != 1) return std::nullopt;
    if (steps[at].featurename().empty() || steps[at].featurename() == image) positions.push_back(at);
  }
  return positions;
}

std::optional<ImageSteps> combine_steps(const Preprocessing& steps, const std::vector<int>& positions,
                                        const ImageShape& image) {
  ImageSteps combined;
  for (const int at : positions) {
    const spec::NeuralNetworkPreprocessing& step = steps[at];
    if (step.has_scaler()) {
      const float scale = step.scaler().channelscale();
      const std::array<float, 3> bias = biases(step.scaler(), image);
      for (std::size_t channel = 0; channel < bias.size(); ++channel) {
        combined.bias[channel] = scale * combined.bias[channel] + bias[channel];
      }
      for (float& mean : combined.mean) mean *= scale;
      combined.scale *= scale;
    }
    if (step.has_meanimage()) {
      const auto& values = step.meanimage().meanimage();
      const auto count = static_cast<std::size_t>(values.size());
      // The sizes are from the file, and their product may be beyond any number.
      if (count % image.plane() != 0 || count / image.plane() != image.channels) return std::nullopt;
      combined.mean.resize(count);
      for (std::size_t i = 0; i < count; ++i) combined.mean[i] += values[static_cast<int>(i)];
    }
  }
  return combined;
}

void set_biases(spec::NeuralNetworkImageScaler& scaler, const ImageShape& image, std::span<const float> bias) {
  if (image.channels == 1) {
    scaler.set_graybias(bias[0]);
    return;
  }
  scaler.set_redbias(bias[image.is_bgr ? 2 : 0]);
  scaler.set_greenbias(bias[1]);
  scaler.set_bluebias(bias[image.is_bgr ? 0 : 2]);
}

}  // namespace goldilocks::model
