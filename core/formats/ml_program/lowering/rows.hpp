#pragma once

#include <span>
#include <string_view>

namespace goldilocks::ml_program {

class OperationLowering;

// How an operation of a program becomes operations of a graph.
struct LoweringRow {
  std::string_view type;
  void (*lower)(OperationLowering& op);
  // It moves values and computes none: its float16 results are float16 already.
  bool moves = false;
};

// Null for an operation that can't be run.
const LoweringRow* find_lowering(std::string_view type);
std::span<const LoweringRow> all_lowerings();  // sorted by type

// The rows of each family.
std::span<const LoweringRow> elementwise_lowerings();
std::span<const LoweringRow> activation_lowerings();
std::span<const LoweringRow> reduction_lowerings();
std::span<const LoweringRow> convolution_lowerings();
std::span<const LoweringRow> pooling_lowerings();
std::span<const LoweringRow> normalization_lowerings();
std::span<const LoweringRow> resizing_lowerings();
std::span<const LoweringRow> sampling_lowerings();
std::span<const LoweringRow> layout_lowerings();
std::span<const LoweringRow> blocks_lowerings();
std::span<const LoweringRow> slicing_lowerings();
std::span<const LoweringRow> indexing_lowerings();
std::span<const LoweringRow> ordering_lowerings();
std::span<const LoweringRow> random_lowerings();
std::span<const LoweringRow> matrix_lowerings();
std::span<const LoweringRow> recurrent_lowerings();
std::span<const LoweringRow> quantization_lowerings();
std::span<const LoweringRow> control_lowerings();
std::span<const LoweringRow> list_lowerings();

}  // namespace goldilocks::ml_program
