// Convolutions and pooling: windows that slide over one to three spatial dimensions behind batch and channels.
#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

// The numbers of a parameter that has one for each spatial dimension, or `fallback` for each where it is absent.
std::vector<std::int64_t> spatial_numbers(const Inference& op, std::string_view parameter, std::size_t count,
                                          std::int64_t fallback, std::int64_t lowest) {
  std::vector<std::int64_t> absent(count, fallback);
  if (!op.has(parameter)) return absent;
  const auto numbers = op.integers(parameter);
  if (!numbers) throw Undetermined{};
  op.require(numbers->size() == count, "{} must have {} numbers, and has {}", parameter, count, numbers->size());
  for (const std::int64_t number : *numbers) {
    op.require(number >= lowest, "{} has the number {}", parameter, number);
  }
  return *numbers;
}

struct Window {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> pad;  // before and after, for each spatial dimension
  std::string_view pad_type;
  bool ceil = false;

  // The window's extent with its gaps.
  std::int64_t extent(std::size_t i) const {
    return kernel[i] == unknown ? unknown : sum(product(kernel[i] - 1, dilations[i]), 1);
  }
  std::int64_t padding(std::size_t i) const { return pad_type == "custom" ? sum(pad[2 * i], pad[2 * i + 1]) : 0; }
};

Window read_window(const Inference& op, std::vector<std::int64_t> kernel) {
  const std::size_t count = kernel.size();
  Window window;
  window.kernel = std::move(kernel);
  window.strides = spatial_numbers(op, "strides", count, 1, 1);
  window.dilations = spatial_numbers(op, "dilations", count, 1, 1);
  window.pad_type = op.opset() >= ios16 ? op.one_of("pad_type", {"valid", "same", "custom", "same_lower"})
                                        : op.one_of("pad_type", {"valid", "same", "custom"});
  window.pad = window.pad_type == "custom" || op.has("pad") ? spatial_numbers(op, "pad", 2 * count, 0, 0)
                                                            : std::vector<std::int64_t>(2 * count, 0);
  return window;
}

std::int64_t output_length(const Inference& op, const Window& window, std::size_t i, std::int64_t in) {
  const std::int64_t stride = window.strides[i];
  const std::int64_t extent = window.extent(i);
  if (in == unknown || extent == unknown) return unknown;
  if (window.pad_type == "same" || window.pad_type == "same_lower") return (in + stride - 1) / stride;
  const std::int64_t padding = window.padding(i);
  const std::int64_t room = sum(in, padding) - extent;
  op.require(room >= 0, "a window of {} doesn't fit into {} with {} of padding", extent, in, padding);
  if (!window.ceil) return room / stride + 1;
  const std::int64_t length = (room + stride - 1) / stride + 1;
  // A window that would begin in the padding behind the end is left out.
  const bool beyond = 2 * (length - 1) * stride >= 2 * in + padding && padding > 0;
  return beyond ? length - 1 : length;
}

Shape slid(const Inference& op, const Window& window, const Shape& x, std::int64_t channels) {
  Shape shape{x[0], channels};
  for (std::size_t i = 0; i < window.kernel.size(); ++i) shape.push_back(output_length(op, window, i, x[i + 2]));
  return shape;
}

std::int64_t groups_of(const Inference& op) {
  const auto groups = op.integer("groups");
  if (!groups) throw Undetermined{};
  op.require(*groups >= 1, "groups is {}", *groups);
  return *groups;
}

void require_bias(const Inference& op, std::int64_t channels) {
  if (!op.has("bias")) return;
  const Shape& bias = op.shape("bias");
  op.require(bias.size() == 1 && (channels == unknown || bias[0] == unknown || bias[0] == channels),
             "bias {} doesn't fit {} channels", text(bias), channels);
}

void conv(Inference& op) {
  op.require_rank("x", 3, 5);
  const Shape& x = op.shape("x");
  const Shape& weight = op.shape("weight");
  op.require(weight.size() == x.size(), "weight {} doesn't have as many dimensions as x {}", text(weight), text(x));
  const std::int64_t groups = groups_of(op);
  const std::int64_t needed = product(weight[1], groups);
  op.require(x[1] == unknown || needed == unknown || x[1] == needed,
             "x has {} channels; weight {} with {} groups takes {}", x[1], text(weight), groups, needed);
  op.require(weight[0] == unknown || weight[0] % groups == 0, "{} output channels can't be cut into {} groups",
             weight[0], groups);
  const Window window = read_window(op, {weight.begin() + 2, weight.end()});
  require_bias(op, weight[0]);
  op.result(op.element("x"), slid(op, window, x, weight[0]));
}

void conv_transpose(Inference& op) {
  op.require_rank("x", 3, 5);
  const Shape& x = op.shape("x");
  const Shape& weight = op.shape("weight");
  op.require(weight.size() == x.size(), "weight {} doesn't have as many dimensions as x {}", text(weight), text(x));
  const std::int64_t groups = groups_of(op);
  op.require(x[1] == unknown || weight[0] == unknown || x[1] == weight[0], "x has {} channels, weight takes {}", x[1],
             weight[0]);
  op.require(weight[0] == unknown || weight[0] % groups == 0, "{} input channels can't be cut into {} groups",
             weight[0], groups);
  const std::int64_t channels = product(weight[1], groups);
  const Window window = read_window(op, {weight.begin() + 2, weight.end()});
  require_bias(op, channels);
  Shape shape{x[0], channels};
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    const std::int64_t in = x[i + 2];
    if (window.pad_type == "same" || window.pad_type == "same_lower") {
      shape.push_back(product(in, window.strides[i]));
      continue;
    }
    if (in == unknown || window.extent(i) == unknown) {
      shape.push_back(unknown);
      continue;
    }
    const std::int64_t whole = sum(product(in - 1, window.strides[i]), window.extent(i));
    op.require(whole >= window.padding(i), "{} of padding is more than the {} of the result", window.padding(i), whole);
    shape.push_back(whole - window.padding(i));
  }
  if (op.has("output_shape")) {
    const auto given = op.integers("output_shape");
    if (!given) throw Undetermined{};
    op.require(given->size() == x.size(), "output_shape must have {} numbers, and has {}", x.size(), given->size());
    std::int64_t given_channels = (*given)[1];
    op.require(unify(given_channels, channels), "output_shape {} has {} channels, weight makes {}", text(*given),
               given_channels, channels);
    for (std::size_t i = 2; i < shape.size(); ++i) {
      op.require((*given)[i] >= 0, "output_shape {} has a negative length", text(*given));
      shape[i] = (*given)[i];
    }
  }
  op.result(op.element("x"), shape);
}

void pool(Inference& op) {
  op.require_rank("x", 3, 5);
  const Shape& x = op.shape("x");
  const std::size_t count = x.size() - 2;
  Window window = read_window(op, spatial_numbers(op, "kernel_sizes", count, 1, 1));
  const auto ceil = op.flag("ceil_mode");
  if (!ceil) throw Undetermined{};
  window.ceil = *ceil;
  if (window.ceil) {
    op.require(count <= 2, "ceil_mode is for one or two spatial dimensions");
    op.require(window.pad_type == "valid" || window.pad_type == "custom", "ceil_mode doesn't go with pad_type '{}'",
               window.pad_type);
    for (std::size_t i = 0; i < count && window.pad_type == "custom"; ++i) {
      op.require(window.pad[2 * i] == window.pad[2 * i + 1], "ceil_mode needs the same padding on both sides");
    }
  }
  op.result(op.element("x"), slid(op, window, x, x[1]));
}

void l2_pool(Inference& op) {
  op.require_rank("x", 3, 4);
  pool(op);
}

// The shared end of a convolution's parameters.
std::vector<Parameter> with_window(std::vector<Parameter> parameters) {
  parameters.insert(parameters.end(), {constant("strides", i32, all_1), constant("pad_type", str, word("valid")),
                                       constant("pad", i32, all_0), constant("dilations", i32, all_1),
                                       constant("groups", i32, number(1))});
  return parameters;
}

OperationRow pooling(std::string_view name, Rule rule) {
  return {name,
          ios15,
          {{'T', floats}},
          {in("x", 'T'), constant("kernel_sizes", i32), constant("strides", i32, all_1), constant("pad_type", str),
           constant("pad", i32, all_0), constant("ceil_mode", boolean, no)},
          rule};
}

OperationRow average_pooling() {
  OperationRow row = pooling("avg_pool", pool);
  row.parameters.push_back(constant("exclude_padding_from_average", boolean, no));
  return row;
}

}  // namespace

std::vector<OperationRow> convolution_operations() {
  OperationRow transposed_15{"conv_transpose",
                             ios15,
                             {{'T', floats}},
                             with_window({in("x", 'T'), constant("weight", 'T'), constant("bias", 'T', none),
                                          constant("output_shape", i32, none)}),
                             conv_transpose};
  OperationRow transposed_17{
      "conv_transpose",
      ios17,
      {{'T', floats}, {'U', floats}},
      with_window({in("x", 'T'), in("weight", 'U'), in("bias", 'U', none), constant("output_shape", i32, none)}),
      conv_transpose};
  return {
      {"conv",
       ios15,
       {{'T', floats}},
       with_window({in("x", 'T'), in("weight", 'T'), constant("bias", 'T', none)}),
       conv},
      {"conv",
       ios17,
       {{'T', floats}, {'U', floats}},
       with_window({in("x", 'T'), in("weight", 'U'), in("bias", 'U', none)}),
       conv},
      {"conv_quantized",
       ios15,
       {{'T', floats}},
       with_window({in("x", 'T'), in("weight", u8), constant("bias", u8, none), constant("quantization_type", str),
                    constant("nbits", i32, number(8)), constant("quant_scale", 'T'), constant("quant_bias", 'T')}),
       conv},
      transposed_15,
      transposed_17,
      average_pooling(),
      pooling("max_pool", pool),
      pooling("l2_pool", l2_pool),
  };
}

}  // namespace goldilocks::ml_program
