#pragma once

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// The inverse of decode_program(): the message that says what the program says, its immediate values copied, its blobs
// as references. Attributes and bindings whose value could not be read are left out.
model::spec::MILSpec::Program encode_program(const Program& program);

// The parts.
model::spec::MILSpec::ValueType encode_type(const Type& type);
model::spec::MILSpec::Value encode_value(const Value& value);

}  // namespace goldilocks::ml_program
