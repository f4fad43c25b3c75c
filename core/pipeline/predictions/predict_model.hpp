#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/open_file.hpp"
#include "core/base/thread_pool.hpp"
#include "core/pipeline/predictions/detected_boxes.hpp"
#include "core/pipeline/predictions/prepared_samples.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::pipeline {

struct PredictionRequest {
  std::shared_ptr<const formats::Model> model;
  std::string name;  // for messages
  runtime::BackendUse backend;
  std::string output{};    // that is compared, of a model with a feed; "" for a classifier of one image
  bool sequences = false;  // samples are sequences of steps
  std::optional<DetectedBoxes> detection{};  // of a detector, in its place
  bool scores_only = false;                  // of a classifier of one image
};

// Runs a model on what was prepared for it, whichever way it is evaluated, and writes the predictions artifact. Throws
// as predict_images() and predict_inputs() do.
void predict_model(PredictionRequest request, const PreparedSamples& prepared, ThreadPool& pool, OpenFile& to,
                   const std::function<void(double)>& progress = {});

}  // namespace goldilocks::pipeline
