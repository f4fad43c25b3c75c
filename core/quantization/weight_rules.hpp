#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/weights/weight.hpp"

namespace goldilocks::quantization {

// The numbers by which a rule can choose tensors.
enum class Measure { count, layer_count, kernel_channels, groups, input_channels, output_channels };
inline constexpr std::size_t measures = 6;

// "count", ...: as pipelines write them behind `min_` and `max_`.
std::string_view to_text(Measure measure);

// Both ends belong to it. A layer that has no such number is not in any range that has an end.
struct Range {
  std::optional<std::uint64_t> least, most;
  bool operator==(const Range&) const = default;
};

// What a rule says about the tensors that it is for. All of it must hold; an empty list says nothing.
struct RuleMatch {
  std::vector<std::string> layers;       // globs of the layer's name, or of its name with its place
  std::vector<std::string> layer_types;  // the format's names
  std::vector<std::string> parameters;   // globs of the format's names; "vectors" and "matrices" are groups
  std::vector<std::string> functions;    // globs of the name of the model's function
  std::vector<std::string> constants;    // globs of the weight's own name
  std::array<Range, measures> ranges;    // by Measure

  const Range& range(Measure measure) const { return ranges.at(static_cast<std::size_t>(measure)); }
  Range& range(Measure measure) { return ranges.at(static_cast<std::size_t>(measure)); }
};

// Whether a rule is for a weight as its first reader has it, or as another one has.
bool matches(const RuleMatch& match, const weights::Weight& weight);
bool matches(const RuleMatch& match, const weights::Weight& weight, const weights::Reader& reader);

// The field's own name of a parameter that repeats: "inputGateBiasVector" of "weightParams[0].inputGateBiasVector".
std::string base_name(const std::string& parameter);

// Whether the whole text fits a pattern in which `*` stands for any characters, none and '/' included, `?` for one, and
// a backslash takes what follows as it is. Bytes count, not characters.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace goldilocks::quantization
