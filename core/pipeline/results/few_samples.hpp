#pragma once

#include <string>

#include "core/evaluation/selection.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// A sentence, without a full stop, where the samples are too few for a limit that a variant keeps by its figure: its
// interval reaches beyond the limit. With several such limits, about the one that needs the most samples. "" where the
// samples suffice, or the figure itself breaks the limit.
std::string few_samples_in_words(const goldilocks::Results& results, const std::string& variant,
                                 const evaluation::SelectionRule& rule);

// Puts that sentence, about the chosen variant or the nearest miss, before the selection's reason. Called once, when
// the findings are stated.
void state_few_samples(goldilocks::Results& results, const evaluation::SelectionRule& rule);

}  // namespace goldilocks::pipeline
