#include "pooled_convolution.hpp"

#include <optional>
#include <span>
#include <utility>

#include "stem/stem.hpp"

namespace goldilocks::onednn {
namespace {

stem::Size size_of(const dnnl::memory::dims& dims) { return {dims[0], dims[1]}; }

}  // namespace

bool add_pooled_convolution(PlanBuilder& builder, const Group& group, const Window& window,
                            const PreparedWeights& weights) {
  using dnnl::memory;
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const Layout layout = builder.context().blocked;
  const std::int64_t lanes = block_of(layout);
  const stem::Run run = stem::find_run(lanes);
  const std::optional<float> slope = slope_of(group.activation);
  const std::optional<Pool> pool = pool_of(builder.graph().operation(*group.pool), window.output);
  const bool fits = window.strides[0] == window.strides[1] && window.dilations == memory::dims{0, 0} &&
                    window.groups == 1 && window.input.c <= stem::most_channels;
  if (builder.every_number() || run == nullptr || !slope || *slope < 0 || !pool || !fits) return false;

  const ImageDims output = builder.image(group.output);
  const stem::Shape shape{.images = window.input.n,
                          .channels = window.input.c,
                          .blocks = (window.output.c + lanes - 1) / lanes,
                          .input = {window.input.h, window.input.w},
                          .kernel = size_of(window.kernel),
                          .before = size_of(window.before),
                          .convolved = {window.output.h, window.output.w},
                          .stride = window.strides[0],
                          .window = size_of(pool->kernel),
                          .window_stride = size_of(pool->strides),
                          .window_before = size_of(pool->before),
                          .output = {output.h, output.w}};
  if (!stem::has_code(shape)) return false;

  stem::Call call{};
  call.slope = *slope;
  call.weights = weights.transformed("stem", stem::weight_count(shape, lanes),
                                     [&](std::span<const float> given, std::span<float> arranged) {
                                       stem::arrange_weights(given, shape, window.output.c, lanes, arranged);
                                     });
  if (weights.has_bias()) call.bias = weights.filled_bias(static_cast<std::size_t>(shape.blocks * lanes));
  OwnStep step{operation, {}, stem::scratch_bytes(shape, lanes), {}, {}};
  step.run = [run, shape, call](const OwnStep::Operands& operands) {
    stem::Call bound = call;
    bound.source = operands.sources[0];
    bound.target = operands.targets[0];
    bound.scratch = operands.scratch;
    run(shape, bound);
  };
  step.sources = {builder.read(operation.inputs()[0], Layout::plain)};
  step.targets = {builder.write(group.output, layout)};
  builder.add(std::move(step));
  return true;
}

}  // namespace goldilocks::onednn
