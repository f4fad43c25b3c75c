#pragma once

#include <string>
#include <string_view>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/store/store.hpp"

namespace goldilocks::pipeline {

// The key of a copy of something that tasks read from outside: a "model", a "plugin", an option's "file" or a
// "dataset", by its hash in the plan.
std::string adopted_key(std::string_view kind, const std::string& hash);

// Copies all that the plan's tasks read from outside into the store, where they find it by its hash: models, the
// libraries of plugins, files of options, and each dataset packed into one artifact. What is there already is left.
// Throws FileError and DataError.
void adopt_sources(const Plan& plan, store::Store& store, ThreadPool& pool);

}  // namespace goldilocks::pipeline
