#pragma once

#include <functional>
#include <span>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

namespace goldilocks::graph {

// What is known of an operation's shapes while some of its inputs' sizes are open (-1). `rule` gives the shapes for
// known sizes, and throws GraphError for sizes that don't go together. Throws its error if no sizes do that were tried;
// `more_sizes` are tried besides.
std::vector<Dims> infer_open_shapes(std::span<const Dims> inputs, std::span<const std::int64_t> more_sizes,
                                    const std::function<std::vector<Dims>(std::span<const Dims>)>& rule);

}  // namespace goldilocks::graph
