#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace goldilocks::pipeline {

// The index of the first byte that is not part of well-formed UTF-8 (no overlong forms, no surrogates), if any: texts
// of pipelines and folders end up in JSON documents, which can't hold others.
std::optional<std::size_t> invalid_utf8(std::string_view text);

}  // namespace goldilocks::pipeline
