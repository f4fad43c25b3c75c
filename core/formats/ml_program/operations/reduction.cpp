// Reductions along axes, sums that run along one, and what is filled without regard to values.
#include <set>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

Shape reduced(const Inference& op, const std::set<std::int64_t>& axes) {
  const auto keep = op.flag("keep_dims");
  if (!keep) throw Undetermined{};
  const Shape& x = op.shape("x");
  Shape shape;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!axes.contains(static_cast<std::int64_t>(i))) {
      shape.push_back(x[i]);
    } else if (*keep) {
      shape.push_back(1);
    }
  }
  return shape;
}

void reduce(Inference& op) {
  const std::int64_t rank = op.rank("x");
  std::set<std::int64_t> axes;
  if (op.has("axes")) {
    axes = op.axes("axes", rank);
  } else {
    for (std::int64_t axis = 0; axis < rank; ++axis) axes.insert(axis);
  }
  op.result(op.element("x"), reduced(op, axes));
}

void reduce_to_index(Inference& op) {
  const auto axis = op.integer("axis");
  if (!axis) throw Undetermined{};
  ElementType element = ElementType::int32;
  if (op.opset() >= ios17) {
    element = op.one_of("output_dtype", {"int32", "uint16"}) == "int32" ? ElementType::int32 : ElementType::uint16;
  }
  op.result(element, reduced(op, {op.axis("axis", *axis, op.rank("x"))}));
}

void cumsum(Inference& op) {
  const auto axis = op.integer("axis");
  if (axis) {
    op.require(*axis >= -1, "axis {} is below -1", *axis);
    op.axis("axis", *axis, op.rank("x"));
  }
  same_as_x(op);
}

OperationRow reduction(std::string_view name) {
  return {name,
          ios15,
          {{'T', numbers}},
          {in("x", 'T'), constant("axes", i32, none), constant("keep_dims", boolean, no)},
          reduce};
}

OperationRow index_reduction(std::string_view name, Opset since) {
  OperationRow row{name,
                   since,
                   {{'T', numbers}},
                   {in("x", 'T'), constant("axis", i32, number(-1)), constant("keep_dims", boolean, no)},
                   reduce_to_index};
  if (since >= ios17) row.parameters.push_back(constant("output_dtype", str, word("int32")));
  return row;
}

}  // namespace

std::vector<OperationRow> reduction_operations() {
  return {
      reduction("reduce_l1_norm"),
      reduction("reduce_l2_norm"),
      reduction("reduce_log_sum"),
      reduction("reduce_log_sum_exp"),
      reduction("reduce_max"),
      reduction("reduce_mean"),
      reduction("reduce_min"),
      reduction("reduce_prod"),
      reduction("reduce_sum"),
      reduction("reduce_sum_square"),
      index_reduction("reduce_argmax", ios15),
      index_reduction("reduce_argmax", ios17),
      index_reduction("reduce_argmin", ios15),
      index_reduction("reduce_argmin", ios17),
      {"cumsum",
       ios15,
       {{'T', numbers}},
       {in("x", 'T'), constant("axis", i32, number(0)), constant("exclusive", boolean, no),
        constant("reverse", boolean, no)},
       cumsum},
  };
}

}  // namespace goldilocks::ml_program
