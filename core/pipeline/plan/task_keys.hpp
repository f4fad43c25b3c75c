#pragma once

#include <span>
#include <string>

#include "core/data/image.hpp"
#include "goldilocks/plan.pb.h"

namespace goldilocks::pipeline {

// The name of the interpolation and the like, as records and keys write them: "center_crop", "bilinear".
std::string to_text(data::Fit fit);
std::string to_text(data::Filter filter);

// The key of the artifact that a task makes: a hash of the revision of the code behind it, of its parameters with the
// values of this process's environment, and of the keys of its inputs, in their order. Names and places have no part in
// it. Throws UsageError for a variable that the environment doesn't have.
std::string key_of(const goldilocks::PlannedTask& task, std::span<const std::string> input_keys);

// The key of what a task of the sensitivity stage keeps of one tensor.
std::string tensor_key(const std::string& sensitivity, const std::string& layer, const std::string& parameter);

}  // namespace goldilocks::pipeline
