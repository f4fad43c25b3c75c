#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::pipeline {

// What may stand behind a key. schema.cpp says it in JSON Schema, the parsers read it.
enum class Shape {
  text,
  name,           // a file's name without folders
  name_template,  // text with {model}, {function}, {bits}, {preprocessing}
  texts,          // a text or a list of texts
  flag,           // true or false
  whole,          // a number, 0 or more
  path,
  paths,      // a list of paths
  variables,  // a mapping from names to defaults
  stages,
  load,
  model,   // a path, or a mapping with `path`
  models,  // a list of models
  dataset,
  arrays,  // a path, or a mapping from names to paths
  crop,
  filter,
  split,
  parts,  // a mapping from names to shares
  quantize,
  inputs,  // a name or a list of names
  sweep,
  functions,  // a quantizer or a list of quantizers, each with its options
  bits,       // a width or a list of widths
  width,      // one width
  quantizer,  // one quantizer with its options
  rules,      // a list of rules
  match,
  layer_types,  // one of the format's names of layers, or a list of them
  fold,         // auto, true, false, or a list of kinds of layers
  keep,         // smaller or always
  compaction,   // true, false or float16
  compactions,  // one of them or a list
  sensitivity,
  mixed,
  variant,     // a variant's name
  divergence,  // a number above 0
  evaluate,
  backend,  // a backend with its options
  select,
  prove,
  publish,
  drop,  // a number from 0 to 1
  objective,
  constraints,  // a list of mappings from a metric to a limit
  bound,        // a number
  metric_pair,  // two metrics
  reports,      // a report or a list of reports, each with its options
  isolation,
  time_limit,  // seconds
  metrics,     // a metric or a list of metrics
  confidence,
  bootstrap,
  resamples,
  rounds,
};

// One key of a mapping in a pipeline file.
struct Key {
  std::string_view name;
  Shape shape;
  bool required;
  std::string_view help;  // one sentence, for editors and docs/pipeline.md
};

// The keys of every kind of mapping: parser, schema and the test of the documentation all read these tables.
namespace grammar {
std::span<const Key> pipeline();
std::span<const Key> path_variable();
std::span<const Key> stage();
std::span<const Key> load();
std::span<const Key> model();
std::span<const Key> dataset();
std::span<const Key> split();
std::span<const Key> quantize();
std::span<const Key> sweep();
std::span<const Key> swept_function();   // beside the function's own options
std::span<const Key> skipping_rule();    // a rule is either of this kind
std::span<const Key> quantizing_rule();  // or of this
std::span<const Key> match();
std::span<const Key> rules_file();  // of `goldilocks quantize --rules`
std::span<const Key> sensitivity();
std::span<const Key> mixed();
std::span<const Key> evaluate();
std::span<const Key> bootstrap();
std::span<const Key> select();
std::span<const Key> limit();
std::span<const Key> prove();
std::span<const Key> publish();
}  // namespace grammar

// Names of fixed choices, ours first, then those of Apple's Vision framework.
std::span<const std::string_view> crop_names();
std::span<const std::string_view> filter_names();
std::span<const std::string_view> isolation_names();

// Seconds that a `time_limit` may have.
inline constexpr double shortest_time_limit = 0.1;
inline constexpr double longest_time_limit = 1e6;

// What a `confidence` and the `resamples` of a bootstrap may be.
inline constexpr double lowest_confidence = 0.5;
inline constexpr double highest_confidence = 0.9999;
inline constexpr std::uint64_t fewest_resamples = 100;
inline constexpr std::uint64_t most_resamples = 100000;

// What `rounds` of measuring may be. With fewer, the median would have no interval at the usual confidence.
inline constexpr std::uint64_t fewest_rounds = 6;
inline constexpr std::uint64_t most_rounds = 100000;

// The widths that a sweep may ask for: 1 to 8, 16, 32.
std::span<const int> known_widths();

std::span<const std::string_view> fold_names();        // auto, true, false
std::span<const std::string_view> fold_kinds();        // batchnorm, scale, bias
std::span<const std::string_view> keep_names();        // smaller, always: by Keep
std::span<const std::string_view> compaction_names();  // false, true, float16: by Compaction

std::vector<std::string> names_of(std::span<const Key> keys);

inline constexpr std::string_view default_name_template = "{model}_{function}_{bits}";
// Where several ways with the mean image are swept.
inline constexpr std::string_view long_name_template = "{model}_{function}_{bits}_{preprocessing}";
// Of mixed widths.
inline constexpr std::string_view default_mixed_name_template = "{model}_mixed";
inline constexpr std::string_view default_backend = "onednn";

}  // namespace goldilocks::pipeline
