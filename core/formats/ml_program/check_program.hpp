#pragma once

#include <string>
#include <vector>

#include "core/formats/ml_program/program.hpp"
#include "core/formats/ml_program/report.hpp"

namespace goldilocks::ml_program {

// What a function takes and gives, as its program has it: what a description is compared with.
struct FunctionSignature {
  std::string name;
  std::vector<NamedType> inputs;
  std::vector<NamedType> outputs;  // of the block that runs; a type of no kind where it could not be told
};

// Checks the whole program: versions and sets of operations, names and scopes, parameters, types and shapes of every
// operation, constants, nested blocks. Types and shapes are computed anew and compared with those that the file states.
// Takes time and memory in proportion to the program.
std::vector<FunctionSignature> check_program(const Program& program, Report& report);

}  // namespace goldilocks::ml_program
