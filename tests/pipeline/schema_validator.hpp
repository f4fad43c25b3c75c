#pragma once

#include <string>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

namespace goldilocks::testing {

// A YAML text as JSON, with plain scalars typed as YAML's core schema does (null, true, numbers) and the mappings of
// merge keys in their places.
nlohmann::json yaml_as_json(const std::string& yaml);

// Why a document breaks a JSON Schema, with the path of the fault; "" if it doesn't. Knows the keywords that the
// pipeline's schema uses, and fails loudly for any other.
std::string schema_fault(const nlohmann::json& schema, const nlohmann::json& document, const std::string& path = "");

}  // namespace goldilocks::testing
