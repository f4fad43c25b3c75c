#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/formats/passes.hpp"
#include "core/quantization/layout.hpp"

namespace goldilocks::pipeline {

// What the placeholders of a name or description stand for.
struct TemplateValues {
  std::string model;                       // the name of the variant that is quantized
  std::string function;                    // its label
  std::string bits;                        // in decimal; "auto" where the function chooses
  std::string preprocessing = "original";  // "compact", "float16" where a mean image is stored in less space
  std::string granularity = "default";     // "tensor", "channel", "g16", "b32", "b0x32"
  std::string vector = "v1";               // "v2"
  std::string table = "float";             // "int8"
  std::string scale = "unscaled";          // "scaled", "scaled_after"
};

// With the words of a layout.
TemplateValues with_layout(TemplateValues values, const quantization::Layout& layout);

// Replaces {model}, {function}, {bits}, {preprocessing}, {granularity}, {vector}, {table} and {scale}; {{ and }} are
// literal braces. Throws UsageError for another placeholder or an unmatched brace.
std::string expand_template(std::string_view pattern, const TemplateValues& values);

// "auto" for 0, otherwise decimal.
std::string bits_text(int bits);

// "original", "compact", "float16"
std::string preprocessing_text(formats::Compaction compaction);

}  // namespace goldilocks::pipeline
