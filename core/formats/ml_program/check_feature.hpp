#pragma once

#include <string>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/ml_program/type.hpp"

namespace goldilocks::ml_program {

// What keeps a feature from being the program's value of this type, in words; "" if nothing does. A scalar is a feature
// of shape [1]. A flexible dimension is unknown in the program, and every one that the program knows is fixed.
std::string mismatch(const model::spec::FeatureType& feature, const Type& value);

}  // namespace goldilocks::ml_program
