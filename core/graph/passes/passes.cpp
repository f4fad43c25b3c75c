#include "core/graph/passes/passes.hpp"

#include <array>

namespace goldilocks::lowering {
namespace {

constexpr std::array all_passes = {
    Pass{"cancel_casts", true, cancel_casts},
    Pass{"merge_moves", true, merge_moves},
    Pass{"cancel_transposes", true, cancel_transposes},
    Pass{"round_late", true, round_late},
    Pass{"join_scalars", false, join_scalars},
    Pass{"find_gelu", false, find_gelu},
    Pass{"find_normalize", false, find_normalize},
    Pass{"find_inner_product", false, find_inner_product},
    Pass{"find_affine", false, find_affine},
};

}  // namespace

std::span<const Pass> passes() { return all_passes; }

void run_passes(GraphBuilder& graph, Rounding rounding) {
  graph.for_each_subgraph([rounding](GraphBuilder& subgraph) { run_passes(subgraph, rounding); });
  Rewriter rewriter(graph);
  for (const Pass& pass : passes()) {
    if (pass.is_exact || rounding == Rounding::free) pass.run(rewriter);
  }
}

}  // namespace goldilocks::lowering
