#pragma once

#include <string>

#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// "has no finite answer for 3 of 30 samples", "is right about none of 30 samples"; empty for a model that does neither.
std::string broken_in_words(const goldilocks::Evaluation& evaluation);

// Why a variant can't be chosen, whatever its figures are; empty if it can. Against a baseline that is broken, figures
// say nothing: they are those of a variant that is broken alike. `baseline` may be null.
std::string unfit_in_words(const goldilocks::Variant& variant, const goldilocks::Variant* baseline,
                           bool allow_broken_baseline);

// A sentence for every model that has samples without a finite answer, and for every baseline that is right nowhere.
void add_broken_answers(goldilocks::Results& results);

}  // namespace goldilocks::pipeline
