// The list of all operations that can be run, gathered from the families beside this file.
#include <algorithm>
#include <array>
#include <vector>

#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {

std::span<const LoweringRow> all_lowerings() {
  static const std::vector<LoweringRow> all = [] {
    const std::array families = {
        elementwise_lowerings(),   activation_lowerings(), reduction_lowerings(), convolution_lowerings(),
        pooling_lowerings(),       resizing_lowerings(),   sampling_lowerings(),  layout_lowerings(),
        normalization_lowerings(), blocks_lowerings(),     slicing_lowerings(),   indexing_lowerings(),
        ordering_lowerings(),      random_lowerings(),     matrix_lowerings(),    recurrent_lowerings(),
        quantization_lowerings(),  control_lowerings(),    list_lowerings(),
    };
    std::vector<LoweringRow> rows;
    for (const std::span<const LoweringRow> family : families) rows.insert(rows.end(), family.begin(), family.end());
    std::ranges::sort(rows, {}, &LoweringRow::type);
    return rows;
  }();
  return all;
}

const LoweringRow* find_lowering(std::string_view type) {
  const std::span<const LoweringRow> all = all_lowerings();
  const auto found = std::ranges::lower_bound(all, type, {}, &LoweringRow::type);
  return found != all.end() && found->type == type ? &*found : nullptr;
}

}  // namespace goldilocks::ml_program
