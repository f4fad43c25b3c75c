// A walk against the flow of values. It begins at inputs that are read as whole numbers, marks their blobs, and goes on
// from each marked blob to the layers that write it: where such a layer passes values on, what it reads is marked, too.
//
// Blobs are found by their names alone. All networks inside of one another share their names, and a name that several
// layers write (a copy in a loop, say) stands for all of them, so the order of the layers doesn't matter and loops need
// nothing of their own. Where names are used twice, more constants may stay than have to.
#include "core/formats/neural_network/exact_constants.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

// Inputs that a kind of layer reads as whole numbers or as true and false.
struct ExactInputs {
  Layer::LayerCase kind;
  int first, last;  // of its inputs
  std::string_view as;
  bool compared = false;  // only constants of whole numbers are exact here
};

constexpr int last_input = 1 << 16;

constexpr std::array exact_inputs = std::to_array<ExactInputs>({
    {Layer::kEmbedding, 0, 0, "indices"},
    {Layer::kEmbeddingND, 0, 0, "indices"},
    {Layer::kGather, 1, 1, "indices"},
    {Layer::kGatherND, 1, 1, "indices"},
    {Layer::kGatherAlongAxis, 1, 1, "indices"},
    {Layer::kScatter, 1, 1, "indices"},
    {Layer::kScatterND, 1, 1, "indices"},
    {Layer::kScatterAlongAxis, 1, 1, "indices"},
    {Layer::kOneHot, 0, 0, "indices"},
    {Layer::kOneHot, 1, 1, "the length of an axis"},
    {Layer::kCropResize, 1, 1, "positions"},
    {Layer::kSliceDynamic, 1, 6, "bounds"},
    {Layer::kSliceBySize, 1, 1, "a beginning"},
    {Layer::kRangeDynamic, 0, 2, "bounds"},
    {Layer::kReshapeDynamic, 1, 1, "a shape"},
    {Layer::kBroadcastToDynamic, 1, 1, "a shape"},
    {Layer::kFillDynamic, 0, 0, "a shape"},
    {Layer::kRandomNormalDynamic, 0, 0, "a shape"},
    {Layer::kRandomUniformDynamic, 0, 0, "a shape"},
    {Layer::kRandomBernoulliDynamic, 0, 0, "a shape"},
    {Layer::kTile, 1, 1, "repetitions"},
    {Layer::kConstantPad, 1, 1, "amounts of padding"},
    {Layer::kReverseSeq, 1, 1, "lengths"},
    {Layer::kTopK, 1, 1, "a number of values"},
    {Layer::kNonMaximumSuppression, 4, 4, "a number of boxes"},
    {Layer::kCumSum, 1, 1, "an axis"},
    {Layer::kBranch, 0, 0, "a condition"},
    {Layer::kLoop, 0, 0, "a number of rounds"},
    {Layer::kWhereBroadcastable, 0, 0, "a condition", true},
    {Layer::kWhereNonZero, 0, 0, "a condition", true},
    {Layer::kLogicalAnd, 0, last_input, "a condition", true},
    {Layer::kLogicalOr, 0, last_input, "a condition", true},
    {Layer::kLogicalXor, 0, last_input, "a condition", true},
    {Layer::kLogicalNot, 0, last_input, "a condition", true},
    {Layer::kEqual, 0, last_input, "what it compares", true},
    {Layer::kNotEqual, 0, last_input, "what it compares", true},
    {Layer::kLessThan, 0, last_input, "what it compares", true},
    {Layer::kLessEqual, 0, last_input, "what it compares", true},
    {Layer::kGreaterThan, 0, last_input, "what it compares", true},
    {Layer::kGreaterEqual, 0, last_input, "what it compares", true},
});

// Whether what a layer gives out is made of the values that it reads. It isn't where they go through weights that were
// learned or are set in relation to one another, where their places or their shape is given out, or nothing of them.
bool passes_values(const Layer& layer) {
  switch (layer.layer_case()) {
    case Layer::kConvolution:
    case Layer::kConvolution3D:
    case Layer::kInnerProduct:
    case Layer::kBatchnorm:
    case Layer::kMvn:
    case Layer::kL2Normalize:
    case Layer::kLrn:
    case Layer::kLayerNormalization:
    case Layer::kSoftmax:
    case Layer::kSoftmaxND:
    case Layer::kSimpleRecurrent:
    case Layer::kGru:
    case Layer::kUniDirectionalLSTM:
    case Layer::kBiDirectionalLSTM:
    case Layer::kArgMin:
    case Layer::kArgMax:
    case Layer::kArgSort:
    case Layer::kGetShape:
    case Layer::kWhereNonZero:
    case Layer::kOneHot:
    case Layer::kNonMaximumSuppression:
    case Layer::kCategoricalDistribution:
    case Layer::kFillLike:
    case Layer::kRandomNormalLike:
    case Layer::kRandomUniformLike:
    case Layer::kRandomBernoulliLike:
    case Layer::kBranch:
    case Layer::kLoop:
      return false;
    case Layer::kBatchedMatmul:
      return layer.input_size() > 1;
    default:
      return true;
  }
}

// Of the second input of these layers only the shape counts.
bool reads_only_shape(const Layer& layer, int input) {
  return input == 1 && (layer.has_crop() || layer.has_reshapelike() || layer.has_broadcasttolike());
}

// Layers whose own tensors are values as those of a constant are.
bool holds_constants(const Layer& layer) {
  return layer.has_loadconstant() || layer.has_loadconstantnd() || layer.has_scale() || layer.has_bias() ||
         layer.has_embedding() || layer.has_embeddingnd();
}

bool is_whole(const Layer& layer) {
  bool whole = layer.has_loadconstant() || layer.has_loadconstantnd();
  for_each_weight(layer, [&](const WeightSlot<const spec::WeightParams>& slot) {
    std::vector<float> buffer;
    const auto values = view_weights(slot, slot.parameter, buffer);
    whole = whole && std::all_of(values.begin(), values.end(), [](float v) { return std::trunc(v) == v; });
  });
  return whole;
}

// Whether all numbers can be told apart from learned ones; what can't be read is an error elsewhere.
bool is_whole_constant(const Layer& layer) {
  try {
    return is_whole(layer);
  } catch (const ModelError&) {
    return false;
  }
}

// The marked blobs of one model, with the reader that was found first. `compared` ones are marked apart, as a blob may
// reach both kinds of readers.
class Marks {
 public:
  void add(const std::string& blob, const std::string& reason, bool compared) {
    if (!(compared ? compared_ : exact_).emplace(blob, reason).second) return;
    waiting_.emplace_back(blob, compared);
  }

  bool take(std::pair<std::string, bool>& mark) {
    if (waiting_.empty()) return false;
    mark = std::move(waiting_.back());
    waiting_.pop_back();
    return true;
  }

  const std::string* find(const std::string& blob, bool compared) const {
    const auto& marks = compared ? compared_ : exact_;
    const auto found = marks.find(blob);
    return found == marks.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, std::string> exact_, compared_;
  std::vector<std::pair<std::string, bool>> waiting_;
};

struct NumberedLayer {
  const Layer* layer;
  std::size_t number;
};

void mark_readers(const Layer& layer, const std::string& name, Marks& marks) {
  for (const ExactInputs& reader : exact_inputs) {
    if (reader.kind != layer.layer_case()) continue;
    for (int i = reader.first; i <= reader.last && i < layer.input_size(); ++i) {
      marks.add(layer.input(i), fmt::format("layer '{}' reads it as {}", name, reader.as), reader.compared);
    }
  }
  if (layer.has_loop() && !layer.loop().conditionvar().empty()) {
    marks.add(layer.loop().conditionvar(), fmt::format("layer '{}' reads it as a condition", name), false);
  }
}

// Marks what a layer reads where what it writes is marked.
void pass_back(const Layer& layer, const std::string& blob, bool compared, Marks& marks) {
  if (!passes_values(layer)) return;
  // The second output of a top-k layer are places.
  if (layer.has_topk() && (layer.output_size() == 0 || layer.output(0) != blob)) return;
  const std::string reason = *marks.find(blob, compared);
  for (int i = 0; i < layer.input_size(); ++i) {
    if (!reads_only_shape(layer, i)) marks.add(layer.input(i), reason, compared);
  }
}

bool is_whole_output(const spec::FeatureDescription& feature) {
  const auto type = feature.type().multiarraytype().datatype();
  return type == spec::ArrayFeatureType::INT32 || type == spec::ArrayFeatureType::INT8;
}

// One model that is no pipeline. `features`: those that later models of its pipeline read so, by name; what this one
// reads so is added.
void find_constants(const spec::Model& model, const std::vector<NumberedLayer>& layers,
                    const std::vector<std::string>& names, std::map<std::string, std::string>& features,
                    std::map<std::size_t, std::string>& found) {
  Marks marks;
  std::map<std::string, std::vector<const Layer*>> writers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    mark_readers(*layers[i].layer, names[i], marks);
    for (const std::string& blob : layers[i].layer->output()) writers[blob].push_back(layers[i].layer);
  }
  for (const spec::FeatureDescription& output : model.description().output()) {
    const auto later = features.find(output.name());
    if (later != features.end()) marks.add(output.name(), later->second, false);
    if (is_whole_output(output)) {
      marks.add(output.name(), fmt::format("output '{}' gives it as whole numbers", output.name()), false);
    }
  }
  for (std::pair<std::string, bool> mark; marks.take(mark);) {
    for (const Layer* layer : writers[mark.first]) pass_back(*layer, mark.first, mark.second, marks);
  }
  for (const NumberedLayer& layer : layers) {
    if (!holds_constants(*layer.layer)) continue;
    for (const std::string& blob : layer.layer->output()) {
      const std::string* reason = marks.find(blob, false);
      if (reason == nullptr && marks.find(blob, true) != nullptr && is_whole_constant(*layer.layer)) {
        reason = marks.find(blob, true);
      }
      if (reason != nullptr) found.emplace(layer.number, *reason);
    }
  }
  for (const spec::FeatureDescription& input : model.description().input()) {
    if (const std::string* reason = marks.find(input.name(), false)) features.emplace(input.name(), *reason);
  }
}

}  // namespace

std::map<std::size_t, std::string> exact_constants(const spec::Model& model) {
  struct Network {
    const spec::Model* model;
    std::vector<NumberedLayer> layers;
    std::vector<std::string> names;
  };
  std::vector<Network> networks;
  std::size_t number = 0;
  for_each_model(model, [&](const spec::Model& inner, const std::string&) {
    const NetworkView view = network_of(inner);
    Network& network = networks.emplace_back(Network{&inner, {}, {}});
    if (!view) return;
    for_each_layer(*view.layers, [&](const Layer& layer, const std::string& place) {
      network.layers.push_back({&layer, number++});
      network.names.push_back(place + layer.name());
    });
  });
  // Models of a pipeline hand features on to later ones, so the last is looked at first.
  std::map<std::string, std::string> features;
  std::map<std::size_t, std::string> found;
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 can't read std::views::reverse of GCC's library.
  for (auto network = networks.rbegin(); network != networks.rend(); ++network) {
    if (!network->layers.empty()) find_constants(*network->model, network->layers, network->names, features, found);
  }
  return found;
}

}  // namespace goldilocks::model
