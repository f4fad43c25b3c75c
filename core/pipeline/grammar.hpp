#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::pipeline {

// What may stand behind a key. schema.cpp says it in JSON Schema, the parsers read it.
enum class Shape {
  text,
  name,           // a file's name without folders
  name_template,  // text with {model}, {function}, {bits}
  path,
  paths,      // a list of paths
  variables,  // a mapping from names to defaults
  stages,
  load,
  model,   // a path, or a mapping with `path`
  models,  // a list of models
  dataset,
  crop,
  filter,
  quantize,
  inputs,  // a name or a list of names
  sweep,
  functions,  // a quantizer or a list of quantizers, each with its options
  bits,       // a width or a list of widths
  evaluate,
  backend,  // a backend with its options
  select,
  drop,     // a number from 0 to 1
  reports,  // a report or a list of reports, each with its options
  isolation,
  time_limit,  // seconds
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
std::span<const Key> quantize();
std::span<const Key> sweep();
std::span<const Key> swept_function();  // beside the function's own options
std::span<const Key> evaluate();
std::span<const Key> select();
}  // namespace grammar

// Names of fixed choices, ours first, then those of Apple's Vision framework.
std::span<const std::string_view> crop_names();
std::span<const std::string_view> filter_names();
std::span<const std::string_view> isolation_names();

// Seconds that a `time_limit` may have.
inline constexpr double shortest_time_limit = 0.1;
inline constexpr double longest_time_limit = 1e6;

// The widths that a sweep may ask for: 1 to 8, 16, 32.
std::span<const int> known_widths();

std::vector<std::string> names_of(std::span<const Key> keys);

inline constexpr std::string_view default_name_template = "{model}_{function}_{bits}";
inline constexpr std::string_view default_backend = "onednn";

}  // namespace goldilocks::pipeline
