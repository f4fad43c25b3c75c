#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/formats/ml_program/program.hpp"
#include "core/formats/ml_program/program_weights.hpp"

namespace goldilocks::ml_program {

// What a weight is to become.
struct WeightContent {
  std::size_t weight = 0;  // its index
  weights::Stored stored;  // see as_written()
};

// The program with other weights: each constant is made by other operations under the same name, and what made it and
// nothing else is gone. Functions whose set of operations lacks what is needed are raised to the first that has it,
// with their other compressed constants in the form of that set. Values that are in no file yet have a reference with
// the index blob_to_be_written. Throws ModelError that names the weight where no set of operations up to `ceiling` can
// store it, or the constant that can't be written in the form of a later set.
Program with_weights(const ProgramWeights& weights, std::span<const WeightContent> contents, Opset ceiling);

}  // namespace goldilocks::ml_program
