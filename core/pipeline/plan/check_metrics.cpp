// What is missing is said of the first variant that lacks it, as the others mostly lack the same.
#include "core/pipeline/plan/check_metrics.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/evaluation/label_mapping.hpp"
#include "core/evaluation/metric.hpp"

namespace goldilocks::pipeline {
namespace {

using evaluation::Needs;

struct NamedMetric {
  std::string name;
  Place place;
};

// What a figure is computed from.
struct Requirement {
  Needs needs = Needs::labels;
  bool compared = false;
};

// Nothing for figures that are no metrics of answers, such as sizes.
std::optional<Requirement> requirement_of(const std::string& name) {
  if (name == "mean_drop" || name == "worst_class_drop") return Requirement{Needs::classes, true};
  if (name == "worst_class_accuracy" || name == evaluation::confusion_name) return Requirement{Needs::classes, false};
  if (name == "agreement") return Requirement{Needs::scores_before, true};
  const auto metric = evaluation::find_metric(name);
  if (!metric) return std::nullopt;
  return Requirement{metric->needs, metric->against_baseline()};
}

class Checker {
 public:
  Checker(const PipelineSpec& spec, const Plan& plan) : spec_(spec), plan_(plan) {}

  // Why the variant can't have the figure; "" if it can.
  std::string obstacle(std::size_t index, const std::string& name, const Requirement& requirement) const {
    const VariantSpec& variant = spec_.variants[index];
    const PlannedModel& model = *plan_.models[variant.root];
    const std::string& model_name = spec_.variants[variant.root].name;
    const PlannedDataset& dataset = plan_.datasets[plan_.inputs[model.input].dataset];
    if (std::string missing = missing_data(requirement.needs, model, dataset, model_name); !missing.empty()) {
      return missing;
    }
    const std::size_t labels = gives_positions(model)
                                   ? static_cast<std::size_t>(model.feed->output.shape.value().back())
                                   : std::set<std::string>(model.labels.begin(), model.labels.end()).size();
    if (const std::size_t most = evaluation::top_of(name); most != 0 && most >= labels) {
      return fmt::format("'{}' has {} classes, so that it would be 1 for any answers", model_name, labels);
    }
    if (!requirement.compared) return "";
    if (variant.baseline == index) return fmt::format("'{}' is compared with no other model", variant.name);
    const VariantSpec& baseline = spec_.variants[variant.baseline];
    if (requirement.needs != Needs::classes &&
        !evaluation::match_labels(model.labels, plan_.models[baseline.root]->labels)) {
      return fmt::format("'{}' and '{}' have different labels", variant.name, baseline.name);
    }
    return "";
  }

 private:
  static bool gives_positions(const PlannedModel& model) { return model.feed && model.feed->output.per_position; }

  // "" if everything is there.
  std::string missing_data(Needs needs, const PlannedModel& model, const PlannedDataset& dataset,
                           const std::string& model_name) const {
    const auto lacks = [&](const char* what) {
      return fmt::format("dataset '{}' has no {}", name_of(spec_, dataset), what);
    };
    const bool detector = model.feed && model.feed->output.detection;
    const bool wants_boxes =
        needs == Needs::true_boxes || needs == Needs::true_boxes_before || needs == Needs::boxes_before;
    if (detector && !wants_boxes) return fmt::format("'{}' is evaluated as a detector", model_name);
    if (wants_boxes && !detector) return fmt::format("'{}' is not evaluated as a detector", model_name);
    if (detector) {
      const bool labelled = spec_.evaluate->detection->labels.has_value();
      return labelled || needs == Needs::boxes_before ? ""
                                                      : "'detection' names no 'labels' with the boxes that are there";
    }
    const bool positions = gives_positions(model);
    const bool has_classes = !dataset.content->classes.empty();
    const bool has_targets = !dataset.content->targets.empty() && !positions;
    switch (needs) {
      case Needs::targets:
      case Needs::targets_before:
        return has_targets ? "" : lacks("targets");
      case Needs::image_before:
        return model.feed && model.feed->output.image ? "" : fmt::format("'{}' doesn't make images", model_name);
      case Needs::classes:
      case Needs::classes_before:
        return has_classes ? "" : lacks("labels");
      case Needs::labels:
      case Needs::labels_before:
        return has_classes || positions ? "" : lacks("labels");
      case Needs::truth_before:
        return has_classes || has_targets || positions ? "" : lacks("labels and no targets");
      case Needs::positions:
      case Needs::positions_before:
        return positions ? "" : fmt::format("'{}' gives no scores at each position of a sequence", model_name);
      case Needs::scores_before:
        return positions || !model.labels.empty() ? "" : fmt::format("'{}' is no classifier", model_name);
      default:
        return "";
    }
  }

  const PipelineSpec& spec_;
  const Plan& plan_;
};

std::vector<NamedMetric> named_metrics(const PipelineSpec& spec) {
  std::vector<NamedMetric> named;
  const EvaluateStage& evaluate = *spec.evaluate;
  for (std::size_t i = 0; i < evaluate.figures.metrics.size(); ++i) {
    named.push_back({evaluate.figures.metrics[i], evaluate.metric_places.at(i)});
  }
  if (!spec.select) return named;
  const SelectStage& select = *spec.select;
  named.push_back({select.rule.objective, select.objective_place});
  for (std::size_t i = 0; i < select.rule.limits.size(); ++i) {
    named.push_back({select.rule.limits[i].metric, select.limit_places.at(i)});
  }
  for (std::size_t i = 0; spec.prove && i < spec.prove->rule.limits.size(); ++i) {
    named.push_back({spec.prove->rule.limits[i].metric, spec.prove->limit_places.at(i)});
  }
  if (select.front_place) {
    named.push_back({select.rule.front.first.metric, *select.front_place});
    named.push_back({select.rule.front.second.metric, *select.front_place});
  }
  return named;
}

}  // namespace

void check_metrics(const PipelineSpec& spec, Plan& plan) {
  if (!spec.evaluate) return;
  const Checker checker(spec, plan);
  Diagnostics faults;
  std::set<std::string> notices;
  for (const NamedMetric& named : named_metrics(spec)) {
    const auto requirement = requirement_of(named.name);
    if (!requirement) continue;
    std::string first;  // obstacle
    std::set<std::size_t> able;
    for (std::size_t i = 0; i < spec.variants.size(); ++i) {
      const std::string obstacle = checker.obstacle(i, named.name, *requirement);
      if (obstacle.empty()) able.insert(spec.variants[i].root);
      // What others lack says more than that the full-precision model is compared with none.
      if (first.empty() || (spec.variants[i].baseline != i && !obstacle.empty())) first = obstacle;
    }
    if (able.empty()) {
      faults.add(named.place, fmt::format("'{}' can't be computed: {}", named.name, first));
      continue;
    }
    for (std::size_t i = 0; i < spec.variants.size(); ++i) {
      if (!spec.variants[i].loaded || able.contains(i) || requirement->compared) continue;
      notices.insert(fmt::format("'{}' is not computed for {}: {}", named.name, spec.variants[i].name,
                                 checker.obstacle(i, named.name, *requirement)));
    }
  }
  faults.throw_if_any();
  plan.notices.insert(plan.notices.end(), notices.begin(), notices.end());
}

}  // namespace goldilocks::pipeline
