#pragma once

#include <span>
#include <string_view>

#include "core/graph/graph_builder.hpp"
#include "core/graph/passes/rewriter.hpp"

// Passes over a graph, run once after a model is lowered, for every backend. A pass gives a value in another way: by an
// operation that does what several did, or from what stood before two moves that cancel. Values keep their indexes and
// names, and the operations that gave what lies between stay: nobody runs them, unless somebody asks for that value.
namespace goldilocks::lowering {

struct Pass {
  std::string_view name;
  bool is_exact;  // every result keeps each of its bits
  void (*run)(Rewriter& rewriter);
};

// In the order in which they run.
std::span<const Pass> passes();

enum class Rounding { kept, free };

// Runs all passes, or the exact ones alone; over graphs inside of control flow, too.
void run_passes(GraphBuilder& graph, Rounding rounding);

void cancel_casts(Rewriter& rewriter);
void merge_moves(Rewriter& rewriter);
void cancel_transposes(Rewriter& rewriter);
void round_late(Rewriter& rewriter);
void join_scalars(Rewriter& rewriter);
void find_gelu(Rewriter& rewriter);
void find_normalize(Rewriter& rewriter);
void find_inner_product(Rewriter& rewriter);
void find_affine(Rewriter& rewriter);

}  // namespace goldilocks::lowering
