// The stages evaluate and report.
#include <algorithm>
#include <utility>

#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::uint64_t usual_rounds = 30;

// 0: the time isn't measured.
std::uint64_t parse_rounds(YamlReader& reader, const Fields& fields) {
  bool timed = false;
  if (const auto node = fields.find("time")) timed = reader.flag(*node, "'time'").value_or(true);
  const auto node = fields.find("rounds");
  if (!node) return timed ? usual_rounds : 0;
  const auto rounds = reader.whole(*node, "'rounds'");
  if (!timed) {
    reader.fault(*node, "'rounds' needs 'time: true'");
  } else if (rounds && (*rounds < fewest_rounds || *rounds > most_rounds)) {
    reader.fault(*node,
                 "'rounds' must be from " + std::to_string(fewest_rounds) + " to " + std::to_string(most_rounds));
  }
  return rounds.value_or(usual_rounds);
}

}  // namespace

void parse_evaluate(StageContext& context, const YAML::Node& stage, const YAML::Node& settings) {
  YamlReader& reader = context.reader;
  EvaluateStage evaluate;
  evaluate.place = reader.place(stage);
  YAML::Node backend(std::string{default_backend});
  if (!settings.IsNull()) {
    const auto fields = reader.map(settings, grammar::evaluate(), "'evaluate'");
    if (!fields) return;
    if (const auto node = fields->find("backend")) backend = *node;
    if (const auto node = fields->find("baseline")) {
      std::vector<std::string> known;
      for (const LoadStage& load : context.spec.loads) {
        for (const LoadedModel& model : load.models) known.push_back(model.name);
      }
      const auto text = reader.text(*node, "'baseline'", "a loaded model's name");
      if (text && std::find(known.begin(), known.end(), text->value) == known.end()) {
        reader.fault(*node, "'baseline' must be a loaded model; none is called '" + text->value + "'" +
                                did_you_mean(text->value, known));
      }
      if (text) evaluate.baseline = text->value;
    }
    if (const auto node = fields->find("part")) {
      if (const auto part = reader.name(*node, "'part'")) evaluate.part = *part;
    }
    evaluate.isolation = parse_isolation(reader, *fields);
    parse_figures(reader, *fields, evaluate);
    evaluate.rounds = parse_rounds(reader, *fields);
  }
  auto plugin = parse_plugin(reader, context.registry, plugins::Kind::backend, backend);
  if (plugin) evaluate.backend = std::move(plugin->use);
  context.spec.evaluate = std::move(evaluate);
}

void parse_report(StageContext& context, const YAML::Node& stage, const YAML::Node& settings) {
  const auto items = context.reader.list(settings, "'report'", true);
  if (!items) return;
  if (items->empty()) context.reader.fault(stage, "'report' is empty; name at least one report");
  for (const YAML::Node& node : *items) {
    auto plugin = parse_plugin(context.reader, context.registry, plugins::Kind::report, node);
    if (plugin) context.spec.reports.push_back(std::move(plugin->use));
  }
}

}  // namespace goldilocks::pipeline
