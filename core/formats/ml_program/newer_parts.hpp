#pragma once

#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/report.hpp"

namespace goldilocks::ml_program {

// Reports what of a program came after a specification version: functions of later sets of operations, and later
// operations (each kind once in a function, at its first place, with how often it is there).
void report_newer_parts(const spec::MILSpec::Program& program, int specification_version, Report& report);

// The smallest specification version that has all of the program's functions and operations.
int required_version(const spec::MILSpec::Program& program);

}  // namespace goldilocks::ml_program
