#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/abi.h>

#include "coreml/model.pb.h"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

enum class ColorLayout { gray, rgb, bgr };

// An image input: the pixels that Core ML would hand to the network, and what the network's preprocessing does to them:
// value = scale * pixel + bias[channel] - mean[channel, y, x]. A scaler gives scale and bias, a mean image the mean.
struct ImageInput {
  int width = 0;
  int height = 0;
  ColorLayout color = ColorLayout::rgb;
  float scale = 1;
  std::vector<float> bias;  // one per channel in the layout's order; empty: zeros
  std::vector<float> mean;  // channels * height * width; empty: none
  int channels() const { return color == ColorLayout::gray ? 1 : 3; }
};

// Pixels (uint8 [height, width, channels], R G B or gray) to the network's float32 [channels, height, width]. Throws
// UsageError if a span has another size than the input. Any thread.
void preprocess_image(const ImageInput& input, std::span<const std::uint8_t> pixels, std::span<float> values);

struct NetworkInput {
  std::string name;
  std::vector<std::int64_t> dims;   // of the graph's input value
  std::optional<ImageInput> image;  // set for an image, unset for an array
};

struct NetworkOutput {
  std::string name;         // a feature of the model's description
  std::uint32_t value = 0;  // the graph's value; for a classifier's label, that of the scores
};

// A network lowered into operations (docs/operations.md), ready for any backend. Immutable; any thread.
class Network {
 public:
  virtual ~Network() = default;
  virtual const glk_graph& graph() const = 0;

  std::vector<NetworkInput> inputs;     // in the order of the graph's inputs
  std::vector<NetworkOutput> outputs;   // of the description
  std::vector<std::string> labels;      // a classifier's classes; empty otherwise
  std::optional<std::uint32_t> scores;  // a classifier's value with one score per label
};

struct LoweringOptions {
  // A loop that has not ended after as many iterations, and states no number of its own, is an error of the run.
  std::int64_t loop_bound = 1'000'000;
  // Weights are widened to float32: one bit in the file becomes four bytes. A model that would need more bytes than
  // this for all of them is an error, before the memory is taken.
  std::uint64_t weights_limit = std::uint64_t{8} << 30U;
};

// Lowers a neural network, classifier or regressor. Throws ModelError that names the layer and its type for a layer
// that is not supported, for weights that don't fit, for shapes that disagree; and for another type of model, that
// type.
std::shared_ptr<const Network> lower(const spec::Model& model, const LoweringOptions& options = {});

}  // namespace goldilocks::lowering
