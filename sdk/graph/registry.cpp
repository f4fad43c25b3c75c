// The list of all operations, gathered from the families in kernels/, and the checks that all of them share.
#include <algorithm>
#include <array>
#include <deque>
#include <string>

#include <goldilocks/graph/kernel.hpp>

#include "kernels/families.hpp"
#include "open_shapes.hpp"

namespace goldilocks::graph {
namespace {

std::vector<Kernel> gather() {
  const std::array families = {
      activation_kernels(),    arithmetic_kernels(),  control_flow_kernels(),     convolution_kernels(),
      deconvolution_kernels(), elementary_kernels(),  inner_product_kernels(),    layout_kernels(),
      normalization_kernels(), ordering_kernels(),    padding_kernels(),          pairwise_kernels(),
      pooling_kernels(),       recurrent_kernels(),   reduction_kernels(),        resampling_kernels(),
      unary_kernels(),         embedding_kernels(),   constant_padding_kernels(), convolution_3d_kernels(),
      pooling_3d_kernels(),    resizing_kernels(),    matmul_kernels(),           gathering_kernels(),
      repeating_kernels(),     scattering_kernels(),  selecting_kernels(),        slicing_kernels(),
      random_kernels(),        suppression_kernels(), encoding_kernels(),         scaling_kernels(),
      scoring_kernels(),       casting_kernels(),
  };
  std::vector<Kernel> all;
  for (const std::span<const Kernel> family : families) all.insert(all.end(), family.begin(), family.end());
  std::ranges::stable_sort(all, {}, &Kernel::type);
  return all;
}

}  // namespace

std::span<const Kernel> kernels() {
  static const std::vector<Kernel> all = gather();
  return all;
}

const Kernel* find_kernel(std::string_view type) {
  const std::span<const Kernel> all = kernels();
  const auto found = std::ranges::lower_bound(all, type, {}, &Kernel::type);
  return found != all.end() && found->type == type ? &*found : nullptr;
}

const Kernel* find_kernel(std::string_view type, const ElementTypes& types) {
  const auto is_float32 = [](std::int32_t element) { return element == GLK_FLOAT32 || element == 0; };
  for (const Kernel* kernel = find_kernel(type); kernel != nullptr; ++kernel) {
    if (kernel == kernels().data() + kernels().size() || kernel->type != type) return nullptr;
    const bool takes = kernel->takes != nullptr ? kernel->takes(types)
                                                : std::ranges::all_of(types.inputs, is_float32) &&
                                                      std::ranges::all_of(types.outputs, is_float32);
    if (takes) return kernel;
  }
  return nullptr;
}

ElementTypes element_types(const GraphView& graph, const OperationView& operation) {
  ElementTypes types;
  for (const std::uint32_t input : operation.inputs()) {
    types.inputs.push_back(input == GLK_NO_VALUE ? 0 : graph.value(input).type());
  }
  for (const std::uint32_t output : operation.outputs()) types.outputs.push_back(graph.value(output).type());
  return types;
}

namespace {

ElementTypes with_float32_for_float16(ElementTypes types) {
  std::ranges::replace(types.inputs, GLK_FLOAT16, GLK_FLOAT32);
  std::ranges::replace(types.outputs, GLK_FLOAT16, GLK_FLOAT32);
  return types;
}

// float16 goes through float32: converted before, and rounded after.
Step widened_step(const OperationView& operation, const Kernel& kernel) {
  return [operation, run = kernel.run](std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) {
    std::deque<std::vector<float>> floats;
    const auto wide = [&](std::size_t size) { return std::span<float>(floats.emplace_back(size)); };
    std::vector<TensorView> wide_inputs(inputs.begin(), inputs.end());
    for (TensorView& input : wide_inputs) {
      if (!input.present() || input.type != GLK_FLOAT16) continue;
      const std::span<float> values = wide(input.size());
      std::ranges::transform(input.elements<std::uint16_t>(), values.begin(), float_from_half);
      input = {input.dims, values};
    }
    std::vector<MutableTensorView> wide_outputs(outputs.begin(), outputs.end());
    for (MutableTensorView& output : wide_outputs) {
      if (output.type == GLK_FLOAT16) output = {output.dims, wide(output.size())};
    }
    run(operation, wide_inputs, wide_outputs);
    for (std::size_t index = 0; index < outputs.size(); ++index) {
      if (outputs[index].type != GLK_FLOAT16) continue;
      std::ranges::transform(wide_outputs[index].values, outputs[index].elements<std::uint16_t>().begin(),
                             half_from_float);
    }
  };
}

std::string names_of(const ElementTypes& types) {
  std::string text;
  for (const auto* list : {&types.inputs, &types.outputs}) {
    if (list == &types.outputs) text += " to ";
    for (std::size_t index = 0; index < list->size(); ++index) {
      if (index > 0) text += ", ";
      text += (*list)[index] == 0 ? "nothing" : type_name((*list)[index]);
    }
  }
  return text;
}

}  // namespace

bool has_kernel(const OperationView& operation, const ElementTypes& types) {
  return find_kernel(operation.type(), types) != nullptr ||
         find_kernel(operation.type(), with_float32_for_float16(types)) != nullptr;
}

Step kernel_step(const OperationView& operation, const ElementTypes& types) {
  if (const Kernel* kernel = find_kernel(operation.type(), types)) {
    return
        [operation, run = kernel->run](std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) {
          run(operation, inputs, outputs);
        };
  }
  if (const Kernel* kernel = find_kernel(operation.type(), with_float32_for_float16(types))) {
    return widened_step(operation, *kernel);
  }
  operation.fail("no kernel takes these types: " + names_of(types));
}

bool is_open(std::span<const std::int64_t> dims) { return std::ranges::find(dims, -1) != dims.end(); }

namespace {

const Kernel& kernel_of(const OperationView& operation) {
  const Kernel* kernel = find_kernel(operation.type());
  if (kernel == nullptr) operation.fail("this type of operation is not known");
  return *kernel;
}

// Sizes that its lists may ask of an input: their entries, sums (of parts) and products (of shapes), and multiples of
// these, for what a -1 in a shape stands for. Long lists are left out: no layer of the format has one. And a number
// times what another input has: the groups of a convolution, and the channels that its weights have for each of them.
Dims stated_sizes(const OperationView& operation, std::span<const Dims> inputs) {
  constexpr std::int64_t largest = std::int64_t{1} << 24;
  Dims sizes;
  const glk_operation& raw = operation.raw();
  for (const glk_attribute* attribute : std::span(raw.attributes, raw.attribute_count)) {
    if (attribute->type == GLK_ATTRIBUTE_INTEGER && attribute->integer > 1 && attribute->integer <= largest) {
      for (const Dims& dims : inputs) {
        for (const std::int64_t size : dims) {
          if (size > 0 && size <= largest) sizes.push_back(attribute->integer * size);
        }
      }
    }
    if (attribute->type != GLK_ATTRIBUTE_INTEGERS || attribute->count > 64) continue;
    std::int64_t sum = 0, product = 1;
    for (const std::int64_t entry : std::span(attribute->integers, attribute->count)) {
      if (entry < 1 || entry > largest) continue;
      sizes.push_back(entry);
      sum += entry;
      if (product <= largest) product *= entry;
    }
    if (sum > 0) sizes.insert(sizes.end(), {sum, product, 2 * product, 3 * product});
  }
  std::erase_if(sizes, [](std::int64_t size) { return size > largest; });
  return sizes;
}

// Calls a shape rule, and checks what all results have in common.
template <class Rule>
std::vector<Dims> checked(const OperationView& operation, const Rule& rule) {
  std::vector<Dims> outputs;
  try {
    outputs = rule();
    for (const Dims& dims : outputs) {
      if (!is_open(dims) && element_count(dims) == 0) operation.fail("the output would be empty: " + to_text(dims));
    }
  } catch (const GraphError& error) {
    // Sizes are counted by a helper that doesn't know the place.
    if (error.problem() == error.what()) operation.fail(error.problem());
    throw;
  }
  if (outputs.size() != operation.outputs().size()) {
    operation.fail("has " + std::to_string(operation.outputs().size()) + " outputs instead of " +
                   std::to_string(outputs.size()));
  }
  return outputs;
}

}  // namespace

std::vector<Dims> infer_shapes(const OperationView& operation, std::span<const Dims> inputs) {
  const Kernel& kernel = kernel_of(operation);
  if (inputs.size() != operation.inputs().size()) operation.fail("as many shapes are needed as it has inputs");
  const auto rule = [&](std::span<const Dims> known) {
    return checked(operation, [&] { return kernel.infer_shapes(operation, known); });
  };
  if (kernel.run == nullptr || std::ranges::none_of(inputs, is_open)) return rule(inputs);
  return checked(operation, [&] { return infer_open_shapes(inputs, stated_sizes(operation, inputs), rule); });
}

std::vector<Dims> infer_shapes(const OperationView& operation, std::span<const TensorView> inputs) {
  const Kernel& kernel = kernel_of(operation);
  std::vector<Dims> dims;
  for (const TensorView& input : inputs) dims.emplace_back(input.dims.begin(), input.dims.end());
  std::vector<Dims> shapes = infer_shapes(operation, dims);  // its checks hold for any values
  if (kernel.shapes_from_values == nullptr) return shapes;
  return checked(operation, [&] { return kernel.shapes_from_values(operation, inputs); });
}

}  // namespace goldilocks::graph
