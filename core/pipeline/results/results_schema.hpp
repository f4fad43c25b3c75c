#pragma once

#include <nlohmann/json_fwd.hpp>

namespace goldilocks::pipeline {

// The JSON Schema (draft-07) of results.json as this program writes it, made from the messages of results.proto: each a
// definition of its own. What the mapping always writes is required; members that a later version adds are allowed.
nlohmann::ordered_json results_schema();

}  // namespace goldilocks::pipeline
