#include "core/formats/ml_program/lowering/windows.hpp"

#include <algorithm>

namespace goldilocks::ml_program {

std::vector<WindowAxis> window_of(OperationLowering& op, const Dims& x, const std::vector<std::int64_t>& kernel,
                                  std::string_view pad_type) {
  const std::vector<std::int64_t> ones(kernel.size(), 1);
  const std::vector<std::int64_t> strides = op.integers("strides", ones);
  const std::vector<std::int64_t> dilations = op.integers("dilations", ones);
  const std::vector<std::int64_t> pad = op.integers("pad", std::vector<std::int64_t>(2 * kernel.size(), 0));
  if (strides.size() != kernel.size() || dilations.size() != kernel.size() || pad.size() != 2 * kernel.size()) {
    op.fail("strides, dilations or pad have another number of entries than the window has axes");
  }
  std::vector<WindowAxis> axes;
  for (std::size_t index = 0; index < kernel.size(); ++index) {
    WindowAxis axis{kernel[index], strides[index], dilations[index], 0, 0};
    if (pad_type == "custom") {
      axis.before = pad[2 * index];
      axis.after = pad[2 * index + 1];
    } else if (pad_type != "valid") {
      const std::int64_t size = x[x.size() - kernel.size() + index];
      if (size < 1) op.fail("the padding follows from a size that is known only as it runs");
      const std::int64_t extent = (axis.kernel - 1) * axis.dilation + 1;
      const std::int64_t output = (size + axis.stride - 1) / axis.stride;
      const std::int64_t total = std::max<std::int64_t>(0, (output - 1) * axis.stride + extent - size);
      axis.before = pad_type == "same_lower" ? total - total / 2 : total / 2;
      axis.after = total - axis.before;
    }
    axes.push_back(axis);
  }
  return axes;
}

std::vector<std::int64_t> each(const std::vector<WindowAxis>& axes, std::int64_t WindowAxis::*member) {
  std::vector<std::int64_t> list;
  for (const WindowAxis& axis : axes) list.push_back(axis.*member);
  return list;
}

std::vector<std::int64_t> pads_of(const std::vector<WindowAxis>& axes) {
  std::vector<std::int64_t> pads;
  for (const WindowAxis& axis : axes) pads.insert(pads.end(), {axis.before, axis.after});
  return pads;
}

Node with_height(OperationLowering& op, Node x) {
  Dims shape = op.dims(x);
  shape.insert(shape.end() - 1, 1);
  return op.reshape(x, std::move(shape));
}

Node without_height(OperationLowering& op, Node y) {
  Dims shape = op.dims(y);
  shape.erase(shape.end() - 2);
  return op.reshape(y, std::move(shape));
}

}  // namespace goldilocks::ml_program
