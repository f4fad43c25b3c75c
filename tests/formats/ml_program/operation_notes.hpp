#pragma once

#include <string_view>

#include <goldilocks/abi.h>

#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// Counts a case for each operation of the function, and remembers which operations of the graph it has become. Where
// GOLDILOCKS_OPERATION_CASES names a file, the counts of all operations are written into it at the end, one line each:
// name, systems, cases, whether it runs or is a constant, operations of graphs (scripts/operations_page.py).
void note_operations(const Program& program, std::string_view function, const glk_graph& graph);

}  // namespace goldilocks::ml_program
