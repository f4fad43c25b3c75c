#include "core/pipeline/compare_models.hpp"

#include <cstring>

#include "core/base/error.hpp"
#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"
#include "core/evaluation/label_mapping.hpp"
#include "core/model/model_file.hpp"
#include "core/pipeline/collect_figures.hpp"
#include "core/pipeline/collect_results.hpp"
#include "core/pipeline/image_network.hpp"

namespace goldilocks::pipeline {
namespace {

data::Dataset open(const CompareModelsRequest& request) {
  const std::filesystem::path& images = request.images;
  if (request.labels) return data::open_packed_images(images, *request.labels);
  const bool packed = !std::filesystem::is_directory(images) && images.extension() == ".npy";
  return packed || data::holds_files(images) ? data::open_unlabelled_images(images) : data::open_image_folder(images);
}

DatasetUse use_of(const CompareModelsRequest& request) {
  DatasetUse use;
  const std::filesystem::path images = request.images.lexically_normal();
  use.images = {images, images.string(), images.string()};
  use.name = (images.has_filename() ? images : images.parent_path()).stem().string();
  use.preparation = request.preparation;
  return use;
}

// A model that has answered for all images.
struct Predicted {
  std::string name;
  std::vector<std::string> labels;
  std::vector<std::uint32_t> class_index;
  PlannedInput input;
  std::vector<float> content;  // aligned, as the views into it must be
  Predictions predictions;
};

Predicted predict(const std::filesystem::path& file, const data::Dataset& dataset, const CompareModelsRequest& request,
                  const plugins::BackendPlugin& backend, ThreadPool& pool) {
  const auto options = parse_text_options(backend.options, request.options, "backend " + backend.name);
  Predicted result;
  const std::string path = file.string();
  result.name = file.stem().string();
  const ImageNetwork network = lower_image_network(*model::load_model(file), path);
  result.labels = network.labels();
  result.class_index = evaluation::map_classes(dataset.classes, result.labels, dataset.path.string());
  const lowering::ImageInput& image = network.image();
  result.input = {0, image.width, image.height, image.channels(), 0};
  const auto model = backend.create_model(options, network.network->graph(), file);
  const std::string prepared =
      data::prepare_images(dataset, image.width, image.height, image.channels(), request.preparation, pool);
  const std::string content = predict_images(
      network, *model, data::parse_npy(std::as_bytes(std::span(prepared)), "prepared images"), true, pool);
  result.content.resize((content.size() + sizeof(float) - 1) / sizeof(float));
  std::memcpy(result.content.data(), content.data(), content.size());
  result.predictions =
      parse_predictions(std::as_bytes(std::span<const float>(result.content)).first(content.size()), path);
  return result;
}

}  // namespace

CompareModelsResult compare_models(const CompareModelsRequest& request, plugins::Registry& registry, ThreadPool& pool) {
  const plugins::BackendPlugin& backend = registry.backend(request.backend);
  const data::Dataset dataset = open(request);
  const Predicted before = predict(request.before, dataset, request, backend, pool);
  const Predicted after = predict(request.after, dataset, request, backend, pool);

  CompareModelsResult result;
  result.evaluation = evaluate_predictions(after.predictions, dataset, after.class_index);
  if (!dataset.classes.empty()) {
    const auto reference = evaluate_predictions(before.predictions, dataset, before.class_index);
    result.evaluation.set_mean_drop(reference.mean_accuracy() - result.evaluation.mean_accuracy());
  }
  const DatasetUse use = use_of(request);
  result.evaluation.set_dataset(use.name);
  result.evaluation.set_backend(backend.name);
  result.evaluation.set_baseline(before.name);
  const LabelledPredictions baseline{before.predictions, before.labels, before.class_index};
  fill_figures(result.evaluation, {after.predictions, after.labels, after.class_index}, &baseline, dataset,
               request.figures, pool);
  for (const goldilocks::Figure& figure : result.evaluation.figures()) {
    if (figure.metric() == "top1_agreement") result.evaluation.set_top1_agreement(figure.value());
  }
  const std::vector<PlannedInput> inputs = {before.input, after.input};
  result.dataset = describe_dataset(use, dataset, inputs);

  // The verdict is that of a document with one variant.
  goldilocks::Results document;
  goldilocks::Variant& variant = *document.add_variants();
  variant.set_name(after.name);
  *variant.mutable_evaluation() = result.evaluation;
  state_findings(document);
  result.evaluation = document.variants(0).evaluation();
  return result;
}

}  // namespace goldilocks::pipeline
