#include "core/formats/ml_program/operations/table.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace goldilocks::ml_program {
namespace {

std::vector<OperationRow> join_families() {
  std::vector<OperationRow> rows;
  for (const auto family :
       {elementwise_operations, activation_operations, reduction_operations, convolution_operations,
        normalization_operations, image_operations, shape_operations, slice_operations, gather_operations,
        scatter_operations, sort_operations, random_operations, matrix_operations, recurrent_operations,
        quantization_operations, constexpr_operations, control_operations, list_operations}) {
    std::ranges::move(family(), std::back_inserter(rows));
  }
  std::ranges::sort(rows, [](const OperationRow& a, const OperationRow& b) {
    return std::tie(a.name, a.since) < std::tie(b.name, b.since);
  });
  return rows;
}

}  // namespace

const Parameter* OperationRow::parameter(std::string_view wanted) const {
  const auto found = std::ranges::find(parameters, wanted, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

std::span<const OperationRow> all_operations() {
  static const std::vector<OperationRow> rows = join_families();
  return rows;
}

const OperationRow* first_definition(std::string_view name) {
  const auto rows = std::ranges::equal_range(all_operations(), name, {}, &OperationRow::name);
  return rows.empty() ? nullptr : &rows.front();
}

const OperationRow* find_operation(std::string_view name, Opset opset) {
  const OperationRow* newest = nullptr;
  for (const OperationRow& row : std::ranges::equal_range(all_operations(), name, {}, &OperationRow::name)) {
    if (row.since <= opset) newest = &row;
  }
  return newest;
}

}  // namespace goldilocks::ml_program
