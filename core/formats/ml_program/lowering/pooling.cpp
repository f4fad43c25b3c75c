// Pools along one to three axes.
#include <array>
#include <string>

#include "core/formats/ml_program/lowering/rows.hpp"
#include "core/formats/ml_program/lowering/windows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

void lower_pool(Op& op) {
  const std::string_view type = op.operation().type;
  const std::string kind = type == "max_pool" ? "max_pool" : type == "avg_pool" ? "average_pool" : "l2_pool";
  Node x = op.input("x");
  std::vector<WindowAxis> axes = window_of(op, op.dims(x), op.integers("kernel_sizes"), op.word("pad_type"));
  const std::size_t spatial = axes.size();
  if (spatial == 1) {
    axes.insert(axes.begin(), WindowAxis());
    x = with_height(op, x);
  }
  Attributes attributes = {{"kernel", each(axes, &WindowAxis::kernel)},
                           {"strides", each(axes, &WindowAxis::stride)},
                           {"pads", pads_of(axes)}};
  if (spatial < 3) attributes.push_back({"round_up", std::int64_t{op.flag("ceil_mode") ? 1 : 0}});
  if (kind == "average_pool") {
    attributes.push_back({"exclude_padding", std::int64_t{op.flag("exclude_padding_from_average") ? 1 : 0}});
  }
  if (spatial == 3 && kind == "l2_pool") op.fail("is run along one or two axes");
  if (spatial == 3 && op.flag("ceil_mode")) op.fail("is run with ceil_mode along one or two axes");
  const Node y = op.add(spatial == 3 ? kind + "_3d" : kind, {x}, std::move(attributes));
  op.give(spatial == 1 ? without_height(op, y) : y);
}

constexpr std::array pooling_rows = {
    LoweringRow{"avg_pool", lower_pool},
    LoweringRow{"l2_pool", lower_pool},
    LoweringRow{"max_pool", lower_pool, true},
};

}  // namespace

std::span<const LoweringRow> pooling_lowerings() { return pooling_rows; }

}  // namespace goldilocks::ml_program
