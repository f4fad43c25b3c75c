#include "core/formats/ml_program/lowered_network.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/ml_program/describe_program.hpp"
#include "core/formats/ml_program/lowering/lowered_program.hpp"

namespace goldilocks::ml_program {
namespace {

using runtime::Feature;

class ProgramNetwork final : public lowering::Network {
 public:
  ProgramNetwork(std::unique_ptr<LoweredProgram> lowered, std::shared_ptr<const void> owner)
      : owner_(std::move(owner)), lowered_(std::move(lowered)) {}

  const glk_graph& graph() const override { return lowered_->graph.graph(); }
  const LoweredProgram& lowered() const { return *lowered_; }

 private:
  std::shared_ptr<const void> owner_;  // of the constants that the graph points into
  std::unique_ptr<LoweredProgram> lowered_;
};

const Feature* find_feature(const std::vector<Feature>& features, std::string_view name) {
  const auto found = std::ranges::find(features, name, &Feature::name);
  return found == features.end() ? nullptr : &*found;
}

// The sizes of the program's own tensor, which has more dimensions than an image.
Shape tensor_shape(const Feature& feature, const Shape& size, const Type& declared) {
  // A single value has a list of one as its feature.
  if (declared.ranked && declared.shape.empty()) return {};
  if (feature.kind != runtime::Kind::image || size.size() != 2) return size;
  const std::int64_t channels = feature.pixels == runtime::PixelFormat::rgb ? 3 : 1;
  if (declared.ranked && declared.shape.size() == 3) return {channels, size[0], size[1]};
  return {1, channels, size[0], size[1]};
}

std::map<std::string, Shape, std::less<>> tensor_sizes(const Function& function,
                                                       const formats::Description& description,
                                                       const lowering::InputSizes& sizes) {
  std::map<std::string, Shape, std::less<>> result;
  for (const NamedType& input : function.inputs) {
    if (input.type.kind == Type::Kind::state) continue;
    const Feature* feature = find_feature(description.inputs, input.name);
    if (feature == nullptr) continue;
    const auto given = sizes.find(input.name);
    const Shape& size = given == sizes.end() ? feature->shape : given->second;
    const Shape shape = tensor_shape(*feature, size, input.type);
    // A feature without a shape is what the program says.
    if (!shape.empty() || (input.type.ranked && input.type.shape.empty())) result[input.name] = shape;
  }
  return result;
}

lowering::NetworkInput input_of(const glk_graph& graph, const std::string& name, std::uint32_t value,
                                const Feature* feature) {
  const glk_value& stated = *graph.values[value];
  lowering::NetworkInput input{
      .name = name, .dims = {stated.dims, stated.dims + stated.rank}, .type = stated.type, .image = std::nullopt};
  if (feature == nullptr || feature->kind != runtime::Kind::image) return input;
  if (stated.rank < 3 || stated.type != GLK_FLOAT32) {
    throw ModelError(fmt::format("input '{}' is an image, and its tensor has no planes of floats", name));
  }
  const bool is_gray = *feature->pixels != runtime::PixelFormat::rgb;
  lowering::ImageInput image;
  image.width = static_cast<int>(input.dims.back());
  image.height = static_cast<int>(input.dims[input.dims.size() - 2]);
  image.color = is_gray               ? lowering::ColorLayout::gray
                : feature->blue_first ? lowering::ColorLayout::bgr
                                      : lowering::ColorLayout::rgb;
  image.float16 = *feature->pixels == runtime::PixelFormat::gray_float16;
  input.image = std::move(image);
  return input;
}

}  // namespace

std::shared_ptr<const lowering::Network> lower_program(const Program& program, const std::string& function,
                                                       const formats::Description& description,
                                                       const lowering::InputSizes& sizes,
                                                       const lowering::LoweringOptions& options,
                                                       std::shared_ptr<const void> owner) {
  const Function* found = program.function(function);
  if (found == nullptr) throw ModelError(fmt::format("there is no function '{}'", function));
  LoweringOptions settings;
  settings.precision = options.rounds_as_typed ? Precision::as_typed : Precision::float32;
  settings.sizes = tensor_sizes(*found, description, sizes);
  settings.iterations = static_cast<std::uint64_t>(options.loop_bound);
  auto network = std::make_shared<ProgramNetwork>(lower_function(program, function, settings), std::move(owner));
  const LoweredProgram& lowered = network->lowered();
  const glk_graph& graph = network->graph();
  for (const ProgramPort& port : lowered.inputs) {
    network->inputs.push_back(input_of(graph, port.name, port.value, find_feature(description.inputs, port.name)));
  }
  for (const ProgramState& state : lowered.states) {
    network->inputs.push_back(input_of(graph, state.name, state.before, nullptr));
  }
  if (lowered.classifier != nullptr) {
    network->scores = lowered.classifier->probabilities;
    if (lowered.classifier->classes != nullptr) network->labels = texts_of(*lowered.classifier->classes);
  }
  for (const Feature& output : description.outputs) {
    const auto port = std::ranges::find(lowered.outputs, output.name, &ProgramPort::name);
    const bool is_class = lowered.classifier != nullptr &&
                          (output.name == lowered.classifier->label || output.name == lowered.classifier->dictionary);
    if (port == lowered.outputs.end() && !is_class) {
      throw ModelError(fmt::format("output '{}': the program has no value of this name", output.name));
    }
    network->outputs.push_back({output.name, is_class ? *network->scores : port->value});
  }
  for (const ProgramState& state : lowered.states) network->outputs.push_back({state.name, state.after});
  return network;
}

}  // namespace goldilocks::ml_program
