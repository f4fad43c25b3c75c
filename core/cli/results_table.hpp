#pragma once

#include <string>
#include <vector>

#include "core/pipeline/quantization/quantize_model.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::cli {

// The variants of a run for the terminal: a row each with size, accuracy, drop and agreement with their intervals, the
// p value of the comparison, and a mark at the chosen one. A column of which no variant has anything is left out.
std::string variants_table(const Results& results, bool coloured = false);

// The figures of one model or of a comparison, a row each with its interval; and how many samples have no finite
// answer.
std::string figures_table(const Evaluation& evaluation);

// The tensors of one file: forms and bytes before and after, squared error, and notes.
std::string tensors_table(const std::vector<pipeline::TensorReport>& tensors);

// The figures of one model on one dataset.
std::string evaluation_text(const Evaluation& evaluation, const Dataset& dataset);

}  // namespace goldilocks::cli
