#include "core/pipeline/yaml/values.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/name_template.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

// Reads by a method of the reader.
template <class V>
typename Format<V>::Read by(std::optional<V> (YamlReader::*method)(const YAML::Node&, const std::string&)) {
  return [method](const Input& input, V& value) {
    std::optional<V> read = (input.reader.*method)(input.node, input.what);
    if (read) value = std::move(*read);
    return read.has_value();
  };
}

std::string show_literal(const std::string& text) { return escape_variables(text); }
std::string show_record(const PathValue& path) { return path.record; }
std::string show_flag(bool flag) { return flag ? "true" : "false"; }
std::string show_whole(std::uint64_t number) { return std::to_string(number); }
std::string show_width(int bits) { return bits == 0 ? "" : std::to_string(bits); }
std::string show_number(double number) { return plugins::to_text(plugins::OptionValue(number)); }

}  // namespace

Format<std::string> text(const std::string& expected) {
  const auto read = [expected](const Input& input, std::string& value) {
    const auto text = input.reader.text(input.node, input.what, expected);
    if (text) value = text->value;
    return text.has_value();
  };
  return quoted(Format<std::string>({}, read, show_literal));
}

Format<std::string> name() { return quoted(Format<std::string>({}, by(&YamlReader::name), show_literal)); }

Format<PathValue> path() {
  return quoted(Format<PathValue>({.kind = Type::Kind::path}, by(&YamlReader::path), show_record));
}

Format<PathValue> existing_path() {
  return quoted(Format<PathValue>({.kind = Type::Kind::path}, by(&YamlReader::existing_file), show_record));
}

Format<bool> flag() { return {{.kind = Type::Kind::flag}, by(&YamlReader::flag), show_flag}; }

Format<int> width() { return {{.kind = Type::Kind::width}, by(&YamlReader::width), show_width}; }

Format<std::vector<int>> widths() {
  auto format = list_of(width());
  format.read = by(&YamlReader::widths);
  format.print = [print = format.print](YamlPrinter& printer, const std::vector<int>& value) {
    if (value != std::vector<int>{0}) print(printer, value);
  };
  return format;
}

Format<std::uint64_t> whole(const WholeRange& range) {
  const bool endless = range.most == WholeRange{}.most;
  const auto read = [range, endless](const Input& input, std::uint64_t& value) {
    if (!by(&YamlReader::whole)(input, value)) return false;
    if (value >= range.least && value <= range.most) return true;
    const std::string bounds =
        endless ? fmt::format("{} or more", range.least) : fmt::format("from {} to {}", range.least, range.most);
    return input.fault(input.what + " must be " + bounds + range.remedy);
  };
  Type type{.kind = Type::Kind::whole, .least = static_cast<double>(range.least)};
  if (!endless) type.most = static_cast<double>(range.most);
  return {type, read, show_whole};
}

Format<double> number(const NumberRange& range) {
  const auto read = [range](const Input& input, double& value) {
    const auto number = input.reader.number(input.node, input.what, range.least, range.most);
    if (!number) return false;
    value = *number;
    if (!range.above_least || value != range.least) return true;
    return input.fault(fmt::format("{} must be above {}", input.what, range.least));
  };
  // So large an end is none.
  const auto end = [](double bound) { return std::abs(bound) < 1e18 ? std::optional(bound) : std::nullopt; };
  const Type type{
      .kind = Type::Kind::number, .least = end(range.least), .most = end(range.most), .above_least = range.above_least};
  return {type, read, show_number};
}

Format<double> confidence() { return number({.least = lowest_confidence, .most = highest_confidence}); }

Format<PluginUse> plugin(plugins::Kind kind) {
  const auto read = [kind](const Input& input, PluginUse& value) {
    auto parsed = parse_plugin(input.reader, input.context.registry, kind, input.node);
    if (parsed) value = std::move(parsed->use);
    return parsed.has_value();
  };
  return {plugin_type(kind), read, {}, [](YamlPrinter& printer, const PluginUse& use) { printer.plugin(use); }};
}

Format<PluginUse> backend() {
  Format<PluginUse> format = usually("onednn", plugin(plugins::Kind::backend));
  format.read_usual = true;
  return format;
}

Format<std::optional<ProcessIsolation>> isolation() {
  static constexpr std::array<std::string_view, 2> names = {"none", "process"};
  const auto read = [](const Input& input, std::optional<ProcessIsolation>& value) {
    const auto kind = input.reader.choice(input.node, input.what, names);
    if (kind == std::size_t{1}) value.emplace();
    return kind.has_value();
  };
  const auto show = [](const auto& value) { return value ? "process" : ""; };
  return usually("none", Format<std::optional<ProcessIsolation>>(choice_type(names), read, show));
}

Format<std::optional<ProcessIsolation>> time_limit() {
  const auto seconds = number({.least = 0.1, .most = 1e6});
  const auto read = [=](const Input& input, std::optional<ProcessIsolation>& value) {
    ProcessIsolation limited;
    if (!seconds.read(input, limited.time_limit)) return false;
    if (value) value = limited;
    return true;
  };
  const auto show = [=](const auto& value) { return value ? seconds.show(value->time_limit) : ""; };
  return usually(seconds.show(ProcessIsolation{}.time_limit),
                 Format<std::optional<ProcessIsolation>>(seconds.type, read, show));
}

bool check_time_limit(StageContext& context, const Fields& fields, const std::optional<ProcessIsolation>& isolation) {
  if (!fields.has("time_limit") || isolation || !fields.understood("isolation")) return true;
  return context.fault(fields.place("time_limit"),
                       "'time_limit' needs 'isolation: process': a plugin can't be stopped in this process");
}

Format<std::size_t> index_of(std::span<const std::string_view> names) {
  return {choice_type(names),
          [=](const Input& input, std::size_t& value) {
            const auto index = input.reader.choice(input.node, input.what, names);
            value = index.value_or(0);
            return index.has_value();
          },
          [=](std::size_t value) { return std::string(names[value]); }};
}

bool read_template(const Input& input, std::string& text, std::string& record) {
  const auto read = input.reader.text(input.node, input.what, "a text");
  if (!read) return false;
  try {  // with placeholders of its own, so that a fault is found once and not once per variant
    expand_template(read->value, {.model = "m", .function = "f", .bits = "8"});
  } catch (const UsageError& error) {
    return input.fault(input.what + ": " + error.what());
  }
  text = read->value;
  record = read->record;
  return true;
}

std::vector<std::string> names_of_models(const PipelineSpec& spec) {
  std::vector<std::string> names;
  for (const LoadStage& load : spec.loads) {
    for (const LoadedModel& model : load.models) names.push_back(model.name);
  }
  return names;
}

bool check_known(StageContext& context, const Place& place, const std::string& name,
                 const std::vector<std::string>& known, const std::string& unknown) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return true;
  return context.fault(place, unknown + " '" + name + "'" + did_you_mean(name, known));
}

Format<std::string> known_name(std::vector<std::string> (*known)(const PipelineSpec&), const std::string& unknown,
                               const std::string& expected) {
  auto format = text(expected);
  format.read = [=, read = format.read](const Input& input, std::string& value) {
    return read(input, value) &&
           check_known(input.context, input.reader.place(input.node), value, known(input.context.spec), unknown);
  };
  return format;
}

bool read_items(const Input& input, const ListManner& manner, const std::function<bool(const Input& item)>& read) {
  const auto items = input.reader.list(input.node, input.what, manner.or_one);
  if (!items) return false;
  if (items->empty() && !manner.empty.empty()) return input.fault(input.what + manner.empty);
  bool complete = true;
  for (const YAML::Node& item : *items) {
    const std::string& what = manner.item.empty() ? input.what : manner.item;
    complete = read({input.context, input.reader, item, what}) && complete;
  }
  return complete;
}

}  // namespace goldilocks::pipeline
