#pragma once

#include <cstddef>
#include <string>

#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/yaml/spec.hpp"

namespace goldilocks::pipeline {

// All samples of a dataset, whatever its kind. Throws DataError and FileError.
data::Dataset open_dataset(const DatasetUse& use);

// The index of a dataset (of the spec) with a part ("" for all samples) among the plan's; it is opened, hashed and
// added if it isn't there; without a pool it isn't hashed. The spec's parser has checked that the part exists. Throws
// DataError and FileError.
std::size_t plan_dataset(Plan& plan, const PipelineSpec& spec, std::size_t dataset, const std::string& part,
                         ThreadPool* pool);

// The index of one that was planned.
std::size_t planned_dataset(const Plan& plan, std::size_t dataset, const std::string& part);

}  // namespace goldilocks::pipeline
