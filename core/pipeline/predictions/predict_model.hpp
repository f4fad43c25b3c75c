#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "core/base/thread_pool.hpp"
#include "core/runtime/stage.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::pipeline {

struct PredictionRequest {
  std::shared_ptr<const CoreML::Specification::Model> model;
  std::string name;  // for messages
  runtime::BackendUse backend;
  std::string output{};      // that is compared, of a model with a feed; "" for a classifier of one image
  bool scores_only = false;  // of a classifier of one image
};

// Runs a model on what was prepared for it, whichever way it is evaluated; the content of the predictions artifact.
// Throws as predict_images() and predict_inputs() do.
std::string predict_model(PredictionRequest request, std::span<const std::byte> prepared, ThreadPool& pool,
                          const std::function<void(double)>& progress = {});

}  // namespace goldilocks::pipeline
