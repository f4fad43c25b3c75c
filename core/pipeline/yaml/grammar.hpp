#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/plugins/registry.hpp"

namespace YAML {
class Node;
}
namespace goldilocks::data {
struct Split;
}
namespace goldilocks::evaluation {
struct BootstrapSettings;
struct Limit;
}  // namespace goldilocks::evaluation

// The grammar of pipeline files: one table for each kind of mapping. A row binds a key to the member that it fills, to
// the type of what may stand behind it, and to one sentence of help:
//
//     {"measurements", &MixedStage::measurements, whole({.least = 1}), "How many models may be run: {default} ..."}
//
// The reader, the printer, the JSON Schema and docs/pipeline-keys.md walk the tables and know no key by its name, so
// that a new key is a new row. values.hpp has the types; what concerns several keys is the table's check.
namespace goldilocks::pipeline {

struct Mapping;
struct StageContext;
class Fields;
class YamlPrinter;
class YamlReader;

// What may stand behind a key, as people and editors are told.
struct Type {
  enum class Kind { text, flag, whole, number, choice, width, path, list, entries, mapping, plugin, either };

  Kind kind = Kind::text;
  std::optional<double> least{}, most{};  // of a number; of a list or of entries: how many
  bool above_least = false;               // the least number itself is none
  std::vector<std::string> choices{};     // also: the keys that entries may have, where not all
  std::string pattern{};                  // a regular expression for a text, or for the keys of entries
  std::vector<Type> of{};                 // the item of a list, the value of an entry, the alternatives
  const Mapping* mapping = nullptr;       // of a plugin: the keys beside its options, or none
  plugins::Kind plugin = plugins::Kind::quantizer;
};

Type choice_type(std::span<const std::string_view> names);
Type list_type(Type item);
Type one_or_list_type(Type item);
Type entries_type(Type value);
Type mapping_type(const Mapping& mapping);
Type plugin_type(plugins::Kind kind, const Mapping* own_keys = nullptr);

// What stands behind a key.
struct Input {
  StageContext& context;
  YamlReader& reader;
  const YAML::Node& node;
  std::string what;  // the key, in messages

  // Reports what is wrong with it. Returns false.
  bool fault(const std::string& message) const;
};

struct Manner {
  std::string what{};       // in messages; by default the key in quotes
  std::string usual{};      // the default, where the struct doesn't say it
  bool read_usual = false;  // where the key is missing, `usual` is read in its place
  bool is_required = false;
  bool is_quoted = false;  // when it is printed
  bool is_quiet = false;   // not printed where it is the default
  bool repeats = false;    // of a stage: a pipeline may have several
};

// How a V is read and printed.
template <class V>
struct Format : Manner {
  // Reports what is wrong, and returns whether nothing is.
  using Read = std::function<bool(const Input&, V&)>;
  using Show = std::function<std::string(const V&)>;          // as one text; "": there is nothing to print
  using Print = std::function<void(YamlPrinter&, const V&)>;  // where that isn't enough; may print nothing

  Format(Type described, Read reads, Show shows, Print prints = {})
      : type(std::move(described)), read(std::move(reads)), show(std::move(shows)), print(std::move(prints)) {}

  Type type;
  Read read;
  Show show;
  Print print;
};

// The same of the struct that a mapping fills.
struct Value : Manner {
  Type type;
  std::function<bool(const Input&, void* object)> read{};
  std::function<std::string(const void* object)> show{};
  std::function<void(YamlPrinter&, const void* object)> print{};
};

struct Key {
  std::string name;
  Value value;
  std::string help;  // one sentence; "{default}" in it stands for the default

  std::string named() const { return value.what.empty() ? "'" + name + "'" : value.what; }
};

// A member of a member; what a row may name in place of a member.
template <class T, class M, class N>
struct MemberOfMember {
  M T::*outer;
  N M::*inner;

  friend N& operator->*(T* object, MemberOfMember member) { return object->*member.outer.*member.inner; }
  friend const N& operator->*(const T* object, MemberOfMember member) { return object->*member.outer.*member.inner; }
};

template <class T, class M, class N>
MemberOfMember<T, M, N> in(M T::*outer, N M::*inner) {
  return {outer, inner};
}

// All of a struct, in place of a member.
template <class T>
struct WholeStruct {
  friend T& operator->*(T* object, WholeStruct) { return *object; }
  friend const T& operator->*(const T* object, WholeStruct) { return *object; }
};

// A row of the table that fills a T.
template <class T>
struct KeyOf : Key {
  // The member is a V or an optional one.
  template <class Member, class V>
  KeyOf(std::string_view key, Member member, const Format<V>& format, std::string_view sentence)
      : Key{std::string(key), {{format}, format.type}, std::string(sentence)} {
    using Content = std::remove_cvref_t<decltype(std::declval<T*>()->*member)>;
    constexpr bool is_plain = std::is_same_v<Content, V>;
    static_assert(is_plain || std::is_same_v<Content, std::optional<V>>);
    if (format.read) {
      value.read = [member, read = format.read](const Input& input, void* object) {
        auto& content = static_cast<T*>(object)->*member;
        if constexpr (is_plain) {
          return read(input, content);
        } else {
          V fresh{};
          const bool understood = read(input, fresh);
          if (understood) content = std::move(fresh);
          return understood;
        }
      };
    }
    const auto of = [member](const void* object) -> const V* {
      const auto& content = static_cast<const T*>(object)->*member;
      if constexpr (is_plain) {
        return &content;
      } else {
        return content ? &*content : nullptr;
      }
    };
    if (format.show) {
      value.show = [of, show = format.show](const void* object) {
        const V* content = of(object);
        return content == nullptr ? std::string() : show(*content);
      };
    }
    if (format.print) {
      value.print = [of, print = format.print](YamlPrinter& printer, const void* object) {
        if (const V* content = of(object)) print(printer, *content);
      };
    }
  }

  // What fills several members.
  KeyOf(std::string_view key, const Format<T>& format, std::string_view sentence)
      : KeyOf(key, WholeStruct<T>(), format, sentence) {}
};

// How many keys a mapping has, and which.
struct KeyCounts {
  std::size_t fewest = 0, most = 0;             // 0: any number
  std::vector<std::string> any_of{}, one_of{};  // at least one of these; exactly one
  bool may_be_nothing = false;                  // a key without a mapping stands for an empty one
};

// The keys of one kind of mapping, in the order in which they are read and printed.
struct Mapping {
  std::string what{};  // in messages: "'load'", "a dataset"
  std::vector<Key> keys{};
  std::shared_ptr<const void> defaults{};  // a struct as it is before any key is read
  // What concerns several keys, once all are read: reports what is wrong, and returns whether nothing is.
  std::function<bool(StageContext&, const Fields&, void* object)> check{};
  KeyCounts counts{};

  // The default of one of its keys in words; "" if it has none.
  std::string default_of(const Key& key) const;
  void add(Key key);
};

template <class T>
struct MappingOf : Mapping {
  using Check = bool (*)(StageContext&, const Fields&, T&);

  MappingOf(std::string named, std::initializer_list<KeyOf<T>> rows, Check checks = nullptr, KeyCounts counted = {}) {
    what = std::move(named);
    defaults = std::make_shared<const T>();
    for (const KeyOf<T>& row : rows) add(row);
    if (checks != nullptr) {
      check = [checks](StageContext& context, const Fields& fields, void* object) {
        return checks(context, fields, *static_cast<T*>(object));
      };
    }
    counts = std::move(counted);
  }
};

std::vector<std::string> names_of(const Mapping& mapping);

// The tables; each stands in the file of its stage.
struct Variable;
struct LoadStage;
struct LoadedModel;
struct DatasetUse;
struct QuantizeStage;
struct SweptFunction;
struct WeightRule;
struct RulesSource;
struct SensitivityStage;
struct MixedStage;
struct EvaluateStage;
struct DetectionUse;
struct SelectStage;
struct ProveStage;
struct PublishStage;
struct PipelineSpec;

namespace grammar {
const MappingOf<PipelineSpec>& pipeline();
const MappingOf<Variable>& path_variable();
const MappingOf<PipelineSpec>& stage();  // its rows are the kinds of stages, in their order
const MappingOf<LoadStage>& load();
const MappingOf<LoadedModel>& model();
const MappingOf<DatasetUse>& dataset();
const MappingOf<data::Split>& split();
const MappingOf<QuantizeStage>& quantize();
const MappingOf<QuantizeStage>& sweep();
const MappingOf<SweptFunction>& swept_function();  // beside the function's own options
const MappingOf<WeightRule>& skipping_rule();      // a rule is either of this kind
const MappingOf<WeightRule>& quantizing_rule();    // or of this
const MappingOf<WeightRule>& match();
const MappingOf<RulesSource>& rules_source();  // what may stand in place of a list of rules
const MappingOf<QuantizeStage>& rules_file();  // of `goldilocks quantize --rules`
const MappingOf<SensitivityStage>& sensitivity();
const MappingOf<MixedStage>& mixed();
const MappingOf<EvaluateStage>& evaluate();
const MappingOf<DetectionUse>& detection();
const MappingOf<evaluation::BootstrapSettings>& bootstrap();
const MappingOf<SelectStage>& select();
const MappingOf<evaluation::Limit>& limit();
const MappingOf<ProveStage>& prove();
const MappingOf<PublishStage>& publish();
}  // namespace grammar

// Names of fixed choices, ours first, then those of Apple's Vision framework.
std::span<const std::string_view> crop_names();
std::span<const std::string_view> filter_names();

// What a `confidence` may be.
inline constexpr double lowest_confidence = 0.5;
inline constexpr double highest_confidence = 0.9999;

// The widths that a sweep may ask for: 1 to 8, 16, 32.
std::span<const int> known_widths();

}  // namespace goldilocks::pipeline
