#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"

namespace goldilocks::pipeline {
namespace {

void parse_metrics(YamlReader& reader, const YAML::Node& node, EvaluateStage& evaluate) {
  std::vector<std::string>& metrics = evaluate.figures.metrics;
  const auto items = reader.list(node, "'metrics'", true);
  if (!items) return;
  if (items->empty()) reader.fault(node, "'metrics' is empty; name at least one");
  for (const YAML::Node& item : *items) {
    const auto text = reader.text(item, "'metrics'", "a metric's name or a list of them");
    if (!text) continue;
    const std::string& name = text->value;
    if (name != evaluation::confusion_name && !evaluation::find_metric(name)) {
      reader.fault(item, "there is no metric '" + name + "'" + did_you_mean(name, evaluation::metric_names()));
    } else if (std::find(metrics.begin(), metrics.end(), name) != metrics.end()) {
      reader.fault(item, "the metric '" + name + "' is named twice");
    } else {
      metrics.push_back(name);
      evaluate.metric_places.push_back(reader.place(item));
    }
  }
}

void parse_bootstrap(YamlReader& reader, const YAML::Node& node, evaluation::BootstrapSettings& bootstrap) {
  const auto fields = reader.map(node, grammar::bootstrap(), "'bootstrap'");
  if (!fields) return;
  if (const auto seed = fields->find("seed")) {
    if (const auto number = reader.whole(*seed, "'seed'")) bootstrap.seed = *number;
  }
  if (const auto resamples = fields->find("resamples")) {
    const auto number = reader.whole(*resamples, "'resamples'");
    if (number && (*number < fewest_resamples || *number > most_resamples)) {
      reader.fault(*resamples, "'resamples' must be from " + std::to_string(fewest_resamples) + " to " +
                                   std::to_string(most_resamples));
    } else if (number) {
      bootstrap.resamples = *number;
    }
  }
}

}  // namespace

void parse_figures(YamlReader& reader, const Fields& fields, EvaluateStage& evaluate) {
  evaluation::FigureSettings& settings = evaluate.figures;
  if (const auto node = fields.find("metrics")) parse_metrics(reader, *node, evaluate);
  if (const auto node = fields.find("confidence")) {
    const auto confidence = reader.number(*node, "'confidence'", lowest_confidence, highest_confidence);
    if (confidence) settings.confidence = *confidence;
  }
  if (const auto node = fields.find("bootstrap")) parse_bootstrap(reader, *node, settings.bootstrap);
}

}  // namespace goldilocks::pipeline
