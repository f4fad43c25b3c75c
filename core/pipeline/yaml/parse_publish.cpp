// The stage `publish`.
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"

namespace goldilocks::pipeline {

void parse_publish(StageContext& context, const YAML::Node& stage, const YAML::Node& settings) {
  YamlReader& reader = context.reader;
  PublishStage publish;
  publish.place = reader.place(stage);
  publish.name = context.spec.name;
  const auto fields = reader.map(settings, grammar::publish(), "'publish'");
  if (!fields) return;
  if (const auto path = reader.path(*fields->find("path"), "'path'")) publish.folder = *path;
  if (const auto node = fields->find("name")) {
    if (const auto name = reader.name(*node, "'name'")) publish.name = *name;
  }
  context.spec.publish = publish;
}

}  // namespace goldilocks::pipeline
