// By size: sorted indexes, the largest values, boxes that stay.
#include <array>
#include <limits>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

void lower_argsort(Op& op) {
  const Node x = op.input("x");
  op.give(op.add_as(
      GLK_INT32, "arg_sort", {x},
      {{"axis", op.axis(op.integer("axis"), op.rank(x))}, {"descending", std::int64_t{op.flag("ascending") ? 0 : 1}}}));
}

void lower_topk(Op& op) {
  const Node x = op.input("x");
  const std::int64_t axis = op.axis(op.integer("axis"), op.rank(x));
  Attributes attributes = {{"axis", axis}, {"smallest", std::int64_t{op.flag("ascending") ? 1 : 0}}};
  const auto k = op.known_integers("k");
  Nodes results;
  if (k && k->size() == 1) {
    attributes.push_back({"k", k->at(0) == -1 ? op.dims(x)[static_cast<std::size_t>(axis)] : k->at(0)});
    results = op.add_all("top_k", {x}, std::move(attributes), {op.type(x), GLK_INT32});
  } else {
    results = op.add_all("dynamic_top_k", {x, op.input("k")}, std::move(attributes), {op.type(x), GLK_INT32});
  }
  op.give(results[0]);
  if (op.opset() < Opset::ios16 || op.flag("return_indices")) op.give(results[1]);
}

// From iOS 17 on boxes come as columns, no score is too low, and boxes that stay are not counted.
void lower_non_maximum_suppression(Op& op) {
  const bool columns = op.opset() >= Opset::ios17;
  const std::vector<std::int64_t> turned = {0, 2, 1};
  const auto rows_of = [&](Node node) { return columns ? op.transpose(node, turned) : node; };
  const Node boxes = rows_of(op.input("boxes"));
  const Node scores = rows_of(op.input("scores"));
  const double threshold = columns ? -std::numeric_limits<double>::max() : op.real("score_threshold");
  const Nodes results = op.add_all("non_maximum_suppression", {boxes, scores},
                                   {{"iou_threshold", op.real("iou_threshold")},
                                    {"score_threshold", threshold},
                                    {"boxes", op.real("max_boxes")},
                                    {"per_class", std::int64_t{op.flag("per_class_suppression") ? 1 : 0}}},
                                   std::vector<std::int32_t>(4, GLK_FLOAT32));
  op.give(rows_of(results[0]));
  op.give(rows_of(results[1]));
  op.give(results[2]);
  if (!columns) op.give(results[3]);
}

constexpr std::array ordering_rows = {
    LoweringRow{"argsort", lower_argsort},
    LoweringRow{"non_maximum_suppression", lower_non_maximum_suppression, true},
    LoweringRow{"topk", lower_topk, true},
};

}  // namespace

std::span<const LoweringRow> ordering_lowerings() { return ordering_rows; }

}  // namespace goldilocks::ml_program
