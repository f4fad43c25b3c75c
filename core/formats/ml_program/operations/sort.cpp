// Orders, selections and positions that depend on values.
#include <algorithm>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

void argsort(Inference& op) {
  if (const auto axis = op.integer("axis")) op.axis("axis", *axis, op.rank("x"));
  op.result(ElementType::int32, op.shape("x"));
}

void topk(Inference& op) {
  const auto axis_given = op.integer("axis");
  const auto k = op.integer("k");
  if (!axis_given || !k) throw Undetermined{};
  Shape shape = op.shape("x");
  std::int64_t& dim = shape[static_cast<std::size_t>(op.axis("axis", *axis_given, op.rank("x")))];
  // -1 means all by the description, and Apple's tools then declare what they like.
  const bool all = *k == -1 && op.opset() >= ios17;
  op.require(all || (*k >= 0 && (dim == unknown || *k <= dim)), "k is {} of {}", *k, dim);
  dim = all ? unknown : *k;
  ElementType indices = ElementType::int32;
  if (op.opset() >= ios17 && op.one_of("output_indices_dtype", {"int32", "uint16"}) == "uint16") {
    indices = ElementType::uint16;
  }
  op.result(op.element("x"), shape);
  const auto returned = op.opset() >= ios16 ? op.flag("return_indices") : std::optional(true);
  if (!returned) throw Undetermined{};
  if (*returned) op.result(indices, shape);
}

void non_zero(Inference& op) { op.result(ElementType::int32, {unknown, op.rank("x")}); }

void one_hot(Inference& op) {
  Shape shape = op.shape("indices");
  const auto axis = op.integer("axis");
  if (!axis) throw Undetermined{};
  const auto size = op.integer("one_hot_vector_size");
  op.require(!size || *size >= 0, "one_hot_vector_size is {}", size.value_or(0));
  shape.insert(shape.begin() + op.axis("axis", *axis, op.rank("indices") + 1), size.value_or(unknown));
  const ElementType element = op.has("on_value")    ? op.element("on_value")
                              : op.has("off_value") ? op.element("off_value")
                                                    : ElementType::int32;
  op.result(element, shape);
}

std::int64_t max_boxes_of(const Inference& op) {
  const auto count = op.integer("max_boxes");
  op.require(!count || *count >= 1, "max_boxes is {}", count.value_or(0));
  return count.value_or(unknown);
}

// Boxes [n, B, 4] and scores [n, B, K].
void non_maximum_suppression(Inference& op) {
  op.require_rank("boxes", 3, 3);
  op.require_rank("scores", 3, 3);
  const Shape& boxes = op.shape("boxes");
  const Shape& scores = op.shape("scores");
  op.require(may_be_equal(boxes, {scores[0], scores[1], 4}), "boxes {} and scores {} must be [n, B, 4] and [n, B, K]",
             text(boxes), text(scores));
  const std::int64_t kept = max_boxes_of(op);
  op.result(op.element("boxes"), {boxes[0], kept, boxes[2]});
  op.result(op.element("scores"), {boxes[0], kept, scores[2]});
  op.result(ElementType::int32, {boxes[0], kept});
  op.result(ElementType::int32, {boxes[0]});
}

// Boxes [n, 4, B] and scores [n, K, B].
void non_maximum_suppression_ios17(Inference& op) {
  op.require_rank("boxes", 3, 3);
  op.require_rank("scores", 3, 3);
  const Shape& boxes = op.shape("boxes");
  const Shape& scores = op.shape("scores");
  op.require(may_be_equal(boxes, {scores[0], 4, scores[2]}), "boxes {} and scores {} must be [n, 4, B] and [n, K, B]",
             text(boxes), text(scores));
  const std::int64_t kept = max_boxes_of(op);
  op.result(op.element("boxes"), {boxes[0], boxes[1], kept});
  op.result(op.element("scores"), {boxes[0], scores[1], kept});
  op.result(ElementType::int32, {boxes[0], kept});
}

}  // namespace

std::vector<OperationRow> sort_operations() {
  return {
      {"argsort",
       ios15,
       {{'T', numbers}},
       {in("x", 'T'), constant("axis", i32, number(-1)), constant("ascending", boolean, no)},
       argsort},
      {"topk",
       ios15,
       {{'T', numbers}},
       {in("x", 'T'), constant("k", i32, number(1)), constant("axis", i32, number(-1)),
        constant("ascending", boolean, no)},
       topk},
      {"topk",
       ios16,
       {{'T', numbers}},
       {in("x", 'T'), constant("k", i32, number(1)), constant("axis", i32, number(-1)),
        constant("ascending", boolean, no), constant("sort", boolean, yes), constant("return_indices", boolean, yes)},
       topk},
      {"topk",
       ios17,
       {{'T', numbers | short_integers}, {'K', i8 | i16 | i32}},
       {in("x", 'T'), constant("k", 'K', number(1)), constant("axis", i32, number(-1)),
        constant("ascending", boolean, no), constant("sort", boolean, yes), constant("return_indices", boolean, yes),
        constant("output_indices_dtype", str, word("int32"))},
       topk},
      {"non_zero", ios15, {{'T', numbers_and_bool}}, {in("x", 'T')}, non_zero},
      {"one_hot",
       ios15,
       {{'T', numbers_and_bool}},
       {in("indices", i32), in("one_hot_vector_size", i32), constant("axis", i32, number(-1)),
        constant("on_value", 'T', number(1)), constant("off_value", 'T', number(0))},
       one_hot},
      {"non_maximum_suppression",
       ios15,
       {{'T', floats}},
       {in("boxes", 'T'), in("scores", 'T'), constant("iou_threshold", 'T'), constant("score_threshold", 'T'),
        constant("max_boxes", i32), constant("per_class_suppression", boolean, no)},
       non_maximum_suppression},
      {"non_maximum_suppression",
       ios17,
       {{'T', floats}},
       {in("boxes", 'T'), in("scores", 'T'), constant("iou_threshold", 'T'), constant("max_boxes", i32),
        constant("per_class_suppression", boolean, no)},
       non_maximum_suppression_ios17},
  };
}

}  // namespace goldilocks::ml_program
