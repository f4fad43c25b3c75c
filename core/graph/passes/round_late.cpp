// Rounds after an activation that only cuts off, so that the operation before and the activation stand side by side:
//
//      relu(round_to_half(x))  ->  round_to_half(relu(x))
//
// Both give the same bits where the ends of what is cut off are numbers of float16.
#include <string_view>

#include <goldilocks/graph/elements.hpp>

#include "core/graph/passes/passes.hpp"

namespace goldilocks::lowering {
namespace {

bool is_half_number(double number) {
  const auto value = static_cast<float>(number);
  return static_cast<double>(value) == number && graph::rounded_to_half(value) == value;
}

bool cuts_off(const graph::OperationView& operation) {
  if (operation.type() == "relu") return true;
  return operation.type() == "clip" && is_half_number(operation.number("minimum")) &&
         is_half_number(operation.number("maximum"));
}

}  // namespace

void round_late(Rewriter& rewriter) {
  for (std::size_t index = 0; index < rewriter.operation_count(); ++index) {
    const graph::OperationView operation = rewriter.operation(index);
    if (!cuts_off(operation) || !rewriter.is_float(operation.outputs()[0])) continue;
    const std::uint32_t rounded = operation.inputs()[0];
    const auto rounding = rewriter.giver(rounded, "round_to_half");
    if (!rounding || !rewriter.has_sole_reader(rounded)) continue;
    const std::uint32_t source = rounding->inputs()[0];
    const std::string type(operation.type());
    const std::uint32_t cut = rewriter.insert(index, type, {source}, rewriter.graph().attributes(index), GLK_FLOAT32);
    rewriter.replace(index + 1, "round_to_half", {cut}, {});
  }
}

}  // namespace goldilocks::lowering
