#pragma once

#include <span>
#include <string>
#include <string_view>

namespace goldilocks {

// The candidate that a misspelt word most likely meant (smallest edit distance, at most a third of its length), or "".
std::string closest_match(std::string_view word, std::span<const std::string> candidates);

// "; did you mean 'x'?" or "" if nothing is close.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace goldilocks
