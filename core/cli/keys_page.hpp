#pragma once

#include <string>

namespace goldilocks::cli {

// docs/pipeline-keys.md, made from the same tables of keys as the parser.
std::string keys_page();

}  // namespace goldilocks::cli
