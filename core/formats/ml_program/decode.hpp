#pragma once

#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/program.hpp"
#include "core/formats/ml_program/report.hpp"

namespace goldilocks::ml_program {

// The program in the message as plain values. What can't be read (a type without a kind, a constant with too few
// elements, a blob that isn't there) is reported, and left as a type of no kind or an absent value. Blobs are mapped,
// never read or copied; the program's views live as long as the message and the files.
Program decode_program(const spec::MILSpec::Program& message, WeightFiles& files, Report& report);

// The parts, for tests. A type or value that is broken is reported; the value is null then.
Type decode_type(const spec::MILSpec::ValueType& message, const Report& report);
std::shared_ptr<const Value> decode_value(const spec::MILSpec::Value& message, WeightFiles& files, Report& report);

}  // namespace goldilocks::ml_program
