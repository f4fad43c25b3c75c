// Reductions along axes, and running sums.
#include <array>
#include <numeric>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

// The kit's reductions go by the same names, but for "prod" and the norms.
std::string kit_name(std::string_view type) {
  if (type == "reduce_prod") return "reduce_product";
  return std::string(type.ends_with("_norm") ? type.substr(0, type.size() - 5) : type);
}

void lower_reduction(Op& op) {
  const Node x = op.input("x");
  std::vector<std::int64_t> axes(op.rank(x));
  std::iota(axes.begin(), axes.end(), 0);
  if (op.has("axes")) axes = op.integers("axes");
  for (std::int64_t& axis : axes) axis = op.axis(axis, op.rank(x));
  if (axes.empty()) return op.give(x);
  op.give(op.add(kit_name(op.operation().type), {x},
                 {{"axes", axes}, {"keep_dims", std::int64_t{op.flag("keep_dims") ? 1 : 0}}}));
}

void lower_place(Op& op) {
  const Node x = op.input("x");
  const char* type = op.operation().type == "reduce_argmax" ? "arg_max" : "arg_min";
  op.give(op.add_as(
      GLK_INT32, type, {x},
      {{"axis", op.axis(op.integer("axis"), op.rank(x))}, {"keep_dims", std::int64_t{op.flag("keep_dims") ? 1 : 0}}}));
}

void lower_cumsum(Op& op) {
  const Node x = op.input("x");
  op.give(op.add("cumulative_sum", {x},
                 {{"axis", op.axis(op.integer("axis"), op.rank(x))},
                  {"exclusive", std::int64_t{op.flag("exclusive") ? 1 : 0}},
                  {"reverse", std::int64_t{op.flag("reverse") ? 1 : 0}}}));
}

constexpr std::array reduction_rows = {
    LoweringRow{"cumsum", lower_cumsum},
    LoweringRow{"reduce_argmax", lower_place},
    LoweringRow{"reduce_argmin", lower_place},
    LoweringRow{"reduce_l1_norm", lower_reduction},
    LoweringRow{"reduce_l2_norm", lower_reduction},
    LoweringRow{"reduce_log_sum", lower_reduction},
    LoweringRow{"reduce_log_sum_exp", lower_reduction},
    LoweringRow{"reduce_max", lower_reduction, true},
    LoweringRow{"reduce_mean", lower_reduction},
    LoweringRow{"reduce_min", lower_reduction, true},
    LoweringRow{"reduce_prod", lower_reduction},
    LoweringRow{"reduce_sum", lower_reduction},
    LoweringRow{"reduce_sum_square", lower_reduction},
};

}  // namespace

std::span<const LoweringRow> reduction_lowerings() { return reduction_rows; }

}  // namespace goldilocks::ml_program
