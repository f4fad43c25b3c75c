#pragma once

#include <vector>

#include "core/formats/ml_program/check_program.hpp"
#include "core/formats/ml_program/package.hpp"

namespace goldilocks::ml_program {

// Compares a model's description with its program: the functions, and for each its inputs, outputs and states by name,
// with their types and shapes, and what makes a classifier. Features by themselves and the specification version are
// checked too, by the rules of model::validate().
void check_description(const spec::Model& model, const std::vector<FunctionSignature>& signatures, Report& report);

}  // namespace goldilocks::ml_program
