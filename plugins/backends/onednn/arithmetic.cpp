// add, subtract, multiply, divide, maximum, minimum and average: from left to right, two at a time, each sum over the
// one before.
//
//      average(a, b, c):  t = a + b;  t = (t + c) * 1/3
//
// Inputs of the output's shape are taken in the layout that the first computed one has; an input that broadcasts is
// read plain, which with the other in blocks works for one value per channel or one in all.
//
// Where channels don't fill the processor's vectors, oneDNN 2.6 handles neither an activation nor broadcasting in
// blocks: it gives wrong values and writes beyond the tensor's end. Then everything is read plain.
#include <algorithm>
#include <string_view>
#include <vector>

#include "makers.hpp"

namespace goldilocks::onednn {
namespace {

using dnnl::algorithm;
using dnnl::memory;

algorithm algorithm_of(std::string_view type) {
  if (type == "multiply") return algorithm::binary_mul;
  if (type == "subtract") return algorithm::binary_sub;
  if (type == "divide") return algorithm::binary_div;
  if (type == "maximum") return algorithm::binary_max;
  return type == "minimum" ? algorithm::binary_min : algorithm::binary_add;
}

struct Operand {
  std::uint32_t value;
  Layout layout;
  memory::desc desc;
};

// Folding the dimensions before the last three is right only if all of them broadcast, or none.
bool folds(const graph::Dims& dims, const graph::Dims& whole) {
  const ImageDims image = image_dims(dims);
  const ImageDims target = image_dims(whole);
  return image.n == target.n || image.n == 1;
}

std::optional<std::vector<Operand>> operands_in(const PlanBuilder& builder, const graph::OperationView& operation,
                                                std::uint32_t output, Layout layout) {
  const ImageDims target = builder.image(output);
  std::vector<Operand> operands;
  for (const std::uint32_t input : operation.inputs()) {
    const ImageDims image = builder.image(input);
    if (!folds(builder.dims(input), builder.dims(output))) return std::nullopt;
    const Layout own = image == target ? layout : Layout::plain;
    operands.push_back({input, own, describe(image, own)});
  }
  // oneDNN broadcasts the second operand only.
  const auto full =
      std::ranges::find_if(operands, [&](const Operand& operand) { return builder.image(operand.value) == target; });
  if (full == operands.end()) return std::nullopt;
  const bool in_order = operation.type() == "subtract" || operation.type() == "divide";
  if (in_order && full != operands.begin()) return std::nullopt;
  std::rotate(operands.begin(), full, full + 1);
  return operands;
}

bool suits_blocks(const PlanBuilder& builder, const Group& group, const std::vector<Operand>& operands) {
  const ImageDims whole = builder.image(group.output);
  if (whole.c % block_of(builder.context().blocked) == 0) return true;
  // What fills the blocks is 0, and 0 / 0 would stay there.
  if (builder.graph().operation(group.operation).type() == "divide") return false;
  const bool scaled = builder.graph().operation(group.operation).type() == "average";
  const bool broadcast =
      std::ranges::any_of(operands, [&](const Operand& operand) { return builder.image(operand.value) != whole; });
  return !scaled && !broadcast && group.activation.empty();
}

// One primitive for each operand after the first; none if one of them has no fast code.
std::optional<std::vector<dnnl::binary::primitive_desc>> describe_chain(const PlanBuilder& builder, const Group& group,
                                                                        const std::vector<Operand>& operands) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const memory::desc& whole = operands[0].desc;
  std::vector<Eltwise> after = group.activation;
  if (operation.type() == "average") {
    after.insert(after.begin(), {algorithm::eltwise_linear, 1.0F / static_cast<float>(operands.size())});
  }
  std::vector<dnnl::binary::primitive_desc> chain;
  for (std::size_t index = 1; index < operands.size(); ++index) {
    const bool last = index + 1 == operands.size();
    const auto description = try_describe([&] {
      const dnnl::binary::desc shape(algorithm_of(operation.type()), whole, operands[index].desc, whole);
      return dnnl::binary::primitive_desc(
          shape, primitive_attributes(last ? std::span<const Eltwise>(after) : std::span<const Eltwise>()),
          builder.context().engine);
    });
    if (!description) return std::nullopt;
    chain.push_back(*description);
  }
  return chain;
}

}  // namespace

bool add_arithmetic(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::span<const std::uint32_t> inputs = operation.inputs();
  const std::string_view type = operation.type();
  if (inputs.size() < 2) return false;
  if (builder.every_number() && (type == "maximum" || type == "minimum" || !group.activation.empty())) return false;
  const auto computed = std::ranges::find_if(inputs, [&](std::uint32_t input) {
    return builder.layout(input) != Layout::plain && builder.image(input) == builder.image(group.output);
  });
  const Layout preferred = computed == inputs.end() ? Layout::plain : builder.layout(*computed);
  for (const Layout layout : {preferred, Layout::plain}) {
    const auto operands = operands_in(builder, operation, group.output, layout);
    if (!operands || (layout != Layout::plain && !suits_blocks(builder, group, *operands))) continue;
    const auto chain = describe_chain(builder, group, *operands);
    if (!chain) continue;
    std::vector<SlotId> slots;
    for (const Operand& operand : *operands) slots.push_back(builder.read(operand.value, operand.layout));
    // Written over the first operand if that is free; but not over one that is to be read again.
    const bool again = std::ranges::count(inputs, operands->front().value) > 1;
    const SlotId to =
        again ? builder.write(group.output, layout) : builder.write_over(group.output, layout, operands->front().value);
    for (std::size_t index = 0; index < chain->size(); ++index) {
      PrimitiveStep step = make_step<dnnl::binary>(operation, (*chain)[index]);
      step.arguments = {{DNNL_ARG_SRC_0, index == 0 ? slots[0] : to, operands->front().desc},
                        {DNNL_ARG_SRC_1, slots[index + 1], (*operands)[index + 1].desc},
                        {DNNL_ARG_DST, to, operands->front().desc}};
      builder.add(std::move(step));
    }
    return true;
  }
  return false;
}

}  // namespace goldilocks::onednn
