#pragma once

#include <vector>

#include "core/runtime/stage.hpp"

namespace goldilocks::pipeline {

// What the states of a recurrent network begin with, by its inputs' names: zeros. Those of ML Programs, which are no
// inputs, are zeros by themselves.
runtime::Values fresh_states(const runtime::Description& description);

// Predicts for each step of a sequence, in order: of each array that is given the rows of its first dimension. The
// first step begins with fresh states, each further one with those that the one before leaves. The outputs of each
// step. Throws as Stage::predict() does, and ModelError for arrays without a first dimension of one length.
std::vector<runtime::Values> predict_steps(const runtime::Stage& stage, const runtime::Values& sequence);

}  // namespace goldilocks::pipeline
