#pragma once

#include <limits>

#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/pipeline/yaml/stage_context.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"

// The types of the grammar's tables.
namespace goldilocks::pipeline {

Format<std::string> text(const std::string& expected = "text");
Format<std::string> name();  // text that can be a file's name
Format<PathValue> path();
Format<PathValue> existing_path();  // of a file or folder that is there
Format<bool> flag();
Format<int> width();
Format<std::vector<int>> widths();  // not printed where the function chooses
Format<double> confidence();
Format<weights::Granularity> granularity();
Format<std::vector<weights::Granularity>> granularities();
Format<std::int64_t> axis();
Format<int> vector_length();
Format<std::vector<int>> vectors();
Format<quantization::ChannelScale> channel_scale();
Format<std::vector<quantization::ChannelScale>> channel_scales();
Format<bool> int8_table();
Format<std::vector<bool>> int8_tables();
Format<std::string> compress_for();
Format<PluginUse> plugin(plugins::Kind kind);
Format<PluginUse> backend();  // with a default
Format<std::optional<ProcessIsolation>> isolation();
Format<std::optional<ProcessIsolation>> time_limit();  // of an isolation that is read before

struct WholeRange {
  std::uint64_t least = 0, most = std::numeric_limits<std::uint64_t>::max();
  std::string remedy{};  // follows in the message
};
Format<std::uint64_t> whole(const WholeRange& range = {});

struct NumberRange {
  double least = 0, most = 0;
  bool above_least = false;  // the least itself is none
};
Format<double> number(const NumberRange& range);

// One of the names that are known, as a stage reads them; `unknown` is the message about another one, without the name.
Format<std::string> known_name(std::vector<std::string> (*known)(const PipelineSpec&), const std::string& unknown,
                               const std::string& expected = "a name or a list of names");
std::vector<std::string> names_of_models(const PipelineSpec& spec);
// Reports a name that isn't known.
bool check_known(StageContext& context, const Place& place, const std::string& name,
                 const std::vector<std::string>& known, const std::string& unknown);
// Reports a time limit without an isolation.
bool check_time_limit(StageContext& context, const Fields& fields, const std::optional<ProcessIsolation>& isolation);

// A row can say more of its type.
template <class V>
Format<V> required(Format<V> format) {
  format.is_required = true;
  return format;
}
template <class V>
Format<V> quoted(Format<V> format) {
  format.is_quoted = true;
  return format;
}
template <class V>
Format<V> quiet(Format<V> format) {
  format.is_quiet = true;
  return format;
}
template <class V>
Format<V> unprinted(Format<V> format) {
  format.show = nullptr;
  format.print = nullptr;
  return format;
}
// What it is called in messages.
template <class V>
Format<V> called(const std::string& what, Format<V> format) {
  format.what = what;
  return format;
}
template <class V>
Format<V> usually(const std::string& value, Format<V> format) {
  format.usual = value;
  return format;
}

Format<std::size_t> index_of(std::span<const std::string_view> names);

// An enumeration whose values are called by these names in their order; those behind the first `different` ones are
// other words for the same.
template <class Enumeration>
Format<Enumeration> choice(std::span<const std::string_view> names,
                           std::size_t different = std::numeric_limits<std::size_t>::max()) {
  const auto index = index_of(names);
  const auto read = [=](const Input& input, Enumeration& value) {
    std::size_t chosen = 0;
    if (!index.read(input, chosen)) return false;
    value = static_cast<Enumeration>(chosen % different);
    return true;
  };
  const auto show = [=](const Enumeration& value) { return index.show(static_cast<std::size_t>(value)); };
  return quoted(Format<Enumeration>(index.type, read, show));
}

// A text with placeholders. `read` fills a text, and the same as records have it.
bool read_template(const Input& input, std::string& text, std::string& record);

template <class T>
Format<T> name_template(std::string T::*text, std::string T::*record) {
  const auto read = [=](const Input& input, T& value) { return read_template(input, value.*text, value.*record); };
  return quoted(Format<T>({}, read, [=](const T& value) { return value.*record; }));
}

struct ListManner {
  bool or_one = true;               // a single item stands for a list of one
  std::string empty = " is empty";  // the message about a list without items; "": it may be
  std::string item{};               // what an item is called in messages; by default as the list
};

// Reads each item; returns whether all were understood.
bool read_items(const Input& input, const ListManner& manner, const std::function<bool(const Input& item)>& read);

template <class V>
Format<std::vector<V>> list_of(const Format<V>& item, const ListManner& manner = {}) {
  const auto read = [item, manner](const Input& input, std::vector<V>& values) {
    values.clear();
    return read_items(input, manner, [&](const Input& one) {
      V value{};
      const bool understood = item.read(one, value);
      if (understood) values.push_back(std::move(value));
      return understood;
    });
  };
  const auto print = [item](YamlPrinter& printer, const std::vector<V>& values) {
    if (values.empty()) return;
    printer.begin_list(static_cast<bool>(item.show));
    for (const V& value : values) {
      if (item.show) printer.text(item.show(value), item.is_quoted);
      if (item.print) item.print(printer, value);
    }
    printer.end_list();
  };
  return {manner.or_one ? one_or_list_type(item.type) : list_type(item.type), read, {}, print};
}

// A mapping with a table of its own: of a member, or of the same struct.
template <class T>
Format<T> mapping(const MappingOf<T>& keys, bool flow = false) {
  return {mapping_type(keys),
          [&keys](const Input& input, T& value) {
            return read_mapping(input.context, keys, input.node, &value, input.what) == Outcome::complete;
          },
          {},
          [&keys, flow](YamlPrinter& printer, const T& value) { printer.mapping(keys, &value, flow); }};
}

}  // namespace goldilocks::pipeline
