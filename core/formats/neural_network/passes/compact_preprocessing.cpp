// Mean images into the scaler's biases, or into a bias layer.
//
// The image less its mean is the image plus the negated mean, bit for bit: negation is exact, and both are one rounding
// of the same number. So the bias layer's values are the negated mean image, as it is after a scaler that follows it.
// Whether a scaler's biases give the same is tried out, with each of the 256 values that a pixel can have.
//
// A grid is the one way that changes the numbers: constant -> resize_bilinear (corners aligned) -> add.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/specification_version.hpp"
#include "core/formats/neural_network/passes/blob_uses.hpp"
#include "core/formats/neural_network/passes/image_steps.hpp"
#include "core/formats/neural_network/passes/mean_grid.hpp"
#include "core/formats/neural_network/passes/passes.hpp"
#include "core/formats/neural_network/weight_codec.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

constexpr std::size_t largest_table = 256;
constexpr double grid_bound = 1.5;  // grey levels
constexpr int grid_version = 3;

// One image input with a mean image, and all of its steps.
struct MeanImage {
  std::string input;
  ImageShape image;
  std::vector<int> positions;  // of the steps
  ImageSteps steps;
};

// A mean per channel; nothing where a channel has several.
std::optional<std::vector<float>> channel_means(const MeanImage& mean) {
  std::vector<float> means;
  for (std::size_t channel = 0; channel < mean.image.channels; ++channel) {
    const auto plane = std::span(mean.steps.mean).subspan(channel * mean.image.plane(), mean.image.plane());
    const auto bits = std::bit_cast<std::uint32_t>(plane.front());
    if (!std::ranges::all_of(plane, [&](float value) { return std::bit_cast<std::uint32_t>(value) == bits; })) {
      return std::nullopt;
    }
    means.push_back(plane.front());
  }
  return means;
}

// Whether `after`, which has no mean image, gives each pixel the value that `before` does with these means.
bool give_the_same(const ImageSteps& before, const std::vector<float>& means, const ImageSteps& after) {
  for (std::size_t channel = 0; channel < means.size(); ++channel) {
    for (int pixel = 0; pixel < 256; ++pixel) {
      const float left = (before.scale * static_cast<float>(pixel) + before.bias[channel]) - means[channel];
      const float right = after.scale * static_cast<float>(pixel) + after.bias[channel];
      if (std::bit_cast<std::uint32_t>(left) != std::bit_cast<std::uint32_t>(right)) return false;
    }
  }
  return true;
}

std::size_t serialized_size(const Preprocessing& steps) {
  std::size_t size = 0;
  for (const spec::NeuralNetworkPreprocessing& step : steps) size += step.ByteSizeLong();
  return size;
}

// All steps but the mean images of this one.
Preprocessing without_means(const Preprocessing& steps, const MeanImage& mean) {
  Preprocessing kept;
  for (int at = 0; at < steps.size(); ++at) {
    if (std::ranges::find(mean.positions, at) == mean.positions.end() || !steps[at].has_meanimage()) {
      *kept.Add() = steps[at];
    }
  }
  return kept;
}

// The steps with the means among the biases of the image's scaler; nothing where that isn't the same bit for bit.
std::optional<Preprocessing> with_biases(const Preprocessing& steps, const spec::ModelDescription& description,
                                         const MeanImage& mean, const std::vector<float>& means) {
  Preprocessing changed = without_means(steps, mean);
  std::vector<int> positions = steps_of(changed, description, mean.input).value();
  if (positions.size() > 1) return std::nullopt;  // whether runtimes run two scalers in a row isn't known
  if (positions.empty()) {
    spec::NeuralNetworkPreprocessing& step = *changed.Add();
    step.set_featurename(steps[mean.positions.front()].featurename());
    step.mutable_scaler()->set_channelscale(1);
    positions.push_back(changed.size() - 1);
  }
  if (!changed[positions.front()].has_scaler()) return std::nullopt;
  std::vector<float> bias;
  for (std::size_t channel = 0; channel < means.size(); ++channel) {
    bias.push_back(mean.steps.bias[channel] - means[channel]);
  }
  set_biases(*changed.Mutable(positions.front())->mutable_scaler(), mean.image, bias);
  if (!give_the_same(mean.steps, means, combine_steps(changed, positions, mean.image).value())) return std::nullopt;
  return changed;
}

// The distinct values in ascending order and a code for each of `values`; nothing where there are too many.
struct Table {
  std::vector<float> entries;  // 2^bits, zeros at the end
  std::vector<std::uint8_t> codes;
  std::size_t distinct = 0;
  int bits = 1;
};
std::optional<Table> lossless_table(std::span<const float> values) {
  // The two zeros are equal, and differ in their bits.
  const auto key = [](float value) { return std::pair(value, std::signbit(value) ? 0 : 1); };
  std::map<std::pair<float, int>, std::uint8_t> codes;
  for (const float value : values) {
    codes.emplace(key(value), std::uint8_t{0});
    if (codes.size() > largest_table) return std::nullopt;
  }
  Table table;
  table.distinct = codes.size();
  for (auto& [entry, code] : codes) {
    code = static_cast<std::uint8_t>(table.entries.size());
    table.entries.push_back(entry.first);
  }
  while (table.distinct > std::size_t{1} << table.bits) ++table.bits;
  table.entries.resize(std::size_t{1} << table.bits);
  for (const float value : values) table.codes.push_back(codes.at(key(value)));
  return table;
}

class Compaction {
 public:
  Compaction(spec::Model& model, const CompactSettings& settings, const std::string& model_place)
      : model_(model), settings_(settings), place_(model_place.empty() ? "" : model_place + ": ") {}

  std::vector<PassNote> run() {
    for (const spec::FeatureDescription& input : model_.description().input()) compact(input);
    return std::move(notes_);
  }

 private:
  Preprocessing& steps() { return *mutable_preprocessing(model_); }

  void compact(const spec::FeatureDescription& input) {
    const std::optional<ImageShape> image = image_shape(input);
    auto positions = steps_of(steps(), model_.description(), input.name());
    if (!image || !positions) return;
    auto combined = combine_steps(steps(), *positions, *image);
    const auto is_finite = [](float value) { return std::isfinite(value); };
    if (!combined || combined->mean.empty() || !std::ranges::all_of(combined->mean, is_finite)) return;
    const MeanImage mean{
        .input = input.name(), .image = *image, .positions = std::move(*positions), .steps = std::move(*combined)};
    const std::optional<std::vector<float>> means = channel_means(mean);
    if (means && into_scaler(mean, *means)) return;
    into_layer(mean, means);
  }

  bool into_scaler(const MeanImage& mean, const std::vector<float>& means) {
    std::optional<Preprocessing> changed = with_biases(steps(), model_.description(), mean, means);
    if (!changed || serialized_size(*changed) >= serialized_size(steps())) return false;
    steps().Swap(&*changed);
    note(mean.input, mean, "the biases of the image's scaler");
    return true;
  }

  void into_layer(const MeanImage& mean, const std::optional<std::vector<float>>& means) {
    // Training knows few kinds of layers, and a bias layer is none of them.
    if (model_.isupdatable()) return;
    const NetworkUses uses(model_);
    if (uses.is_remade(mean.input) || is_output(mean.input)) return;
    if (settings_.grid && !means && into_grid(mean, uses)) return;
    const std::string name = free_name(uses, mean.input + "_mean");
    Layer layer = bias_layer(mean, name);
    std::vector<float> values = means ? *means : mean.steps.mean;
    for (float& value : values) value = -value;
    if (means) {
      for (const std::size_t dim : {mean.image.channels, std::size_t{1}, std::size_t{1}}) {
        layer.mutable_bias()->add_shape(dim);
      }
    } else {
      for (const std::size_t dim : {mean.image.channels, mean.image.height, mean.image.width}) {
        layer.mutable_bias()->add_shape(dim);
      }
    }
    const std::optional<std::string> form = store(*layer.mutable_bias()->mutable_bias(), values);
    if (!form) return;
    Preprocessing changed = without_means(steps(), mean);
    if (cost(layer, mean.input) + serialized_size(changed) >= serialized_size(steps())) return;
    steps().Swap(&changed);
    rename_readers(mean.input, name);
    const int version = required_version(layer.bias().bias());
    if (model_.specificationversion() < version) model_.set_specificationversion(version);
    note(name, mean, "a bias layer " + *form);
    insert_first(std::move(layer));
  }

  // The negated field on a grid, brought to the image's size, and added to the image.
  bool into_grid(const MeanImage& mean, const NetworkUses& uses) {
    if (states_shapes()) return false;
    std::vector<float> values = mean.steps.mean;
    for (float& value : values) value = -value;
    const auto grid = fit_mean_grid(values, mean.image.channels, mean.image.height, mean.image.width,
                                    grid_bound * std::abs(static_cast<double>(mean.steps.scale)));
    if (!grid || !weights::fits_float16(grid->values)) return false;
    const std::string constant = free_name(uses, mean.input + "_mean_grid");
    const std::string field = free_name(uses, mean.input + "_mean_field");
    const std::string sum = free_name(uses, mean.input + "_mean");
    std::array<Layer, 3> layers;
    layers[0].set_name(constant);
    layers[0].add_output(constant);
    for (const std::size_t dim : {mean.image.channels, grid->size, grid->size}) {
      layers[0].mutable_loadconstant()->add_shape(dim);
    }
    store_float16(*layers[0].mutable_loadconstant()->mutable_data(), grid->values, "mean image");
    layers[1].set_name(field);
    layers[1].add_input(constant);
    layers[1].add_output(field);
    layers[1].mutable_resizebilinear()->add_targetsize(mean.image.height);
    layers[1].mutable_resizebilinear()->add_targetsize(mean.image.width);
    layers[1].mutable_resizebilinear()->mutable_mode()->set_samplingmethod(
        spec::SamplingMode::STRICT_ALIGN_ENDPOINTS_MODE);
    layers[2].set_name(sum);
    layers[2].add_input(mean.input);
    layers[2].add_input(field);
    layers[2].add_output(sum);
    layers[2].mutable_add();
    Preprocessing changed = without_means(steps(), mean);
    std::size_t bytes = cost(layers[2], mean.input) + serialized_size(changed);
    for (const Layer* layer : {&layers[0], &layers[1]}) bytes += layer->ByteSizeLong() + 6;
    if (bytes >= serialized_size(steps())) return false;
    steps().Swap(&changed);
    rename_readers(mean.input, sum);
    model_.set_specificationversion(std::max(model_.specificationversion(), grid_version));
    note(constant, mean,
         fmt::format("a grid of {} x {} float16 values a channel, at most {:.2g} grey levels from it", grid->size,
                     grid->size, grid->largest_difference / std::abs(static_cast<double>(mean.steps.scale))));
    for (std::size_t i = layers.size(); i-- > 0;) insert_first(std::move(layers.at(i)));
    return true;
  }

  // Whether some layer says what ranks or shapes its tensors have, or the network that inputs have others than usual.
  bool states_shapes() const {
    const auto is_unusual = [](const auto& network) {
      return network.arrayinputshapemapping() != 0 || network.imageinputshapemapping() != 0;
    };
    bool states = is_unusual(model_.neuralnetwork()) || is_unusual(model_.neuralnetworkclassifier()) ||
                  is_unusual(model_.neuralnetworkregressor());
    for_each_layer(*network_of(model_).layers, [&](const Layer& layer, const std::string&) {
      states = states || layer.inputtensor_size() > 0 || layer.outputtensor_size() > 0;
    });
    return states;
  }

  // Codes and a table, or float16 where that is wanted. What the form is, in words.
  std::optional<std::string> store(spec::WeightParams& params, std::span<const float> values) const {
    if (const std::optional<Table> table = lossless_table(values)) {
      store_table(params, table->codes, table->bits, table->entries);
      return fmt::format("with a table of its {} values, {} bits each", table->distinct, table->bits);
    }
    if (!settings_.float16 || !weights::fits_float16(values)) return std::nullopt;
    store_float16(params, values, "mean image");
    return "of float16 values";
  }

  Layer bias_layer(const MeanImage& mean, const std::string& name) const {
    Layer layer;
    layer.set_name(name);
    layer.add_input(mean.input);
    layer.add_output(name);
    // Where others say what shape the image has, so does this one.
    for_each_layer(*network_of(model_).layers, [&](const Layer& reader, const std::string&) {
      for (int i = 0; i < std::min(reader.input_size(), reader.inputtensor_size()); ++i) {
        if (reader.input(i) != mean.input || !layer.inputtensor().empty()) continue;
        *layer.add_inputtensor() = reader.inputtensor(i);
        *layer.add_outputtensor() = reader.inputtensor(i);
      }
    });
    return layer;
  }

  bool is_output(const std::string& blob) const {
    const auto has_name = [&](const spec::FeatureDescription& output) { return output.name() == blob; };
    return std::ranges::any_of(model_.description().output(), has_name) ||
           model_.neuralnetworkclassifier().labelprobabilitylayername() == blob;
  }

  std::string free_name(const NetworkUses& uses, const std::string& wish) const {
    const auto is_taken = [&](const std::string& name) {
      bool taken = uses.has_blob(name);
      for_each_layer(*network_of(model_).layers,
                     [&](const Layer& layer, const std::string&) { taken = taken || layer.name() == name; });
      return taken;
    };
    std::string name = wish;
    for (int number = 2; is_taken(name); ++number) name = fmt::format("{}_{}", wish, number);
    return name;
  }

  template <class Visit>
  void for_each_reading(const std::string& blob, const Visit& visit) {
    for_each_layer(*mutable_layers(model_), [&](Layer& layer, const std::string&) {
      for (std::string& input : *layer.mutable_input()) {
        if (input == blob) visit(input);
      }
    });
  }

  // Bytes that the layer and its name, where the image was read, add to the file; the headers around them included.
  std::size_t cost(const Layer& layer, const std::string& input) {
    constexpr std::size_t headers = 6;
    std::size_t bytes = layer.ByteSizeLong() + headers;
    for_each_reading(input, [&](const std::string&) { bytes += layer.output(0).size() - input.size(); });
    return bytes;
  }

  void rename_readers(const std::string& input, const std::string& name) {
    for_each_reading(input, [&](std::string& blob) { blob = name; });
  }

  void insert_first(Layer layer) {
    Layers& layers = *mutable_layers(model_);
    *layers.Add() = std::move(layer);
    for (int at = layers.size() - 1; at > 0; --at) layers.SwapElements(at, at - 1);
  }

  void note(const std::string& layer, const MeanImage& mean, const std::string& became) {
    notes_.push_back({.layer = place_ + layer,
                      .text = fmt::format("the mean image of {} values of '{}' became {}", mean.steps.mean.size(),
                                          mean.input, became)});
  }

  spec::Model& model_;
  const CompactSettings settings_;
  const std::string place_;
  std::vector<PassNote> notes_;
};

// The version of a pipeline is at least that of each model in it; one in which nothing changed stays as it is.
bool compact_all(spec::Model& model, const CompactSettings& settings, const std::string& place, int depth,
                 std::vector<PassNote>& notes) {
  check_model_depth(place, depth);
  bool changed = false;
  if (mutable_layers(model) != nullptr) {
    std::vector<PassNote> more = Compaction(model, settings, place).run();
    changed = !more.empty();
    notes.insert(notes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  if (spec::Pipeline* pipeline = pipeline_of(model)) {
    for (int i = 0; i < pipeline->models_size(); ++i) {
      spec::Model& inner = *pipeline->mutable_models(i);
      if (!compact_all(inner, settings, contained_place(*pipeline, i, place), depth + 1, notes)) continue;
      changed = true;
      model.set_specificationversion(std::max(model.specificationversion(), inner.specificationversion()));
    }
  }
  return changed;
}

}  // namespace

std::vector<PassNote> compact_preprocessing(spec::Model& model, const CompactSettings& settings) {
  std::vector<PassNote> notes;
  compact_all(model, settings, {}, 0, notes);
  return notes;
}

}  // namespace goldilocks::model
