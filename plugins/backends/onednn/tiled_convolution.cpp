// When tiles of 4x4 pay. A direct convolution needs 9 products for each output and pair of channels, this one 36 for
// each tile, of which those at the border may be partly empty; and transforming inputs and outputs costs about half as
// much again. Its weights are four times as many: where they don't fit a core's second cache and there are few tiles to
// use them on, reading them is what takes the time.
#include "tiled_convolution.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "winograd/winograd.hpp"

namespace goldilocks::onednn {
namespace {

bool is_faster(const winograd::Shape& shape, std::int64_t lanes) {
  // A plane of a single cell may lie in the host's memory, whose alignment is unknown.
  if (shape.input_height * shape.input_width == 1) return false;
  constexpr std::size_t cached_weights = std::size_t{1} << 18U;  // 1 MiB of float32
  const std::int64_t direct = 9 * shape.images * shape.output_height * shape.output_width;
  const std::int64_t tiled = winograd::points * winograd::tile_count(shape) * 3 / 2;
  const std::int64_t reading = winograd::weight_count(shape, lanes) > cached_weights ? 256 : 0;
  return tiled + reading < direct;
}

}  // namespace

bool add_tiled_convolution(PlanBuilder& builder, const Group& group, const Window& window,
                           const PreparedWeights& weights) {
  using dnnl::memory;
  const Layout layout = builder.context().blocked;
  const std::int64_t lanes = block_of(layout);
  const winograd::Run run = winograd::find_run(lanes);
  const std::optional<float> slope = slope_of(group.activation);
  const bool fits = window.kernel == memory::dims{3, 3} && window.strides == memory::dims{1, 1} &&
                    window.dilations == memory::dims{0, 0} && window.groups == 1 &&
                    std::min(window.input.c, window.output.c) >= lanes;
  if (!builder.context().winograd || builder.every_number() || run == nullptr || !slope || !fits) return false;

  const auto blocks = [lanes](std::int64_t channels) { return (channels + lanes - 1) / lanes; };
  const winograd::Shape shape{window.input.n,  blocks(window.input.c), blocks(window.output.c),
                              window.input.h,  window.input.w,         window.output.h,
                              window.output.w, window.before[0],       window.before[1]};
  if (!is_faster(shape, lanes)) return false;

  winograd::Call call{};
  call.slope = *slope;
  call.weights = weights.transformed(
      "tiled", winograd::weight_count(shape, lanes), [&](std::span<const float> given, std::span<float> transformed) {
        winograd::transform_weights(given, window.output.c, window.input.c, lanes, transformed);
      });
  if (weights.has_bias()) call.bias = weights.filled_bias(static_cast<std::size_t>(shape.output_blocks * lanes));
  OwnStep step{builder.graph().operation(group.operation), {}, winograd::scratch_bytes(shape, lanes), {}, {}};
  step.run = [run, shape, call](const OwnStep::Operands& operands) {
    winograd::Call bound = call;
    bound.source = operands.sources[0];
    bound.target = operands.targets[0];
    bound.scratch = operands.scratch;
    run(shape, bound);
  };
  step.sources = {builder.read(builder.graph().operation(group.operation).inputs()[0], layout)};
  step.targets = {builder.write(group.output, layout)};
  builder.add(std::move(step));
  return true;
}

}  // namespace goldilocks::onednn
