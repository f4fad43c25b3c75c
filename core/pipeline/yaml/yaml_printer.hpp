#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/spec.hpp"

namespace YAML {
class Emitter;
}

namespace goldilocks::pipeline {

// Prints structs as the tables of the grammar say. Texts are quoted where a reader could take one for a number or a
// flag.
class YamlPrinter {
 public:
  YamlPrinter(YAML::Emitter& out, const PipelineSpec& spec) : out_(out), spec_(spec) {}

  const PipelineSpec& spec() const { return spec_; }

  // The key of what is printed next; nothing is printed of it before.
  void key(const std::string& name, bool quoted = false);
  std::string take_key();
  void text(const std::string& text, bool quoted = false);
  void list(const std::vector<std::string>& texts, bool quoted = false);  // in one line
  void begin_mapping(bool flow = false);
  void end_mapping();
  void begin_list(bool flow = false);
  void end_list();

  void mapping(const Mapping& mapping, const void* object, bool flow = false);
  // The keys of a mapping that has begun.
  void keys(const Mapping& mapping, const void* object);
  // A plugin's name with its options, after those keys that are the pipeline's own.
  void plugin(const PluginUse& use, const Mapping* own_keys = nullptr, const void* object = nullptr);

 private:
  void print_key();

  YAML::Emitter& out_;
  const PipelineSpec& spec_;
  std::optional<std::string> key_;
  bool is_key_quoted_ = false;
};

}  // namespace goldilocks::pipeline
