#pragma once

#include <goldilocks/abi.h>
#include <nlohmann/json_fwd.hpp>

namespace goldilocks::plugins {

// Readers of a JSON document as the C interface's nodes. A node is a pointer into the document, so that nothing is
// copied; the document must live, unchanged, while a plugin reads it.
const glk_nodes& json_nodes();
const glk_node* as_node(const nlohmann::ordered_json& value);

}  // namespace goldilocks::plugins
