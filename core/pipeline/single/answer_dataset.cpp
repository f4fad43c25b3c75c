#include "core/pipeline/single/answer_dataset.hpp"

#include <cstring>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/predictions/class_names.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/predict_model.hpp"
#include "core/pipeline/predictions/usable_samples.hpp"

namespace goldilocks::pipeline {
DatasetAnswers answer_dataset(const std::filesystem::path& model, const DatasetUse& use,
                              const std::shared_ptr<const data::Dataset>& dataset,
                              const plugins::BackendPlugin& backend, const plugins::OptionValues& options,
                              ThreadPool& pool, const std::function<void(double)>& progress) {
  const std::string path = model.string();
  DatasetAnswers answers;
  answers.name = model.stem().string();
  PredictionRequest request{.model = model::load_model(model), .name = path, .backend = {backend, options, model, {}}};
  data::PreparedImages prepared;
  if (is_fed(*request.model, path, *dataset)) {
    answers.feed = feed_model(*request.model, path, *dataset);
    answers.labels = answers.feed->output.labels;
    answers.input.fed = answers.feed->inputs;
    request.output = answers.feed->output.name;
    prepared = prepare_inputs(answers.feed->inputs, *dataset, use.preparation, use.max_unusable, pool);
  } else {
    const ImageNetwork network = lower_image_network(*request.model, path);
    const lowering::ImageInput& image = network.image();
    answers.labels = network.labels();
    answers.input = {0, image.width, image.height, image.channels(), 0};
    request.scores_only = true;
    prepared = data::prepare_images(*dataset, image.width, image.height, image.channels(), use.preparation,
                                    use.max_unusable, pool);
  }
  answers.class_index = class_indexes(*dataset, answers.labels);
  answers.unusable = prepared.unusable;
  answers.usable =
      named_by_model(usable_part(dataset, unusable_notes(prepared.unusable)), answers.class_index, answers.labels);
  // Artifacts are mapped files, and so aligned; here contents are copied to memory that is.
  const auto aligned = [](const std::string& content) {
    std::vector<float> copy((content.size() + sizeof(float) - 1) / sizeof(float));
    std::memcpy(copy.data(), content.data(), content.size());
    return copy;
  };
  const std::vector<float> inputs = aligned(prepared.file);
  const auto bytes = std::as_bytes(std::span(inputs)).first(prepared.file.size());
  const std::string content = predict_model(std::move(request), bytes, pool, progress);
  answers.content = aligned(content);
  answers.predictions =
      parse_predictions(std::as_bytes(std::span<const float>(answers.content)).first(content.size()), path);
  if (answers.feed && answers.feed->output.target) {
    answers.targets = load_targets(answers.feed->output, *answers.usable, use.preparation, pool);
  }
  return answers;
}

}  // namespace goldilocks::pipeline
