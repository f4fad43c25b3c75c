// Core ML's first layers see five dimensions, [S, B, C, H, W]; ONNX has [B, C, H, W] or, for sequences, [S, B, C].
#include "bench/twin_network.hpp"

#include <cmath>
#include <span>

#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"

namespace goldilocks {
namespace {

namespace spec = CoreML::Specification;
namespace onnx = bench::onnx;

void describe(spec::FeatureDescription& feature, const std::string& name, const std::vector<std::int64_t>& dims) {
  feature.set_name(name);
  auto& array = *feature.mutable_type()->mutable_multiarraytype();
  array.set_datatype(spec::ArrayFeatureType::FLOAT32);
  for (const std::int64_t dim : dims) array.add_shape(dim);
}

void assign(spec::WeightParams& weights, std::span<const float> values) {
  weights.mutable_floatvalue()->Assign(values.begin(), values.end());
}

void set_integers(onnx::Node& node, const std::string& name, const std::vector<std::int64_t>& values) {
  onnx::Attribute& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::Attribute::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

void set_integer(onnx::Node& node, const std::string& name, std::int64_t value) {
  onnx::Attribute& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::Attribute::INT);
  attribute.set_i(value);
}

bool is_sequence(const std::vector<std::int64_t>& dims) { return dims.size() == 3 && dims[1] == 1; }

std::vector<std::int64_t> coreml_dims(const std::vector<std::int64_t>& dims) {
  if (!is_sequence(dims)) return dims;
  return {dims[0], dims[1], dims[2], 1, 1};
}

std::vector<std::int64_t> onnx_dims(const std::vector<std::int64_t>& dims) {
  if (is_sequence(dims)) return dims;
  std::vector<std::int64_t> batched = {1};
  batched.insert(batched.end(), dims.begin(), dims.end());
  return batched;
}

}  // namespace

TwinNetwork::TwinNetwork(const std::vector<std::int64_t>& input) {
  model_.set_specificationversion(is_sequence(input) ? 4 : 1);
  describe(*model_.mutable_description()->add_input(), "input", coreml_dims(input));
  auto& network = *model_.mutable_neuralnetwork();
  if (is_sequence(input)) network.set_arrayinputshapemapping(spec::EXACT_ARRAY_MAPPING);
  onnx_.set_ir_version(8);
  onnx_.set_producer_name("goldilocks");
  onnx_.add_opset_import()->set_version(11);
  onnx_.mutable_graph()->set_name("network");
  onnx_value(*onnx_.mutable_graph()->add_input(), "input", onnx_dims(input));
}

TwinNetwork::Layer& TwinNetwork::next_layer(const std::string& type) {
  Layer& layer = *model_.mutable_neuralnetwork()->add_layers();
  layer.set_name(type + std::to_string(++count_));
  layer.add_input(last_);
  return layer;
}

bench::onnx::Node& TwinNetwork::next_node(const std::string& type, const std::vector<std::string>& inputs) {
  onnx::Node& node = *onnx_.mutable_graph()->add_node();
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  last_ = "value" + std::to_string(count_);
  node.add_output(last_);
  model_.mutable_neuralnetwork()->mutable_layers()->rbegin()->add_output(last_);
  return node;
}

std::vector<float> TwinNetwork::random(std::int64_t count, std::int64_t fan_in) {
  std::normal_distribution<float> normal(0, std::sqrt(2 / static_cast<float>(fan_in)));
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random_);
  return values;
}

std::string TwinNetwork::initializer(const std::vector<float>& values, const std::vector<std::int64_t>& dims) {
  onnx::Tensor& tensor = *onnx_.mutable_graph()->add_initializer();
  tensor.set_name("weights" + std::to_string(onnx_.graph().initializer_size()));
  tensor.set_data_type(onnx::Tensor::FLOAT);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return tensor.name();
}

void TwinNetwork::onnx_value(onnx::ValueInfo& value, const std::string& name, const std::vector<std::int64_t>& dims) {
  value.set_name(name);
  onnx::TensorType& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::Tensor::FLOAT);
  for (const std::int64_t dim : dims) type.mutable_shape()->add_dim()->set_dim_value(dim);
}

void TwinNetwork::convolution(const Convolution& shape) {
  const std::int64_t inputs = shape.inputs / shape.groups;
  const std::int64_t fan_in = inputs * shape.kernel * shape.kernel;
  const std::int64_t pad = (shape.kernel - 1) / 2;
  const std::vector<float> weights = random(shape.outputs * fan_in, fan_in);
  const std::vector<float> bias = random(shape.outputs, 100);
  auto& layer = *next_layer("convolution").mutable_convolution();
  layer.set_outputchannels(static_cast<std::uint64_t>(shape.outputs));
  layer.set_kernelchannels(static_cast<std::uint64_t>(inputs));
  layer.set_ngroups(static_cast<std::uint64_t>(shape.groups));
  for (int axis = 0; axis < 2; ++axis) {
    layer.add_kernelsize(static_cast<std::uint64_t>(shape.kernel));
    layer.add_stride(static_cast<std::uint64_t>(shape.stride));
    auto& border = *layer.mutable_valid()->mutable_paddingamounts()->add_borderamounts();
    border.set_startedgesize(static_cast<std::uint64_t>(pad));
    border.set_endedgesize(static_cast<std::uint64_t>(pad));
  }
  layer.set_hasbias(true);
  assign(*layer.mutable_weights(), weights);
  assign(*layer.mutable_bias(), bias);
  onnx::Node& node =
      next_node("Conv", {last_, initializer(weights, {shape.outputs, inputs, shape.kernel, shape.kernel}),
                         initializer(bias, {shape.outputs})});
  set_integers(node, "kernel_shape", {shape.kernel, shape.kernel});
  set_integers(node, "strides", {shape.stride, shape.stride});
  set_integers(node, "pads", {pad, pad, pad, pad});
  set_integer(node, "group", shape.groups);
}

void TwinNetwork::relu() {
  next_layer("relu").mutable_activation()->mutable_relu();
  next_node("Relu", {last_});
}

void TwinNetwork::max_pool() {
  auto& layer = *next_layer("pool").mutable_pooling();
  layer.set_type(spec::PoolingLayerParams::MAX);
  for (int axis = 0; axis < 2; ++axis) {
    layer.add_kernelsize(3);
    layer.add_stride(2);
    auto& border = *layer.mutable_valid()->mutable_paddingamounts()->add_borderamounts();
    border.set_startedgesize(1);
    border.set_endedgesize(1);
  }
  onnx::Node& node = next_node("MaxPool", {last_});
  set_integers(node, "kernel_shape", {3, 3});
  set_integers(node, "strides", {2, 2});
  set_integers(node, "pads", {1, 1, 1, 1});
}

void TwinNetwork::global_average_pool() {
  auto& layer = *next_layer("pool").mutable_pooling();
  layer.set_type(spec::PoolingLayerParams::AVERAGE);
  layer.set_globalpooling(true);
  layer.mutable_valid();
  next_node("GlobalAveragePool", {last_});
}

void TwinNetwork::flatten() {
  next_layer("flatten").mutable_flatten();
  set_integer(next_node("Flatten", {last_}), "axis", 1);
}

void TwinNetwork::inner_product(std::int64_t inputs, std::int64_t outputs) {
  const std::vector<float> weights = random(outputs * inputs, inputs);
  const std::vector<float> bias = random(outputs, 100);
  auto& layer = *next_layer("dense").mutable_innerproduct();
  layer.set_inputchannels(static_cast<std::uint64_t>(inputs));
  layer.set_outputchannels(static_cast<std::uint64_t>(outputs));
  layer.set_hasbias(true);
  assign(*layer.mutable_weights(), weights);
  assign(*layer.mutable_bias(), bias);
  onnx::Node& node = next_node("Gemm", {last_, initializer(weights, {outputs, inputs}), initializer(bias, {outputs})});
  set_integer(node, "transB", 1);
}

void TwinNetwork::lstm(std::int64_t inputs, std::int64_t outputs) {
  // ONNX puts the gates one below the other: input, output, forget, cell. Its biases are two, of which one is zero
  // here.
  const std::vector<float> weights = random(4 * outputs * inputs, 2 * inputs);
  const std::vector<float> recursion = random(4 * outputs * outputs, 2 * outputs);
  std::vector<float> bias = random(4 * outputs, 100);
  auto& layer = *next_layer("lstm").mutable_unidirectionallstm();
  layer.set_inputvectorsize(static_cast<std::uint64_t>(inputs));
  layer.set_outputvectorsize(static_cast<std::uint64_t>(outputs));
  layer.add_activations()->mutable_sigmoid();
  layer.add_activations()->mutable_tanh();
  layer.add_activations()->mutable_tanh();
  layer.mutable_params()->set_sequenceoutput(true);
  layer.mutable_params()->set_hasbiasvectors(true);
  auto& gates = *layer.mutable_weightparams();
  const auto part = [outputs](const std::vector<float>& all, std::int64_t gate, std::int64_t width) {
    const auto size = static_cast<std::size_t>(outputs * width);
    return std::span(all).subspan(static_cast<std::size_t>(gate) * size, size);
  };
  const auto fill = [&](std::int64_t gate, Weights& weight, Weights& recurrent, Weights& summand) {
    assign(weight, part(weights, gate, inputs));
    assign(recurrent, part(recursion, gate, outputs));
    assign(summand, part(bias, gate, 1));
  };
  fill(0, *gates.mutable_inputgateweightmatrix(), *gates.mutable_inputgaterecursionmatrix(),
       *gates.mutable_inputgatebiasvector());
  fill(1, *gates.mutable_outputgateweightmatrix(), *gates.mutable_outputgaterecursionmatrix(),
       *gates.mutable_outputgatebiasvector());
  fill(2, *gates.mutable_forgetgateweightmatrix(), *gates.mutable_forgetgaterecursionmatrix(),
       *gates.mutable_forgetgatebiasvector());
  fill(3, *gates.mutable_blockinputweightmatrix(), *gates.mutable_blockinputrecursionmatrix(),
       *gates.mutable_blockinputbiasvector());
  bias.resize(static_cast<std::size_t>(8 * outputs));
  onnx::Node& node =
      next_node("LSTM", {last_, initializer(weights, {1, 4 * outputs, inputs}),
                         initializer(recursion, {1, 4 * outputs, outputs}), initializer(bias, {1, 8 * outputs})});
  set_integer(node, "hidden_size", outputs);
  // ONNX has an axis more, for the directions.
  node.set_output(0, last_ + "_directions");
  onnx::Node& squeeze = *onnx_.mutable_graph()->add_node();
  squeeze.set_op_type("Squeeze");
  squeeze.add_input(node.output(0));
  squeeze.add_output(last_);
  set_integers(squeeze, "axes", {1});
}

void TwinNetwork::add(const std::string& value) {
  Layer& layer = next_layer("add");
  layer.add_input(value);
  layer.mutable_add();
  next_node("Add", {last_, value});
}

void TwinNetwork::write(const std::filesystem::path& folder, const std::string& name,
                        const std::vector<std::int64_t>& output) {
  describe(*model_.mutable_description()->add_output(), last_, coreml_dims(output));
  onnx_value(*onnx_.mutable_graph()->add_output(), last_, onnx_dims(output));
  write_file_atomically(folder / (name + ".mlmodel"), model::serialize_model(model_));
  write_file_atomically(folder / (name + ".onnx"), onnx_.SerializeAsString());
}

}  // namespace goldilocks
