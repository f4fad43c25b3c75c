#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// The JSON Schema (draft-07) of pipeline files, made from the same tables of keys as the parser, with the options of
// every plugin that the registry finds: for editors. Plugins that can't be opened are left out.
nlohmann::ordered_json pipeline_schema(plugins::Registry& registry);

}  // namespace goldilocks::pipeline
