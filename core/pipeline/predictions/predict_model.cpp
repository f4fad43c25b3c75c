#include "core/pipeline/predictions/predict_model.hpp"

#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/model_feed.hpp"
#include "core/pipeline/predictions/predictions.hpp"

namespace goldilocks::pipeline {

std::string predict_model(PredictionRequest request, std::span<const std::byte> prepared, ThreadPool& pool,
                          const std::function<void(double)>& progress) {
  if (!request.output.empty()) {
    return predict_inputs(request.model, request.name, request.backend, request.output, prepared, pool, progress);
  }
  const ImageNetwork network = lower_image_network(*request.model, request.name);
  request.model.reset();  // its weights are in the network now
  const runtime::BackendUse& backend = request.backend;
  const auto model = backend.plugin.create_model(backend.options, network.network->graph(), backend.file);
  return predict_images(network, *model, data::parse_npy(prepared, "prepared images"), request.scores_only, pool,
                        progress);
}

}  // namespace goldilocks::pipeline
