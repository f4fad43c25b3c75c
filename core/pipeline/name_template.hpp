#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::pipeline {

// What the placeholders of a name or description stand for.
struct TemplateValues {
  std::string model;     // the name of the variant that is quantized
  std::string function;  // its label
  std::string bits;      // in decimal; "auto" where the function chooses
};

// Replaces {model}, {function} and {bits}; {{ and }} are literal braces. Throws UsageError for another placeholder or
// an unmatched brace.
std::string expand_template(std::string_view pattern, const TemplateValues& values);

// "auto" for 0, else decimal.
std::string bits_text(int bits);

}  // namespace goldilocks::pipeline
