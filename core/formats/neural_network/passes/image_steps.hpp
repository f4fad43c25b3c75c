#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

using Preprocessing = google::protobuf::RepeatedPtrField<spec::NeuralNetworkPreprocessing>;

// An image input of one size and 8 bits a channel.
struct ImageShape {
  std::size_t channels = 0, height = 0, width = 0;
  bool is_bgr = false;

  std::size_t plane() const { return height * width; }
};

// Nothing for an array, an image of several sizes, of 16 bits or of no size, or that may be absent.
std::optional<ImageShape> image_shape(const spec::FeatureDescription& input);

// The positions of the steps for this image; nothing where a step leaves open which image it is for. A step without a
// name is for the only image.
std::optional<std::vector<int>> steps_of(const Preprocessing& steps, const spec::ModelDescription& description,
                                         const std::string& image);

// What steps do to a pixel, each on the outcome of the one before: scale * pixel + bias[channel] - mean[channel, y, x],
// all in float32. The lowering of a network computes the same.
struct ImageSteps {
  float scale = 1;
  std::array<float, 3> bias{};
  std::vector<float> mean;  // empty: none
};

// Nothing where a mean image has another size than the image.
std::optional<ImageSteps> combine_steps(const Preprocessing& steps, const std::vector<int>& positions,
                                        const ImageShape& image);

// The scaler's biases in the order of the image's channels.
void set_biases(spec::NeuralNetworkImageScaler& scaler, const ImageShape& image, std::span<const float> bias);

}  // namespace goldilocks::model
