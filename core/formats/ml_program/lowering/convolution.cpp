// Convolutions and their transposes, along one to three axes. The kit has them along two and three; one axis is a plane
// of height 1.
#include <algorithm>
#include <array>
#include <string>

#include "core/formats/ml_program/lowering/rows.hpp"
#include "core/formats/ml_program/lowering/windows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

Node convolved(Op& op, Node x, Node weight, Node bias, const std::vector<WindowAxis>& axes) {
  const auto groups = op.integer("groups");
  Nodes inputs = {x, weight};
  if (bias != GLK_NO_VALUE) inputs.push_back(bias);
  Attributes attributes = {{"strides", each(axes, &WindowAxis::stride)},
                           {"dilations", each(axes, &WindowAxis::dilation)},
                           {"pads", pads_of(axes)},
                           {"groups", groups}};
  return op.add(axes.size() == 3 ? "convolution_3d" : "convolution", std::move(inputs), std::move(attributes));
}

Node convolution_of(Op& op, Node weight) {
  const Node x = op.input("x");
  const Node bias = op.input_or_none("bias");
  const Dims& shape = op.dims(weight);
  std::vector<WindowAxis> axes = window_of(op, op.dims(x), {shape.begin() + 2, shape.end()}, op.word("pad_type"));
  if (axes.size() > 1) return convolved(op, x, weight, bias, axes);
  axes.insert(axes.begin(), WindowAxis());
  return without_height(op, convolved(op, with_height(op, x), with_height(op, weight), bias, axes));
}

void lower_conv(Op& op) { op.give(convolution_of(op, op.input("weight"))); }

// Codes of a table or of a scale and a bias, for each output channel or for all.
void lower_conv_quantized(Op& op) {
  if (op.word("quantization_type") != "linear") op.fail("is run with linear codes alone");
  const Node codes = op.cast(op.input("weight"), GLK_FLOAT32);
  const auto along_first = [&](Node node) {
    Dims shape(op.rank(codes), 1);
    shape[0] = static_cast<std::int64_t>(graph::element_count(op.dims(node)));
    return op.reshape(node, std::move(shape));
  };
  const Node scale = along_first(op.input("quant_scale"));
  op.give(convolution_of(op, op.add("affine", {codes, scale, along_first(op.input("quant_bias"))})));
}

// What the products reach is cropped, before and after each axis, to what the program asks for.
std::vector<WindowAxis> transposed_window(Op& op, Node x, const std::vector<std::int64_t>& kernel,
                                          std::vector<std::int64_t>& output) {
  const std::string_view pad_type = op.word("pad_type");
  std::vector<WindowAxis> axes = window_of(op, op.dims(x), kernel, pad_type == "custom" ? "custom" : "valid");
  std::vector<std::int64_t> stated;
  if (op.has("output_shape")) {
    stated = op.integers("output_shape");
    if (stated.size() != kernel.size() + 2) op.fail("output_shape has another rank than x");
    stated.erase(stated.begin(), stated.begin() + 2);
  }
  for (std::size_t index = 0; index < axes.size(); ++index) {
    WindowAxis& axis = axes[index];
    const std::int64_t size = op.dims(x)[2 + index];
    const std::int64_t extent = (axis.kernel - 1) * axis.dilation + 1;
    const std::int64_t full = (size - 1) * axis.stride + extent;
    const bool same = pad_type == "same" || pad_type == "same_lower";
    std::int64_t wanted = same ? size * axis.stride : full - axis.before - axis.after;
    if (!stated.empty()) wanted = stated[index];
    if (same) {
      const std::int64_t steps = (wanted + axis.stride - 1) / axis.stride;
      const std::int64_t total = std::max<std::int64_t>(0, (steps - 1) * axis.stride + extent - wanted);
      axis.before = pad_type == "same" ? total / 2 : total - total / 2;
    }
    axis.after = full - axis.before - wanted;
    output.push_back(wanted);
  }
  return axes;
}

// Beyond the last product there is the bias alone.
Node extended(Op& op, Node y, const std::vector<WindowAxis>& axes) {
  std::vector<std::int64_t> pads(4, 0);
  for (const WindowAxis& axis : axes) pads.insert(pads.end(), {0, std::max<std::int64_t>(0, -axis.after)});
  if (std::ranges::all_of(pads, [](std::int64_t pad) { return pad == 0; })) return y;
  return op.add("constant_pad", {y}, {{"pads", pads}});
}

void lower_conv_transpose(Op& op) {
  Node x = op.input("x");
  Node weight = op.input("weight");
  const std::vector<std::int64_t> kernel(op.dims(weight).begin() + 2, op.dims(weight).end());
  std::vector<std::int64_t> output;
  std::vector<WindowAxis> axes = transposed_window(op, x, kernel, output);
  const bool dilated = std::ranges::any_of(axes, [](const WindowAxis& axis) { return axis.dilation != 1; });
  const std::size_t spatial = axes.size();
  // The kit's operation on volumes alone has dilations.
  for (std::size_t missing = spatial; missing < (dilated ? 3U : 2U); ++missing) {
    axes.insert(axes.begin(), WindowAxis());
    Dims shape = op.dims(x);
    shape.insert(shape.begin() + 2, 1);
    x = op.reshape(x, shape);
    shape = op.dims(weight);
    shape.insert(shape.begin() + 2, 1);
    weight = op.reshape(weight, shape);
  }
  std::vector<WindowAxis> cropped = axes;
  for (WindowAxis& axis : cropped) axis.after = std::max<std::int64_t>(0, axis.after);
  Attributes attributes = {
      {"strides", each(axes, &WindowAxis::stride)}, {"pads", pads_of(cropped)}, {"groups", op.integer("groups")}};
  if (axes.size() == 3) attributes.push_back({"dilations", each(axes, &WindowAxis::dilation)});
  Node y = op.add(axes.size() == 3 ? "deconvolution_3d" : "deconvolution", {x, weight}, std::move(attributes));
  y = extended(op, y, axes);
  const Node bias = op.input_or_none("bias");
  if (bias != GLK_NO_VALUE) y = op.add("affine", {y, GLK_NO_VALUE, op.per_channel(bias, op.rank(y))});
  Dims shape(op.dims(y).begin(), op.dims(y).begin() + 2);
  shape.insert(shape.end(), output.begin(), output.end());
  op.give(op.reshape(y, std::move(shape)));
}

constexpr std::array convolution_rows = {
    LoweringRow{"conv", lower_conv},
    LoweringRow{"conv_quantized", lower_conv_quantized},
    LoweringRow{"conv_transpose", lower_conv_transpose},
};

}  // namespace

std::span<const LoweringRow> convolution_lowerings() { return convolution_rows; }

}  // namespace goldilocks::ml_program
