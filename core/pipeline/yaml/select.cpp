// The stages `select` and `prove`: an objective, and limits on figures. What is wrong with them is said here, before
// anything runs; but whether an earlier run's results have a figure is known only when they are read.
#include <algorithm>
#include <array>

#include "core/base/suggest.hpp"
#include "core/evaluation/metric.hpp"
#include "core/pipeline/yaml/selection_metrics.hpp"
#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

// The metric of this name; a fault if there is none.
std::optional<SelectionMetric> known_metric(YamlReader& reader, const YAML::Node& node, const std::string& name) {
  if (auto metric = find_selection_metric(name)) return metric;
  std::vector<std::string> known;
  for (const SelectionMetric& metric : selection_metrics()) known.emplace_back(metric.name);
  reader.fault(node, "no metric '" + name + "' is computed" + did_you_mean(name, known));
  return std::nullopt;
}

// Limits with their places; those that stand there by default go when the first one is read.
template <class Stage>
void add_limit(Stage& stage, const evaluation::Limit& limit, const Place& place) {
  if (stage.limit_places.empty()) stage.rule.limits.clear();
  stage.rule.limits.push_back(limit);
  stage.limit_places.push_back(place);
}

template <class Stage>
bool read_limit(StageContext& context, const YAML::Node& key, const YAML::Node& value, Stage& stage) {
  const std::string& name = key.Scalar();
  const bool known = known_metric(context.reader, key, name).has_value();
  const std::string what = "the constraint on '" + name + "'";
  evaluation::Limit limit{.metric = name};
  if (read_mapping(context, grammar::limit(), value, &limit, what) != Outcome::complete || !known) return false;
  const Place place = context.reader.place(key);
  if (limit.at_most.has_value() == limit.at_least.has_value()) {
    return context.fault(place, what + " needs one of 'at_most' and 'at_least'");
  }
  const auto& limits = stage.rule.limits;
  const bool twice =
      !stage.limit_places.empty() && std::any_of(limits.begin(), limits.end(), [&](const evaluation::Limit& other) {
        return other.metric == name && other.at_most.has_value() == limit.at_most.has_value();
      });
  if (twice) return context.fault(place, "a second limit of this kind on '" + name + "'");
  add_limit(stage, limit, place);
  return true;
}

template <class Stage>
bool read_constraints(const Input& input, Stage& stage) {
  if (stage.limit_places.empty()) stage.rule.limits.clear();
  const auto items = input.reader.list(input.node, input.what, true);
  if (!items) return false;
  if (items->empty()) return input.fault(input.what + " is empty; leave it out, or name a metric");
  for (const YAML::Node& item : *items) {
    const auto entries = input.reader.entries(item, "a constraint");
    for (const auto& [key, value] : entries.value_or(Entries{})) read_limit(input.context, key, value, stage);
  }
  return true;
}

// The limit for which there is a short form, where it is the only one.
template <class Stage>
const evaluation::Limit* limit_of_drop(const Stage& stage) {
  if (stage.rule.limits.size() != 1) return nullptr;
  const evaluation::Limit& limit = stage.rule.limits.front();
  const double drop = limit.at_most.value_or(-1);
  return limit.metric == "mean_drop" && drop >= 0 && drop <= 1 ? &limit : nullptr;
}

template <class Stage>
void print_constraints(YamlPrinter& printer, const Stage& stage) {
  if (std::is_same_v<Stage, SelectStage> && limit_of_drop(stage) != nullptr) return;
  printer.begin_list();
  for (const evaluation::Limit& limit : stage.rule.limits) {
    printer.begin_mapping(true);
    printer.key(limit.metric);
    printer.mapping(grammar::limit(), &limit);
    printer.end_mapping();
  }
  printer.end_list();
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const SelectionMetric& metric : selection_metrics()) names.push_back(metric.name);
  return names;
}

// A list of mappings from a metric to a limit.
template <class Stage>
Format<Stage> constraints() {
  Type limits = entries_type(mapping_type(grammar::limit()));
  limits.choices = metric_names();
  return {one_or_list_type(limits), read_constraints<Stage>, {}, print_constraints<Stage>};
}

Format<SelectStage> max_drop() {
  const auto drop = number({.least = 0, .most = 1});
  const auto read = [drop](const Input& input, SelectStage& select) {
    evaluation::Limit limit{.metric = "mean_drop"};
    if (!drop.read(input, limit.at_most.emplace())) return false;
    add_limit(select, limit, input.reader.place(input.node));
    return true;
  };
  const auto show = [drop](const SelectStage& select) {
    const evaluation::Limit* limit = limit_of_drop(select);
    return limit == nullptr ? "" : drop.show(*limit->at_most);
  };
  return {drop.type, read, show};
}

Format<std::string> objective() {
  const auto index = index_of(objective_names());
  const auto read = [index](const Input& input, std::string& objective) {
    std::size_t chosen = 0;
    if (!index.read(input, chosen)) return false;
    objective = objective_names()[chosen];
    return true;
  };
  return quoted(Format<std::string>(index.type, read, [](const std::string& objective) { return objective; }));
}

evaluation::Axis axis_of(const std::string& metric) {
  const auto known = find_selection_metric(metric);
  return {metric, known && known->larger_is_better};
}

bool read_front(const Input& input, SelectStage& select) {
  YamlReader& reader = input.reader;
  const auto texts = reader.texts(input.node, input.what, "a list of two metrics");
  if (!texts) return false;
  if (texts->size() != 2) return input.fault(input.what + " has two metrics, not " + std::to_string(texts->size()));
  const std::string& x = texts->front().value;
  const std::string& y = texts->back().value;
  const bool known = known_metric(reader, input.node, x).has_value() & known_metric(reader, input.node, y).has_value();
  if (!known) return false;
  if (x == y) input.fault(input.what + " has two different metrics");
  select.rule.front = {axis_of(x), axis_of(y)};
  select.front_place = reader.place(input.node);
  return true;
}

Format<SelectStage> front() {
  Type pair = list_type({.kind = Type::Kind::choice, .choices = metric_names()});
  pair.least = pair.most = 2;
  return {pair, read_front, {}, [](YamlPrinter& printer, const SelectStage& select) {
            printer.list({select.rule.front.first.metric, select.rule.front.second.metric});
          }};
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

template <class Stage>
void check_limits(StageContext& context, const Stage& stage) {
  const evaluation::SelectionRule& rule = stage.rule;
  PipelineSpec& spec = context.spec;
  for (std::size_t i = 0; i < rule.limits.size(); ++i) {
    const std::string& metric = rule.limits[i].metric;
    if (spec.evaluate && evaluation::find_metric(metric)) spec.evaluate->figures.also.push_back(metric);
    const auto fault = [&](const std::string& problem) {
      context.fault(stage.limit_places[i], "the constraint on '" + metric + "' " + problem);
    };
    if (!is_computed(spec, metric) && (rule.confidence != 0 || !always_has_a_value(metric))) {
      fault("needs this metric: the 'evaluate' stage computes others only");
    } else if (metric == "time" && spec.evaluate && spec.evaluate->rounds == 0) {
      fault("needs 'time: true' in the 'evaluate' stage");
    }
  }
}

// The limits have to hold by intervals that the evaluate stage computes.
void check_confidence(StageContext& context, const Fields& fields, const SelectStage& select) {
  const auto& evaluate = context.spec.evaluate;
  if (!fields.has("confidence") || !fields.understood("confidence") || !evaluate) return;
  const double asked = select.rule.confidence;
  const double computed = evaluate->figures.confidence;
  if (asked == computed) return;
  context.fault(fields.place("confidence"), "'confidence' is " + plugins::to_text(plugins::OptionValue(asked)) +
                                                ", but the 'evaluate' stage computes intervals of " +
                                                plugins::to_text(plugins::OptionValue(computed)) +
                                                "; give both the same");
}

bool check_select(StageContext& context, const Fields& fields, SelectStage& select) {
  evaluation::SelectionRule& rule = select.rule;
  select.objective_place = fields.has("objective") ? fields.place("objective") : select.place;
  if (!select.front_place) rule.front.first.metric = rule.objective;
  if (!fields.has("max_drop") && !fields.has("constraints")) {
    select.limit_places.assign(rule.limits.size(), select.place);
  } else if (select.limit_places.empty()) {
    rule.limits.clear();
  }
  check_confidence(context, fields, select);
  check_limits(context, select);
  if (rule.objective == "time" && context.spec.evaluate && context.spec.evaluate->rounds == 0) {
    context.fault(select.objective_place, "the objective 'time' needs 'time: true' in the 'evaluate' stage");
  }
  return true;
}

// What it doesn't say is as in the select stage. Its intervals are computed with its own confidence, so that this need
// not be the evaluate stage's.
bool check_prove(StageContext& context, const Fields& fields, ProveStage& prove) {
  evaluation::SelectionRule& rule = prove.rule;
  const bool has_limits = fields.has("constraints");
  const bool has_confidence = fields.has("confidence");
  if (!has_limits) rule.limits.clear();
  if (context.spec.select) {
    evaluation::SelectionRule usual = context.spec.select->rule;
    if (has_limits) usual.limits = rule.limits;
    if (has_confidence && fields.understood("confidence")) usual.confidence = rule.confidence;
    if (!has_limits) prove.limit_places = context.spec.select->limit_places;
    rule = std::move(usual);
  }
  check_limits(context, prove);
  return true;
}

}  // namespace

const MappingOf<evaluation::Limit>& grammar::limit() {
  constexpr NumberRange any{.least = -1e18, .most = 1e18};
  static const MappingOf<evaluation::Limit> table(
      "a limit",
      {
          {"at_most", &evaluation::Limit::at_most, number(any), "The largest value that passes."},
          {"at_least", &evaluation::Limit::at_least, number(any), "The least value that passes."},
      },
      nullptr, {.fewest = 1, .most = 1});
  return table;
}

const MappingOf<SelectStage>& grammar::select() {
  using evaluation::SelectionRule;
  static const MappingOf<SelectStage> table(
      "'select'",
      {
          {"objective", in(&SelectStage::rule, &SelectionRule::objective), objective(),
           "What is made small: {default} (the default), zip_size or time."},
          {"max_drop", max_drop(),
           "The largest drop of the mean accuracy that passes: {default} by default, unless there are constraints."},
          {"constraints", constraints<SelectStage>(),
           "Limits that the chosen variant keeps: a list of metrics, each with 'at_most' or 'at_least'."},
          {"confidence", in(&SelectStage::rule, &SelectionRule::confidence), quiet(confidence()),
           "Limits have to hold by the intervals of this confidence, that of the evaluate stage; without it figures "
           "are taken as they are."},
          {"front", front(),
           "Two metrics, for which the results name the variants that no other one beats; the objective and "
           "mean_accuracy by default."},
          {"allow_broken_baseline", &SelectStage::allow_broken_baseline, quiet(flag()),
           "Chooses among variants although their baseline answers some samples with no finite number, or none right; "
           "{default} by default."},
      },
      check_select, {.may_be_nothing = true});
  return table;
}

const MappingOf<ProveStage>& grammar::prove() {
  using evaluation::SelectionRule;
  static const MappingOf<ProveStage> table(
      "'prove'",
      {
          {"part", &ProveStage::part, required(name()),
           "The part of each dataset's split to state the figures on; none of its images took part in the choice."},
          {"constraints", constraints<ProveStage>(),
           "Limits that the chosen variant has to keep there; by default those of the select stage."},
          {"confidence", in(&ProveStage::rule, &SelectionRule::confidence), quiet(confidence()),
           "Limits have to hold by the intervals of this confidence; by default as in the select stage."},
      },
      check_prove);
  return table;
}

}  // namespace goldilocks::pipeline
