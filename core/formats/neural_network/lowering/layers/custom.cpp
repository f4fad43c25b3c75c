// custom: an operation whose type is "custom:" and the class's name, which only a backend that knows the class can run.
// The layer's parameters become attributes in the order of their names, its weights inputs behind its own, as vectors:
// the format doesn't state their shapes.
//
// Nobody but the class knows the outputs' shapes. The graph states what the layer's outputTensor says; where it says
// nothing, as many dimensions as the first input has, all of them open, which is right for networks of rank 5
// throughout.
#include <algorithm>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using CustomParams = spec::CustomLayerParams;

Attribute attribute_of(const LayerLowering& lowering, const std::string& name,
                       const CustomParams::CustomLayerParamValue& value) {
  switch (value.value_case()) {
    case CustomParams::CustomLayerParamValue::kDoubleValue:
      return {name, value.doublevalue()};
    case CustomParams::CustomLayerParamValue::kStringValue:
      return {name, value.stringvalue()};
    case CustomParams::CustomLayerParamValue::kIntValue:
      return {name, std::int64_t{value.intvalue()}};
    case CustomParams::CustomLayerParamValue::kLongValue:
      return {name, value.longvalue()};
    case CustomParams::CustomLayerParamValue::kBoolValue:
      return {name, std::int64_t{value.boolvalue() ? 1 : 0}};
    default:
      lowering.fail("its parameter '" + name + "' has no value");
  }
}

Attributes attributes_of(const LayerLowering& lowering, const CustomParams& params) {
  Attributes attributes;
  for (const auto& [name, value] : params.parameters()) attributes.push_back(attribute_of(lowering, name, value));
  std::ranges::sort(attributes, {}, &Attribute::name);
  return attributes;
}

// Bytes that are no codes of numbers are a number each, 0 to 255.
std::vector<float> weight_values(const LayerLowering& lowering, const spec::WeightParams& params,
                                 const std::string& parameter) {
  if (params.rawvalue().empty() || params.has_quantization()) return lowering.required_weights(parameter).values;
  std::vector<float> values;
  for (const char byte : params.rawvalue()) values.push_back(static_cast<float>(static_cast<unsigned char>(byte)));
  return values;
}

std::vector<Dims> output_shapes(const LayerLowering& lowering) {
  const spec::NeuralNetworkLayer& layer = lowering.layer();
  std::vector<Dims> shapes;
  for (int index = 0; index < layer.output_size(); ++index) {
    Dims dims(lowering.dims().size(), -1);
    if (index < layer.outputtensor_size()) {
      const spec::Tensor& stated = layer.outputtensor(index);
      dims.assign(stated.dimvalue().begin(), stated.dimvalue().end());
      constexpr std::uint32_t most_dimensions = 32;
      if (stated.rank() > most_dimensions || (!dims.empty() && dims.size() != stated.rank())) {
        lowering.fail("its outputTensor has a rank of " + std::to_string(stated.rank()) + " and " +
                      std::to_string(dims.size()) + " sizes");
      }
      if (dims.empty()) dims.assign(stated.rank(), -1);
    }
    for (const std::int64_t size : dims) {
      if (size < 1 && size != -1) lowering.fail("its outputTensor can't be " + graph::to_text(dims));
    }
    shapes.push_back(std::move(dims));
  }
  return shapes;
}

void lower_custom(LayerLowering& lowering) {
  const CustomParams& params = lowering.layer().custom();
  if (params.classname().empty()) lowering.fail("its className is empty");
  std::vector<std::uint32_t> inputs = lowering.inputs();
  for (int index = 0; index < params.weights_size(); ++index) {
    const std::string parameter = "weights[" + std::to_string(index) + "]";
    std::vector<float> values = weight_values(lowering, params.weights(index), parameter);
    const auto count = static_cast<std::int64_t>(values.size());
    inputs.push_back(lowering.constant(parameter, {count}, std::move(values)));
  }
  lowering.finish_custom("custom:" + params.classname(), std::move(inputs), attributes_of(lowering, params),
                         output_shapes(lowering));
}

}  // namespace

const LayerRules& custom_rules() {
  static const LayerRules rules = {{spec::NeuralNetworkLayer::kCustom, 1, any_number, 1, any_number, lower_custom}};
  return rules;
}

}  // namespace goldilocks::lowering
