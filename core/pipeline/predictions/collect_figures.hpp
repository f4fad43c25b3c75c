#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"
#include "core/evaluation/evaluate_answers.hpp"
#include "core/pipeline/predictions/model_feed.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// One model's predictions with what they mean. The first output is what is compared.
struct LabelledPredictions {
  const Predictions& predictions;
  const std::vector<std::string>& labels;         // of the model, by the index of the score; empty: no scores
  const std::vector<std::uint32_t>& class_index;  // as in PlannedModel
  const ComparedOutput* output = nullptr;         // of a model with a feed
  std::span<const float> targets{};               // what the output should be
  std::span<const std::int32_t> tokens{};         // of scores per position, as load_tokens() gives them
  const DetectionTruth* boxes = nullptr;          // of a detector
  const DetectionUse* detection = nullptr;        // likewise
};

// Fills an evaluation's figures with their intervals: accuracies by class and over all, the metrics, what classes were
// taken for, and what a comparison with `baseline` (may be null) shows, but for what only the other variants and the
// limit tell (state_findings()). The two are compared label by label, in whatever order each has its labels; what needs
// the baseline's scores is left out where they have different labels, or outputs of different sizes. Throws DataError
// for targets of another size than the output.
void fill_figures(goldilocks::Evaluation& evaluation, const LabelledPredictions& model,
                  const LabelledPredictions* baseline, const data::Dataset& dataset,
                  const evaluation::FigureSettings& settings, ThreadPool& pool);

// What the document says in words, from its own figures: of every comparison the p value adjusted for the number of
// variants, the samples needed for the limit of the selection (0.01 without one) and the verdict; and the findings.
// Called once all variants are filled and one is selected; a second call replaces what the first one wrote.
void state_findings(goldilocks::Results& results);

}  // namespace goldilocks::pipeline
