#pragma once

#include <optional>
#include <vector>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/scope.hpp"

namespace goldilocks::ml_program {

// The parameters of an operation by those of its row: each is known, present if it must be, bound as often as it may,
// to names that can be seen, to constants where it takes nothing else, and of a type that the row allows, the same for
// all that share a letter. Everything that isn't so is reported; nothing is returned then, and also where a type could
// not be read before.
//
// The constexpr operations have parameters as attributes in the sets of operations before iOS 18.
std::optional<std::vector<BoundParameter>> bind_parameters(const OperationRow& row, Opset opset,
                                                           const Operation& operation, const Names& names,
                                                           const Report& report);

}  // namespace goldilocks::ml_program
