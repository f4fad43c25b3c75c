#include "core/pipeline/predictions/predict_model.hpp"

#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/model_feed.hpp"
#include "core/pipeline/predictions/predictions.hpp"

namespace goldilocks::pipeline {

void predict_model(PredictionRequest request, const PreparedSamples& prepared, ThreadPool& pool, OpenFile& to,
                   const std::function<void(double)>& progress) {
  if (request.detection) {
    predict_boxes(request.model, request.name, request.backend, *request.detection, prepared, pool, to, progress);
    return;
  }
  if (!request.output.empty()) {
    predict_inputs(request.model, request.name, request.backend, {request.output, request.sequences}, prepared, pool,
                   to, progress);
    return;
  }
  const ImageNetwork network = lower_image_network(*request.model, request.name, request.backend.limits);
  request.model.reset();  // its weights are in the network now
  const runtime::BackendUse& backend = request.backend;
  const auto model = backend.plugin.create_model(backend.options, network.network->graph(), backend.file);
  predict_images(network, *model, prepared, request.scores_only, pool, to, progress);
}

}  // namespace goldilocks::pipeline
