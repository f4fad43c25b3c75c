#pragma once

#include <string>
#include <vector>

#include "core/pipeline/quantize_model.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::cli {

// The variants of a run for the terminal: a row each with size, accuracy, drop and agreement, and a mark at the chosen
// one.
std::string variants_table(const Results& results);

// The tensors of one file: forms and bytes before and after, squared error, and notes.
std::string tensors_table(const std::vector<pipeline::TensorReport>& tensors);

// The figures of one model on one dataset.
std::string evaluation_text(const Evaluation& evaluation, const Dataset& dataset);

}  // namespace goldilocks::cli
