#include "core/runtime/loaded_model.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"
#include "core/formats/open.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/features.hpp"

namespace goldilocks::runtime {
namespace {

void check_names(const Values& inputs, const Description& description) {
  std::vector<std::string> known;
  for (const Feature& feature : description.inputs) known.push_back(feature.name);
  for (const auto& [name, value] : inputs) {
    if (std::ranges::find(known, name) != known.end()) continue;
    throw UsageError(fmt::format("the model has no input '{}'{}", name, did_you_mean(name, known)));
  }
}

void check_inner(const InnerTensors& inner) {
  const std::vector<std::string> known(inner.known.begin(), inner.known.end());
  for (const std::string& name : inner.request.names) {
    if (inner.found.contains(name)) continue;
    throw UsageError(fmt::format("the model has no layer '{}'{}", name, did_you_mean(name, known)));
  }
}

}  // namespace

LoadedModel::LoadedModel(const std::filesystem::path& file, const plugins::BackendPlugin& backend,
                         plugins::OptionValues options, const lowering::LoweringOptions& limits,
                         const std::string& function)
    : name_(file.string()) {
  const std::shared_ptr<const formats::Model> model = formats::open_function(file, function);
  warnings_ = formats::warning_lines(*model, name_);
  stage_ = within(name_, [&] { return make_stage(model, {backend, std::move(options), file, limits}); });
}

Values LoadedModel::with_state(const Values& inputs, const State& state) const {
  Values given = inputs;
  for (const auto& [name, value] : state.values()) given.try_emplace(name, value);
  // A fresh state is zero, also where the model doesn't call the input optional.
  for (const StateFeature& pair : description().states) {
    if (!given.contains(pair.input)) given[pair.input] = missing_input(state_feature(pair.input));
  }
  return given;
}

Feature LoadedModel::state_feature(const std::string& state) const {
  for (const std::vector<Feature>* features : {&description().inputs, &description().state_features}) {
    const auto found = std::ranges::find(*features, state, &Feature::name);
    if (found == features->end()) continue;
    Feature optional = *found;
    optional.optional = true;
    return optional;
  }
  throw ModelError(name_, fmt::format("the state '{}' is not described", state));
}

State LoadedModel::fresh_state() const {
  State state;
  for (const StateFeature& pair : description().states) {
    state.set(pair.input, missing_input(state_feature(pair.input)));
  }
  return state;
}

Value LoadedModel::state_value(const std::string& state, const Value& value) const {
  std::vector<std::string> known;
  for (const StateFeature& pair : description().states) known.push_back(pair.input);
  if (std::ranges::find(known, state) == known.end()) {
    throw UsageError(fmt::format("the model has no state '{}'{}", state, did_you_mean(state, known)));
  }
  Value result = as_input(state_feature(state), value, description().takes_sequences);
  make_owner(result);
  return result;
}

Values LoadedModel::predict(const Values& inputs, State* state, InnerTensors* inner) const {
  check_names(inputs, description());
  Values outputs = within<ModelError, PluginError>(name_, [&] {
    return state == nullptr ? stage_->predict(inputs, inner) : stage_->predict(with_state(inputs, *state), inner);
  });
  // A pipeline may hand an input on.
  for (auto& [name, value] : outputs) make_owner(value);
  if (inner != nullptr) check_inner(*inner);
  if (state != nullptr) {
    for (const StateFeature& pair : description().states) state->set(pair.input, outputs.at(pair.output));
  }
  for (const Feature& hidden : description().state_features) outputs.erase(hidden.name);
  return outputs;
}

Image LoadedModel::fit(const Image& image, std::string_view input, const data::Preparation& preparation) const {
  const Feature* found = nullptr;
  for (const Feature& feature : description().inputs) {
    if (feature.kind != Kind::image || (!input.empty() && feature.name != input)) continue;
    if (found != nullptr) throw UsageError("the model has several image inputs; say which one the image is for");
    found = &feature;
  }
  if (found == nullptr) {
    throw UsageError(input.empty() ? "the model has no image input"
                                   : fmt::format("the model has no image input '{}'", input));
  }
  return fit_to_input(image, *found, preparation);
}

Image fit_to_input(const Image& image, const Feature& input, const data::Preparation& preparation) {
  if (allows_shape(input, std::vector<std::int64_t>{image.height, image.width})) {
    Value same = image;
    make_owner(same);
    return std::get<Image>(std::move(same));
  }
  const data::Image pixels = to_data(image);
  const ImageSize size = image_size(input);
  return from_data(data::fit_image(pixels, size.width, size.height, preparation));
}

Image from_data(const data::Image& image) {
  const auto bytes = std::as_bytes(std::span(image.pixels));
  return {image.width, image.height, image.channels == 3 ? PixelFormat::rgb : PixelFormat::gray,
          std::vector<std::byte>(bytes.begin(), bytes.end())};
}

data::Image to_data(const Image& image) {
  if (image.format == PixelFormat::gray_float16) {
    throw UsageError("an image of 16-bit floating point gray can't be cropped or scaled");
  }
  data::Image result{image.width, image.height, image.format == PixelFormat::rgb ? 3 : 1, {}};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(image.bytes().data());
  result.pixels.assign(bytes, bytes + image.bytes().size());
  if (image.width < 1 || image.height < 1 ||
      result.pixels.size() != static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                                  static_cast<std::size_t>(result.channels)) {
    throw UsageError(
        fmt::format("an image of {} x {} pixels with {} bytes", image.width, image.height, image.bytes().size()));
  }
  return result;
}

}  // namespace goldilocks::runtime
