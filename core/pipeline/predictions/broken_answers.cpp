#include "core/pipeline/predictions/broken_answers.hpp"

#include <set>

#include <fmt/format.h>

#include "core/evaluation/figures.hpp"

namespace goldilocks::pipeline {
namespace {

using evaluation::grouped;

std::string unanswered_in_words(const goldilocks::Evaluation& evaluation) {
  return fmt::format("has no finite answer for {} of {} samples", grouped(evaluation.unanswered()),
                     grouped(evaluation.samples()));
}

}  // namespace

std::string broken_in_words(const goldilocks::Evaluation& evaluation) {
  if (evaluation.unanswered() > 0) return unanswered_in_words(evaluation);
  if (evaluation.samples() == 0 || !evaluation.has_accuracy() || evaluation.accuracy() > 0) return "";
  return fmt::format("is right about none of {} samples", grouped(evaluation.samples()));
}

std::string unfit_in_words(const goldilocks::Variant& variant, const goldilocks::Variant* baseline,
                           bool allow_broken_baseline) {
  const std::string broken = baseline == nullptr ? "" : broken_in_words(baseline->evaluation());
  if (!broken.empty()) {
    if (allow_broken_baseline) return "";
    return fmt::format(
        "its baseline {} {}, so that figures against it say nothing ('allow_broken_baseline: true' of 'select' takes "
        "them "
        "all the same)",
        baseline->name(), broken);
  }
  const goldilocks::Evaluation& evaluation = variant.evaluation();
  if (evaluation.unanswered() == 0 || evaluation.unanswered() < evaluation.samples()) return "";
  return "it " + unanswered_in_words(evaluation);
}

void add_broken_answers(goldilocks::Results& results) {
  std::set<std::string> baselines;
  for (const goldilocks::Variant& variant : results.variants()) baselines.insert(variant.evaluation().baseline());
  for (const goldilocks::Variant& variant : results.variants()) {
    const goldilocks::Evaluation& evaluation = variant.evaluation();
    if (evaluation.unanswered() > 0) {
      results.add_findings(fmt::format("{} {}", variant.name(), unanswered_in_words(evaluation)));
    } else if (baselines.contains(variant.name()) && !broken_in_words(evaluation).empty()) {
      results.add_findings(
          fmt::format("{} {}: its labels may be others than the dataset's, or its images are prepared "
                      "otherwise than it was trained with",
                      variant.name(), broken_in_words(evaluation)));
    }
  }
}

}  // namespace goldilocks::pipeline
