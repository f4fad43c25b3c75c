// The stage `publish`.
#include "core/pipeline/yaml/values.hpp"

namespace goldilocks::pipeline {
namespace {

bool check_publish(StageContext& context, const Fields& /*fields*/, PublishStage& publish) {
  if (publish.name.empty()) publish.name = context.spec.name;
  return true;
}

}  // namespace

const MappingOf<PublishStage>& grammar::publish() {
  static const MappingOf<PublishStage> table(
      "'publish'",
      {
          {"path", &PublishStage::folder, required(path()),
           "The folder to publish into; it holds the release and nothing else."},
          {"name", &PublishStage::name, name(), "What the published file is called; by default as the pipeline."},
      },
      check_publish);
  return table;
}

}  // namespace goldilocks::pipeline
