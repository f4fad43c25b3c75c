#pragma once

#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

inline constexpr int most_thumbnails = 24;
inline constexpr int thumbnail_side = 96;  // pixels

// Gives thumbnails to differences of the chosen variant, and of the proof: to those where the baseline was right first,
// then to the others, evenly chosen where they are more than `most_thumbnails`. None where nothing was chosen, or the
// images are not at hand. Called once both are there.
void add_thumbnails(goldilocks::Results& results, const PipelineSpec& spec, const Plan& plan, ThreadPool& pool);

}  // namespace goldilocks::pipeline
