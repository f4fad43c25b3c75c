// The stages `select` and `prove`: an objective, and limits on figures. What is wrong with them is said here, before
// anything runs; but whether an earlier run's results have a figure is known only when they are read.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/suggest.hpp"
#include "core/evaluation/metric.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"
#include "core/pipeline/yaml/selection_metrics.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr double largest_limit = 1e18;

// Limits with their places.
struct Limits {
  std::vector<evaluation::Limit>& limits;
  std::vector<Place>& places;
};

// The metric of this name; a fault if there is none.
std::optional<SelectionMetric> known_metric(YamlReader& reader, const YAML::Node& node, const std::string& name) {
  if (auto metric = find_selection_metric(name)) return metric;
  std::vector<std::string> known;
  for (const SelectionMetric& metric : selection_metrics()) known.emplace_back(metric.name);
  reader.fault(node, "no metric '" + name + "' is computed" + did_you_mean(name, known));
  return std::nullopt;
}

void add_limit(YamlReader& reader, const YAML::Node& key, const YAML::Node& value, Limits added) {
  const std::string& name = key.Scalar();
  const bool known = known_metric(reader, key, name).has_value();
  const auto fields = reader.map(value, grammar::limit(), "the constraint on '" + name + "'");
  if (!fields || !known) return;
  const auto most = fields->find("at_most");
  const auto least = fields->find("at_least");
  if (most.has_value() == least.has_value()) {
    reader.fault(key, "the constraint on '" + name + "' needs one of 'at_most' and 'at_least'");
    return;
  }
  const auto bound =
      reader.number(most ? *most : *least, most ? "'at_most'" : "'at_least'", -largest_limit, largest_limit);
  if (!bound) return;
  evaluation::Limit limit{.metric = name};
  (most ? limit.at_most : limit.at_least) = *bound;
  auto& limits = added.limits;
  const bool twice = std::any_of(limits.begin(), limits.end(), [&](const evaluation::Limit& other) {
    return other.metric == name && other.at_most.has_value() == limit.at_most.has_value();
  });
  if (twice) {
    reader.fault(key, "a second limit of this kind on '" + name + "'");
    return;
  }
  limits.push_back(limit);
  added.places.push_back(reader.place(key));
}

void parse_constraints(YamlReader& reader, const YAML::Node& node, Limits added) {
  const auto items = reader.list(node, "'constraints'", true);
  if (!items) return;
  if (items->empty()) reader.fault(node, "'constraints' is empty; leave it out, or name a metric");
  for (const YAML::Node& item : *items) {
    const auto entries = reader.entries(item, "a constraint");
    if (!entries) continue;
    for (const auto& [key, value] : *entries) add_limit(reader, key, value, added);
  }
}

evaluation::Axis axis_of(const std::string& metric) {
  const auto known = find_selection_metric(metric);
  return {metric, known && known->larger_is_better};
}

void parse_front(YamlReader& reader, const YAML::Node& node, SelectStage& select) {
  const auto texts = reader.texts(node, "'front'", "a list of two metrics");
  if (!texts) return;
  if (texts->size() != 2) {
    reader.fault(node, "'front' has two metrics, not " + std::to_string(texts->size()));
    return;
  }
  const std::string& x = texts->front().value;
  const std::string& y = texts->back().value;
  const bool known = known_metric(reader, node, x).has_value() & known_metric(reader, node, y).has_value();
  if (!known) return;
  if (x == y) reader.fault(node, "'front' has two different metrics");
  select.rule.front = {axis_of(x), axis_of(y)};
  select.front_place = reader.place(node);
}

// Whether the run computes the figure: those that need no metric always are, others if the stage names them or names
// none.
bool is_computed(const PipelineSpec& spec, const std::string& metric) {
  const std::string name = metric == "agreement" ? "top1_agreement" : metric;
  if (!spec.evaluate || !evaluation::find_metric(name)) return true;
  const std::vector<std::string>& named = spec.evaluate->figures.metrics;
  return named.empty() || std::find(named.begin(), named.end(), name) != named.end();
}

// Without an interval these have their value still.
bool always_has_a_value(const std::string& metric) {
  constexpr std::array<std::string_view, 6> known = {
      "mean_accuracy", "accuracy", "top5_accuracy", "agreement", "worst_class_accuracy", "worst_class_drop"};
  return std::find(known.begin(), known.end(), metric) != known.end();
}

void check_limits(StageContext& context, const evaluation::SelectionRule& rule, const std::vector<Place>& places) {
  const PipelineSpec& spec = context.spec;
  for (std::size_t i = 0; i < rule.limits.size(); ++i) {
    const std::string& metric = rule.limits[i].metric;
    const auto fault = [&](const std::string& problem) {
      context.reader.diagnostics().add(places[i], "the constraint on '" + metric + "' " + problem);
    };
    if (!is_computed(spec, metric) && (rule.confidence != 0 || !always_has_a_value(metric))) {
      fault("needs this metric: the 'evaluate' stage computes others only");
    } else if (metric == "time" && spec.evaluate && spec.evaluate->rounds == 0) {
      fault("needs 'time: true' in the 'evaluate' stage");
    }
  }
}

void parse_confidence(StageContext& context, const YAML::Node& node, SelectStage& select) {
  const auto confidence = context.reader.number(node, "'confidence'", lowest_confidence, highest_confidence);
  if (!confidence) return;
  select.rule.confidence = *confidence;
  const auto& evaluate = context.spec.evaluate;
  if (evaluate && evaluate->figures.confidence != *confidence) {
    context.reader.fault(node, "'confidence' is " + plugins::to_text(plugins::OptionValue(*confidence)) +
                                   ", but the 'evaluate' stage computes intervals of " +
                                   plugins::to_text(plugins::OptionValue(evaluate->figures.confidence)) +
                                   "; give both the same");
  }
}

}  // namespace

void parse_select(StageContext& context, const YAML::Node& stage, const YAML::Node& settings) {
  YamlReader& reader = context.reader;
  SelectStage select;
  select.place = reader.place(stage);
  select.objective_place = select.place;
  evaluation::SelectionRule& rule = select.rule;
  const std::vector<evaluation::Limit> usual = std::exchange(rule.limits, {});
  bool has_limits = false;
  if (!settings.IsNull()) {
    const auto fields = reader.map(settings, grammar::select(), "'select'");
    if (!fields) return;
    if (const auto node = fields->find("objective")) {
      const auto objective = reader.choice(*node, "'objective'", objective_names());
      if (objective) rule.objective = objective_names()[*objective];
      select.objective_place = reader.place(*node);
    }
    rule.front.first.metric = rule.objective;
    if (const auto node = fields->find("max_drop")) {
      has_limits = true;
      if (const auto drop = reader.number(*node, "'max_drop'", 0, 1)) {
        rule.limits.push_back({.metric = "mean_drop", .at_most = *drop});
        select.limit_places.push_back(reader.place(*node));
      }
    }
    if (const auto node = fields->find("constraints")) {
      has_limits = true;
      parse_constraints(reader, *node, {rule.limits, select.limit_places});
    }
    if (const auto node = fields->find("confidence")) parse_confidence(context, *node, select);
    if (const auto node = fields->find("front")) parse_front(reader, *node, select);
    if (const auto node = fields->find("allow_broken_baseline")) {
      if (const auto allowed = reader.flag(*node, "'allow_broken_baseline'")) select.allow_broken_baseline = *allowed;
    }
  }
  if (!has_limits) {
    rule.limits = usual;
    select.limit_places.assign(usual.size(), select.place);
  }
  check_limits(context, rule, select.limit_places);
  if (rule.objective == "time" && context.spec.evaluate && context.spec.evaluate->rounds == 0) {
    reader.diagnostics().add(select.objective_place, "the objective 'time' needs 'time: true' in the 'evaluate' stage");
  }
  context.spec.select = std::move(select);
}

// Its intervals are computed with its own confidence, so that this need not be the evaluate stage's.
void parse_prove(StageContext& context, const YAML::Node& stage, const YAML::Node& settings) {
  YamlReader& reader = context.reader;
  ProveStage prove;
  prove.place = reader.place(stage);
  const auto fields = reader.map(settings, grammar::prove(), "'prove'");
  if (!fields) return;
  if (const auto part = reader.name(*fields->find("part"), "'part'")) prove.part = *part;
  prove.rule.limits.clear();
  if (context.spec.select) {
    prove.rule = context.spec.select->rule;
    prove.limit_places = context.spec.select->limit_places;
  }
  if (const auto node = fields->find("constraints")) {
    prove.rule.limits.clear();
    prove.limit_places.clear();
    parse_constraints(reader, *node, {prove.rule.limits, prove.limit_places});
  }
  if (const auto node = fields->find("confidence")) {
    const auto confidence = reader.number(*node, "'confidence'", lowest_confidence, highest_confidence);
    if (confidence) prove.rule.confidence = *confidence;
  }
  check_limits(context, prove.rule, prove.limit_places);
  context.spec.prove = std::move(prove);
}

}  // namespace goldilocks::pipeline
