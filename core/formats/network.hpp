#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <goldilocks/abi.h>

#include "core/formats/image_input.hpp"

namespace goldilocks::lowering {

// Sizes of inputs by name, where they are not to be the default ones: an array's shape, an image's height and width. In
// the mapping to rank 5 an array may come as [sequence, batch, C, H, W] too. Whether the model allows them is not
// checked.
using InputSizes = std::map<std::string, std::vector<std::int64_t>>;

struct NetworkInput {
  std::string name;
  std::vector<std::int64_t> dims;   // of the graph's input value
  std::int32_t type = GLK_FLOAT32;  // of its elements
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
  // Of what a program declares as float16: each result is rounded to that, as the program says. Otherwise casts,
  // outputs and states are rounded, and what lies between keeps its bits.
  bool rounds_as_typed = false;
};

// Where a feature of the model's description goes into a graph or comes out of it. Numbers, text and whole numbers are
// lists of one element, arrays and numbers float64, whole numbers int64. A dictionary is two values.
struct FeaturePort {
  std::string name;
  std::uint32_t value = 0;
  std::optional<std::uint32_t> keys;
};

// One of the small models around a network, lowered into operations on float64, int64 and text. Immutable; any thread.
class FeatureModel {
 public:
  virtual ~FeatureModel() = default;
  virtual const glk_graph& graph() const = 0;

  std::vector<FeaturePort> inputs;  // the graph's inputs are their values in this order, a dictionary's keys first
  std::vector<FeaturePort> outputs;
};

}  // namespace goldilocks::lowering
