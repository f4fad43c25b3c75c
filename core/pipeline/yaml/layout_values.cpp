// What says how codes lie.
#include <array>
#include <string_view>

#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

using quantization::ChannelScale;
using weights::Granularity;

constexpr std::array<std::string_view, 3> scale_names = {"false", "true", "after_table"};  // by ChannelScale
constexpr std::array<std::string_view, 2> table_names = {"float", "int8"};
constexpr std::array<std::string_view, 9> system_names = {"ios15", "ios16",   "ios17",   "ios18",  "ios26",
                                                          "as_is", "macos12", "macos13", "macos14"};
constexpr const char* wanted_granularity = " must be tensor, channel, {group: N}, {block: N} or {block: [N, ...]}";

std::optional<std::int64_t> size_of(const Input& input, const YAML::Node& node, bool may_be_zero) {
  const auto size = node.IsScalar() ? input.reader.whole(node, input.what) : std::nullopt;
  if (!size || *size > (std::uint64_t{1} << 40U) || (*size == 0 && !may_be_zero)) return std::nullopt;
  return static_cast<std::int64_t>(*size);
}

bool read_blocks(const Input& input, const YAML::Node& list, Granularity& value) {
  value.kind = Granularity::Kind::blocks;
  for (const auto& node : list) {
    const auto size = size_of(input, node, true);
    if (!size) return input.fault("a length in " + input.what + " must be a whole number, 0 for the whole axis");
    value.sizes.push_back(*size);
  }
  return value.sizes.empty() ? input.fault(input.what + wanted_granularity) : true;
}

bool read_granularity(const Input& input, Granularity& value) {
  value = {};
  if (input.node.IsSequence()) return read_blocks(input, input.node, value);
  if (input.node.IsScalar()) {
    const auto text = input.reader.text(input.node, input.what);
    const auto known = text ? weights::granularity_from_text(text->value) : std::nullopt;
    if (known) value = *known;
    return known.has_value() || input.fault(input.what + wanted_granularity);
  }
  const auto entries = input.reader.entries(input.node, input.what);
  if (!entries) return false;
  if (entries->size() != 1) return input.fault(input.what + wanted_granularity);
  const std::string key = entries->front().first.Scalar();
  const YAML::Node& size = entries->front().second;
  if (key == "block" && size.IsSequence()) return read_blocks(input, size, value);
  if (key != "group" && key != "block") return input.fault(input.what + wanted_granularity);
  const auto whole = size_of(input, size, false);
  if (!whole) return input.fault("the size in " + input.what + " must be a whole number, 1 or more");
  value = {.kind = key == "group" ? Granularity::Kind::group : Granularity::Kind::block, .size = *whole};
  return true;
}

Type granularity_type() {
  const Type size{.kind = Type::Kind::whole, .least = 1};
  const Type length{.kind = Type::Kind::whole, .least = 0};
  Type entry{.kind = Type::Kind::entries, .least = 1, .most = 1, .choices = {"group", "block"}};
  entry.of = {Type{.kind = Type::Kind::either, .of = {size, list_type(length)}}};
  return {.kind = Type::Kind::either,
          .of = {Type{.kind = Type::Kind::text, .pattern = "^(tensor|channel|group:[0-9]+|block:[0-9]+(,[0-9]+)*)$"},
                 entry, list_type(length)}};
}

}  // namespace

Format<Granularity> granularity() {
  auto format = Format<Granularity>(granularity_type(), read_granularity,
                                    [](const Granularity& value) { return weights::to_text(value); });
  return quoted(format);
}

// A list of lengths along each axis is an item of the list, not the list.
Format<std::vector<Granularity>> granularities() { return list_of(granularity()); }

Format<std::int64_t> axis() {
  const auto whole_number = number({.least = -8, .most = 8});
  return {whole_number.type,
          [whole_number](const Input& input, std::int64_t& value) {
            double read = 0;
            if (!whole_number.read(input, read)) return false;
            value = static_cast<std::int64_t>(read);
            return static_cast<double>(value) == read || input.fault(input.what + " must be a whole number");
          },
          [](const std::int64_t& value) { return std::to_string(value); }};
}

Format<int> vector_length() {
  const auto whole_number = whole({.least = 1, .most = 256});
  return {whole_number.type,
          [whole_number](const Input& input, int& value) {
            std::uint64_t length = 1;
            if (!whole_number.read(input, length)) return false;
            value = static_cast<int>(length);
            return true;
          },
          [](const int& value) { return std::to_string(value); }};
}

Format<std::vector<int>> vectors() { return list_of(vector_length()); }

Format<ChannelScale> channel_scale() {
  auto format = choice<ChannelScale>(scale_names);
  format.is_quoted = false;
  return format;
}

Format<std::vector<ChannelScale>> channel_scales() { return list_of(channel_scale()); }

Format<bool> int8_table() {
  const auto index = index_of(table_names);
  return {index.type,
          [index](const Input& input, bool& value) {
            std::size_t chosen = 0;
            if (!index.read(input, chosen)) return false;
            value = chosen == 1;
            return true;
          },
          [](const bool& value) { return std::string(table_names.at(value ? 1 : 0)); }};
}

Format<std::vector<bool>> int8_tables() {
  const Format<bool> item = int8_table();
  return {one_or_list_type(item.type),
          [item](const Input& input, std::vector<bool>& values) {
            values.clear();
            return read_items(input, {}, [&](const Input& one) {
              bool value = false;
              if (!item.read(one, value)) return false;
              values.push_back(value);
              return true;
            });
          },
          {},
          [item](YamlPrinter& printer, const std::vector<bool>& values) {
            if (values.empty()) return;
            std::vector<std::string> texts;
            for (const bool value : values) texts.push_back(item.show(value));
            printer.list(texts);
          }};
}

Format<std::string> compress_for() {
  const auto index = index_of(system_names);
  return {index.type,
          [index](const Input& input, std::string& value) {
            std::size_t chosen = 0;
            if (!index.read(input, chosen)) return false;
            value = system_names.at(chosen);
            return true;
          },
          [](const std::string& value) { return value; }};
}

}  // namespace goldilocks::pipeline
