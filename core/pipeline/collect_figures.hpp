#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"
#include "core/evaluation/evaluate_answers.hpp"
#include "core/pipeline/predictions.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// One model's predictions with what they mean.
struct LabelledPredictions {
  const Predictions& predictions;
  const std::vector<std::string>& labels;         // of the model, by the index of the score
  const std::vector<std::uint32_t>& class_index;  // as in PlannedModel
};

// Fills the figures of an evaluation with their intervals: the metrics, those of each class, the confusion matrix, and
// what a comparison with `baseline` (may be null) shows, but for what only the other variants and the limit tell
// (state_findings()). Agreement and divergence are left out where the two models have different labels.
void fill_figures(goldilocks::Evaluation& evaluation, const LabelledPredictions& model,
                  const LabelledPredictions* baseline, const data::Dataset& dataset,
                  const evaluation::FigureSettings& settings, ThreadPool& pool);

// What the document says in words, from its own figures: of every comparison the p value adjusted for the number of
// variants, the samples needed for the limit of the selection (0.01 without one) and the verdict; and the findings.
// Called once all variants are filled and one is selected; a second call replaces what the first one wrote.
void state_findings(goldilocks::Results& results);

}  // namespace goldilocks::pipeline
