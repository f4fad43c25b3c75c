#include "core/formats/neural_network/lowering/other_sizes.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/layer_channels.hpp"
#include "core/formats/neural_network/lowering/network_inputs.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::lowering {
namespace {

using Sides = std::vector<std::int64_t>;

constexpr std::size_t most_tries = 32;

struct Range {
  std::int64_t least = 0, most = 0;

  bool is_flexible() const { return least < most; }
  std::int64_t nearest(std::int64_t size) const { return std::clamp(size, least, most); }
};

Range range_of(const spec::SizeRange& range) {
  constexpr std::int64_t unbounded = 1 << 20;
  const auto least = static_cast<std::int64_t>(std::min<std::uint64_t>(range.lowerbound(), unbounded));
  return {least, range.upperbound() < 0 ? unbounded : std::clamp<std::int64_t>(range.upperbound(), least, unbounded)};
}

// What the description allows of one input beside its default.
struct Flexible {
  std::string name;
  Sides shape;                // the default one
  std::vector<Sides> listed;  // or
  std::vector<Range> ranges;
};

Flexible array_sizes(const spec::FeatureDescription& feature) {
  const spec::ArrayFeatureType& array = feature.type().multiarraytype();
  Flexible result;
  result.name = feature.name();
  result.shape.assign(array.shape().begin(), array.shape().end());
  for (const auto& shape : array.enumeratedshapes().shapes()) {
    result.listed.emplace_back(shape.shape().begin(), shape.shape().end());
  }
  for (const spec::SizeRange& range : array.shaperange().sizeranges()) result.ranges.push_back(range_of(range));
  return result;
}

Flexible image_sizes(const spec::FeatureDescription& feature) {
  const spec::ImageFeatureType& image = feature.type().imagetype();
  Flexible result;
  result.name = feature.name();
  if (image.height() > 0 && image.width() > 0) result.shape = {image.height(), image.width()};
  for (const auto& size : image.enumeratedsizes().sizes()) {
    result.listed.push_back({static_cast<std::int64_t>(size.height()), static_cast<std::int64_t>(size.width())});
  }
  if (image.has_imagesizerange()) {
    result.ranges = {range_of(image.imagesizerange().heightrange()), range_of(image.imagesizerange().widthrange())};
  }
  return result;
}

std::vector<Flexible> flexible_inputs(const spec::Model& model) {
  std::vector<Flexible> inputs;
  for (const spec::FeatureDescription& feature : model.description().input()) {
    Flexible input = feature.type().has_imagetype() ? image_sizes(feature) : array_sizes(feature);
    if (input.shape.size() != input.ranges.size()) {
      input.shape.clear();
      for (const Range& range : input.ranges) input.shape.push_back(range.least);
    }
    if (!input.listed.empty() || std::ranges::any_of(input.ranges, &Range::is_flexible)) {
      inputs.push_back(std::move(input));
    }
  }
  return inputs;
}

// In the order of the layers: the first of them read the input.
std::vector<std::int64_t> stated_channels(const spec::Model& model) {
  constexpr std::size_t enough = 6;
  std::vector<std::int64_t> channels;
  model::for_each_layer(*model::network_of(model).layers,
                        [&](const spec::NeuralNetworkLayer& layer, const std::string& /*place*/) {
                          const auto input = model::layer_channels(layer).input.value_or(0);
                          if (input == 0 || input > (std::uint64_t{1} << 20U) || channels.size() == enough) return;
                          const auto count = static_cast<std::int64_t>(input);
                          if (std::ranges::find(channels, count) == channels.end()) channels.push_back(count);
                        });
  return channels;
}

class Tries {
 public:
  explicit Tries(const std::vector<Flexible>& inputs) : inputs_(inputs) {}

  // The sizes that `choose` gives each flexible input; an empty one leaves it as it is.
  void add(const std::function<Sides(const Flexible&)>& choose) {
    InputSizes sizes;
    for (const Flexible& input : inputs_) {
      const Sides shape = choose(input);
      if (!shape.empty() && shape != input.shape) sizes[input.name] = shape;
    }
    if (sizes.empty() || list_.size() == most_tries || !seen_.insert(sizes).second) return;
    list_.push_back(std::move(sizes));
  }

  std::vector<InputSizes> list() && { return std::move(list_); }

 private:
  const std::vector<Flexible>& inputs_;
  std::vector<InputSizes> list_;
  std::set<InputSizes> seen_;
};

// Every flexible axis of this length, as far as it may be, but for one of `channels`.
Sides of_sides(const Flexible& input, std::int64_t side, std::size_t channel_axis, std::int64_t channels) {
  Sides shape = input.shape;
  for (std::size_t axis = 0; axis < input.ranges.size(); ++axis) {
    if (!input.ranges[axis].is_flexible()) continue;
    shape[axis] = input.ranges[axis].nearest(axis == channel_axis ? channels : side);
  }
  return shape;
}

}  // namespace

std::vector<InputSizes> other_sizes(const spec::Model& model) {
  const std::vector<Flexible> inputs = flexible_inputs(model);
  if (inputs.empty() || !model::network_of(model)) return {};
  Tries tries(inputs);
  std::size_t longest = 0, axes = 0;
  for (const Flexible& input : inputs) {
    longest = std::max(longest, input.listed.size());
    axes = std::max(axes, input.ranges.size());
  }
  for (std::size_t i = 0; i < longest; ++i) {
    tries.add([&](const Flexible& input) { return i < input.listed.size() ? input.listed[i] : Sides(); });
  }
  constexpr std::int64_t small_side = 0, usual_side = 64;
  for (const std::int64_t channels : stated_channels(model)) {
    for (const std::int64_t side : {small_side, usual_side}) {
      for (std::size_t axis = 0; axis < axes; ++axis) {
        tries.add([&](const Flexible& input) { return of_sides(input, side, axis, channels); });
      }
    }
  }
  for (const std::int64_t side : {64, 224, 256, 299, 512, 16, 8, 4, 3, 2}) {
    tries.add([&](const Flexible& input) { return of_sides(input, side, axes, side); });
  }
  return std::move(tries).list();
}

}  // namespace goldilocks::lowering
