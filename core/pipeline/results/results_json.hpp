#pragma once

#include <string>

#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// A document by protobuf's own JSON mapping, with the fields in the order of their declaration, lists and plain values
// always there (or, without defaults, where they are set), integers of 64 bits as numbers, and maps ordered by key: the
// same bytes for the same content.
nlohmann::ordered_json to_ordered_json(const google::protobuf::Message& document, bool with_defaults = true);

// The same as the text of a file: indented by two, with rows of figures and the innermost objects on a line each, and a
// line's end.
std::string to_json_text(const google::protobuf::Message& document);

inline constexpr int results_schema_version = 2;
inline constexpr int oldest_results_schema_version = 1;  // that is still read

}  // namespace goldilocks::pipeline
