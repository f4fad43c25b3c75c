#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace goldilocks::cli {

// What differs between two documents of one kind, a line each: "functions[main].weights[conv1].encoding: fp16 -> linear
// int8, per tensor", "bytes.files.a: only in the first". Lists of objects are compared by their names (`name`, or
// `model`, `layer` and `parameter`), others as a whole.
std::vector<std::string> document_differences(const nlohmann::ordered_json& first,
                                              const nlohmann::ordered_json& second);

}  // namespace goldilocks::cli
