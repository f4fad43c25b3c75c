#pragma once

#include <memory>
#include <string>

#include "core/formats/format.hpp"
#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// A function as the network that everybody runs; its states are inputs and outputs after those of the description.
// `owner` keeps the program. Throws ModelError that names function and operation.
std::shared_ptr<const lowering::Network> lower_program(const Program& program, const std::string& function,
                                                       const formats::Description& description,
                                                       const lowering::InputSizes& sizes,
                                                       const lowering::LoweringOptions& options,
                                                       std::shared_ptr<const void> owner);

}  // namespace goldilocks::ml_program
