// The stage `evaluate`.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::uint64_t usual_rounds = 30;

bool read_metrics(const Input& input, EvaluateStage& evaluate) {
  YamlReader& reader = input.reader;
  std::vector<std::string>& metrics = evaluate.figures.metrics;
  const auto items = reader.list(input.node, input.what, true);
  if (!items) return false;
  if (items->empty()) return input.fault(input.what + " is empty; name at least one");
  for (const YAML::Node& item : *items) {
    const auto text = reader.text(item, input.what, "a metric's name or a list of them");
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
  return true;
}

void print_metrics(YamlPrinter& printer, const EvaluateStage& evaluate) {
  if (!evaluate.figures.metrics.empty()) printer.list(evaluate.figures.metrics);
}

// A name, or one with a number in it.
Type metric_type() {
  const auto& names = evaluation::metric_names();
  const Type numbered{.pattern = "^top[1-9][0-9]{0,3}_(accuracy|agreement)$"};
  return {.kind = Type::Kind::either,
          .of = {{.kind = Type::Kind::choice, .choices = {names.begin(), names.end()}}, numbered}};
}

// 0 rounds: the time isn't measured.
bool read_time(const Input& input, std::uint64_t& rounds) {
  const auto timed = input.reader.flag(input.node, input.what);
  rounds = timed.value_or(true) ? usual_rounds : 0;
  return timed.has_value();
}

std::string show_time(std::uint64_t rounds) { return rounds > 0 ? "true" : ""; }

// With fewer, the median would have no interval at the usual confidence.
Format<std::uint64_t> rounds_format() {
  const auto rounds = whole({.least = 6, .most = 100000});
  const auto read = [rounds](const Input& input, std::uint64_t& value) {
    return value == 0 ? input.fault(input.what + " needs 'time: true'") : rounds.read(input, value);
  };
  return usually(std::to_string(usual_rounds), quiet(Format<std::uint64_t>(rounds.type, read, rounds.show)));
}

std::span<const std::string_view> precision_names() {
  static constexpr std::array<std::string_view, 2> names{"float32", "as_typed"};  // as runtime::Precision has them
  return names;
}

bool check_evaluate(StageContext& context, const Fields& fields, EvaluateStage& evaluate) {
  if (evaluate.detection && !evaluate.output.empty()) {
    return context.fault(fields.place("output"), "'output' stands beside 'detection'");
  }
  if (!evaluate.baseline.empty()) {
    check_known(context, fields.place("baseline"), evaluate.baseline, names_of_models(context.spec),
                "'baseline' must be a loaded model; none is called");
  }
  return check_time_limit(context, fields, evaluate.isolation);
}

}  // namespace

const MappingOf<evaluation::BootstrapSettings>& grammar::bootstrap() {
  static const MappingOf<evaluation::BootstrapSettings> table(
      "'bootstrap'", {
                         {"seed", &evaluation::BootstrapSettings::seed, whole(),
                          "Of the resamples: {default} by default; the same seed gives the same intervals."},
                         {"resamples", &evaluation::BootstrapSettings::resamples, whole({.least = 100, .most = 100000}),
                          "How many are drawn: {default} by default."},
                     });
  return table;
}

const MappingOf<DetectionUse>& grammar::detection() {
  static const MappingOf<DetectionUse> table(
      "'detection'", {
                         {"boxes", &DetectionUse::boxes, required(text("an output's name")),
                          "The output of boxes: centre x, centre y, width, height."},
                         {"scores", &DetectionUse::scores, required(text("an output's name")),
                          "The output of their scores, one for each label."},
                         {"labels", &DetectionUse::labels, existing_path(),
                          "The boxes that are there: COCO's annotations (.json), or a .csv file with the columns file, "
                          "label, left, top, "
                          "width and height."},
                         {"classes", &DetectionUse::classes, list_of(text("a label"), {.or_one = false}),
                          "The labels by the index of their score, of models that have none; otherwise 0, 1, ..."},
                         {"iou", &DetectionUse::iou, number({.least = 0, .most = 1, .above_least = true}),
                          "From which overlap on a box of the variant is one of the baseline's: {default} by default."},
                         {"score", &DetectionUse::least_score, number({.least = 0, .most = 1}),
                          "The least score of the boxes that are compared with the baseline's: {default} by default."},
                         {"pixels", &DetectionUse::pixels, flag(),
                          "true: the boxes are in pixels of the input; otherwise in parts of it, from 0 to 1."},
                         {"most", &DetectionUse::most, whole({.least = 1, .most = 10000}),
                          "How many boxes of a sample count, those of the highest scores: {default} by default."},
                     });
  return table;
}

const MappingOf<EvaluateStage>& grammar::evaluate() {
  using evaluation::FigureSettings;
  static const MappingOf<EvaluateStage> table(
      "'evaluate'",
      {
          {"backend", &EvaluateStage::backend, backend(), "What runs the models: {default} by default."},
          {"precision", &EvaluateStage::precision, quiet(choice<runtime::Precision>(precision_names())),
           "What is rounded of an ML Program's float16 values: casts, outputs and states alone (float32, by default), "
           "or "
           "each result (as_typed)."},
          {"output", &EvaluateStage::output, text("an output's name"),
           "The output that is compared; by default that of the targets, else a classifier's scores, else the first "
           "one."},
          {"detection", &EvaluateStage::detection, mapping(detection()),
           "Of detectors: which outputs are boxes and scores, and what is there to be found."},
          {"baseline", &EvaluateStage::baseline, text("a loaded model's name"),
           "The loaded model to compare all others with; by default the one that a variant was made from, and without "
           "a quantize stage the first one."},
          {"part", &EvaluateStage::part, name(),
           "The part of each dataset's split to evaluate on; by default all samples."},
          {"isolation", &EvaluateStage::isolation, isolation(),
           "none: plugins run in this process, by default; process: each task in one of its own, so that a crash is "
           "its failure alone."},
          {"time_limit", &EvaluateStage::isolation, time_limit(),
           "With 'isolation: process': the seconds after which a task is given up; {default} by default."},
          {"metrics", Format<EvaluateStage>(one_or_list_type(metric_type()), read_metrics, {}, print_metrics),
           "What is computed: a metric's name or several, and confusion; by default all that the data allow."},
          {"confidence", in(&EvaluateStage::figures, &FigureSettings::confidence), confidence(),
           "Of every interval and test: {default} by default."},
          {"bootstrap", in(&EvaluateStage::figures, &FigureSettings::bootstrap), mapping(bootstrap(), true),
           "How the intervals are found that no formula gives."},
          {"time", &EvaluateStage::rounds,
           usually("false", Format<std::uint64_t>({.kind = Type::Kind::flag}, read_time, show_time)),
           "Measures how long a prediction takes and how much memory, in turns; {default} by default."},
          {"rounds", &EvaluateStage::rounds, rounds_format(),
           "With 'time: true': how often every variant has its turn; {default} by default."},
      },
      check_evaluate, {.may_be_nothing = true});
  return table;
}

}  // namespace goldilocks::pipeline
