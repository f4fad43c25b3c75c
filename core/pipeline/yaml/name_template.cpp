#include "core/pipeline/yaml/name_template.hpp"

#include <array>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"

namespace goldilocks::pipeline {
namespace {

const std::string& placeholder_value(const std::string& name, const TemplateValues& values) {
  if (name == "model") return values.model;
  if (name == "function") return values.function;
  if (name == "bits") return values.bits;
  if (name == "preprocessing") return values.preprocessing;
  if (name == "granularity") return values.granularity;
  if (name == "vector") return values.vector;
  if (name == "table") return values.table;
  if (name == "scale") return values.scale;
  static const std::vector<std::string> known = {"model",       "function", "bits",  "preprocessing",
                                                 "granularity", "vector",   "table", "scale"};
  throw UsageError(
      "unknown placeholder {" + name +
      "}; there are {model}, {function}, {bits}, {preprocessing}, {granularity}, {vector}, {table} and {scale}" +
      did_you_mean(name, known));
}

}  // namespace

std::string expand_template(std::string_view pattern, const TemplateValues& values) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool doubled = i + 1 < pattern.size() && pattern[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      text += c;
      ++i;
    } else if (c == '{') {
      const std::size_t end = pattern.find('}', i);
      if (end == std::string_view::npos) throw UsageError("'{' without a closing '}'; write {{ for a literal brace");
      text += placeholder_value(std::string(pattern.substr(i + 1, end - i - 1)), values);
      i = end;
    } else if (c == '}') {
      throw UsageError("'}' without an opening '{'; write }} for a literal brace");
    } else {
      text += c;
    }
  }
  return text;
}

std::string preprocessing_text(formats::Compaction compaction) {
  static constexpr std::array names = {"original", "compact", "float16", "grid"};
  return names.at(static_cast<std::size_t>(compaction));
}

TemplateValues with_layout(TemplateValues values, const quantization::Layout& layout) {
  using quantization::ChannelScale;
  values.granularity = quantization::short_text(layout.granularity);
  values.vector = "v" + std::to_string(layout.vector_length());
  if (layout.int8_table.value_or(false)) values.table = "int8";
  if (layout.has_channel_scale())
    values.scale = layout.channel_scale == ChannelScale::plain ? "scaled" : "scaled_after";
  return values;
}

std::string bits_text(int bits) { return bits == 0 ? "auto" : std::to_string(bits); }

}  // namespace goldilocks::pipeline
