// Casts and roundings that change nothing:
//
//      cast(cast(x))  ->  cast(x) or x     where the type in between holds all numbers of x's
//      round_to_half(x)  ->  x             where x has been rounded, and since then only moved
#include <algorithm>
#include <array>
#include <string_view>

#include <goldilocks/graph/elements.hpp>

#include "core/graph/passes/passes.hpp"

namespace goldilocks::lowering {
namespace {

// Bits of the whole numbers that a type holds exactly, without a sign; and whether it has one.
struct Range {
  int bits;
  bool is_signed;
  bool is_whole;
};

Range range_of(std::int32_t type) {
  switch (type) {
    case GLK_BOOL:
      return {1, false, true};
    case GLK_UINT8:
      return {8, false, true};
    case GLK_UINT16:
      return {16, false, true};
    case GLK_UINT32:
      return {32, false, true};
    case GLK_INT8:
      return {7, true, true};
    case GLK_INT16:
      return {15, true, true};
    case GLK_INT32:
      return {31, true, true};
    case GLK_INT64:
      return {63, true, true};
    case GLK_FLOAT32:
      return {24, true, false};
    case GLK_FLOAT64:
      return {53, true, false};
    default:
      return {0, false, false};
  }
}

bool holds(std::int32_t type, std::int32_t other) {
  if (type == other) return true;
  const Range range = range_of(type), needed = range_of(other);
  if (needed.bits == 0 || type == GLK_BOOL || (range.is_whole && !needed.is_whole)) return false;
  return range.bits >= needed.bits && (range.is_signed || !needed.is_signed);
}

void cancel_cast(Rewriter& rewriter, std::size_t index) {
  const graph::OperationView outer = rewriter.operation(index);
  const std::uint32_t output = outer.outputs()[0];
  GraphBuilder& graph = rewriter.graph();
  std::uint32_t source = outer.inputs()[0];
  if (const auto inner = rewriter.giver(source, "cast");
      inner && holds(graph.type(source), graph.type(inner->inputs()[0]))) {
    source = inner->inputs()[0];
    rewriter.replace(index, "cast", {source}, {});
  }
  if (graph.type(source) == graph.type(output) && graph.dims(source) == graph.dims(output)) {
    rewriter.redirect(output, source);
  }
}

bool is_half(float value) { return graph::rounded_to_half(value) == value; }

// What gives one of its inputs' numbers at each place.
constexpr std::array<std::string_view, 18> moving = {
    "band",    "broadcast", "concat",          "gather",     "max_pool",  "max_pool_3d",
    "maximum", "minimum",   "reduce_max",      "reduce_min", "relu",      "reshape",
    "slice",   "split",     "sliding_windows", "tile",       "transpose", "reverse_sequence"};

constexpr int farthest_move = 32;

// Whether all numbers of the value are those of float16.
bool is_rounded(const Rewriter& rewriter, std::uint32_t value, int depth) {
  const GraphBuilder& graph = rewriter.graph();
  if (depth == farthest_move || value == GLK_NO_VALUE || !rewriter.is_float(value)) return false;
  if (graph.is_constant(value)) return std::ranges::all_of(graph.content(value), is_half);
  const auto giver = rewriter.giver(value);
  if (!giver) return false;
  const graph::OperationView operation = rewriter.operation(*giver);
  if (operation.type() == "round_to_half") return true;
  if (std::ranges::find(moving, operation.type()) == moving.end()) return false;
  const std::size_t read = operation.type() == "gather" ? 1 : operation.inputs().size();
  return std::ranges::all_of(operation.inputs().first(read),
                             [&](std::uint32_t input) { return is_rounded(rewriter, input, depth + 1); });
}

}  // namespace

void cancel_casts(Rewriter& rewriter) {
  for (std::size_t index = 0; index < rewriter.operation_count(); ++index) {
    const graph::OperationView operation = rewriter.operation(index);
    if (operation.type() == "cast") cancel_cast(rewriter, index);
    if (operation.type() == "round_to_half" && is_rounded(rewriter, operation.inputs()[0], 0)) {
      rewriter.redirect(operation.outputs()[0], operation.inputs()[0]);
    }
  }
}

}  // namespace goldilocks::lowering
