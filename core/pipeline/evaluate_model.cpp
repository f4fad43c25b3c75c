#include <cstring>

#include "core/base/error.hpp"
#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"
#include "core/evaluation/label_mapping.hpp"
#include "core/model/model_file.hpp"
#include "core/pipeline/collect_results.hpp"
#include "core/pipeline/planned_datasets.hpp"
#include "core/pipeline/predictions.hpp"
#include "core/pipeline/single.hpp"
#include "core/pipeline/usable_samples.hpp"
#include "core/plugins/text_options.hpp"

namespace goldilocks::pipeline {
namespace {

DatasetUse use_of(const EvaluateModelRequest& request) {
  DatasetUse use;
  const std::filesystem::path images = request.images.lexically_normal();
  use.images = {images, images.string(), images.string()};
  const std::filesystem::path last = images.has_filename() ? images : images.parent_path();
  use.name = last.stem().string();
  if (request.labels) use.labels = PathValue{*request.labels, request.labels->string(), request.labels->string()};
  if (request.label_map)
    use.label_map = PathValue{*request.label_map, request.label_map->string(), request.label_map->string()};
  use.preparation = request.preparation;
  use.max_unusable = request.max_unusable;
  return use;
}

data::Dataset open(const DatasetUse& use) {
  if (!use.packed() && !std::filesystem::is_directory(use.images.path) && use.images.path.extension() == ".npy") {
    throw UsageError(use.images.path.string() + ": images in a .npy file need labels, another .npy file");
  }
  return open_dataset(use);
}

// Artifacts are mapped files, and so aligned; here the content is copied to memory that is.
std::vector<float> aligned_copy(const std::string& content) {
  std::vector<float> copy((content.size() + sizeof(float) - 1) / sizeof(float));
  std::memcpy(copy.data(), content.data(), content.size());
  return copy;
}

}  // namespace

EvaluateModelResult evaluate_model(const EvaluateModelRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                   const std::function<void(double)>& progress) {
  const plugins::BackendPlugin& backend = registry.backend(request.backend);
  const auto options = parse_text_options(backend.options, request.options, "backend " + backend.name);
  const std::string name = request.model.string();
  const ImageNetwork network = lower_image_network(*model::load_model(request.model), name);
  const DatasetUse use = use_of(request);
  const auto all = std::make_shared<const data::Dataset>(open(use));
  const data::Dataset& dataset = *all;
  const auto classes = evaluation::map_classes(dataset.classes, network.labels(), dataset.path.string());
  const auto model = backend.create_model(options, network.network->graph(), request.model);

  const lowering::ImageInput& image = network.image();
  const data::PreparedImages prepared = data::prepare_images(dataset, image.width, image.height, image.channels(),
                                                             request.preparation, request.max_unusable, pool);
  const auto usable = usable_part(all, unusable_notes(prepared.unusable));
  const std::string content =
      predict_images(network, *model, data::parse_npy(std::as_bytes(std::span(prepared.file)), "prepared images"), true,
                     pool, progress);
  const std::vector<float> aligned = aligned_copy(content);
  const auto bytes = std::as_bytes(std::span(aligned)).first(content.size());

  EvaluateModelResult result;
  result.evaluation = evaluate_predictions(parse_predictions(bytes, name), *usable, classes);
  result.evaluation.set_dataset(use.name);
  result.evaluation.set_backend(backend.name);
  const PlannedInput input{0, image.width, image.height, image.channels(), 0};
  result.dataset = describe_dataset(use, *usable, {&input, 1});
  add_unusable(result.dataset, dataset, prepared.unusable);
  return result;
}

}  // namespace goldilocks::pipeline
