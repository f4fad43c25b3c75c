#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/pipeline/predictions/model_feed.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/pipeline/predictions/sample_reader.hpp"
#include "core/pipeline/predictions/sequence_steps.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/batch_predictor.hpp"

namespace goldilocks::pipeline {
namespace {

using runtime::Values;

// From [height, width, channels] to [channels, height, width].
template <class Pixel>
void write_planes(std::span<const Pixel> image, std::size_t channels, std::size_t pixels, float* planes) {
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < channels; ++c) planes[c * pixels + i] = static_cast<float>(image[i * channels + c]);
  }
}

struct Answer {
  std::vector<std::int64_t> dims;
  std::vector<float> values;
};

struct AnswerReader {
  Answer operator()(const runtime::Array& array) const {
    Answer answer{array.shape, std::vector<float>(runtime::element_count(array))};
    runtime::to_floats(array, answer.values);
    return answer;
  }
  Answer operator()(const runtime::Image& image) const {
    const std::size_t channels = image.format == runtime::PixelFormat::rgb ? 3 : 1;
    const auto pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    Answer answer{{static_cast<std::int64_t>(channels), image.height, image.width},
                  std::vector<float>(channels * pixels)};
    if (image.format == runtime::PixelFormat::gray_float16) {
      runtime::to_floats({runtime::ElementType::float16, {image.height, image.width}, image.pixels}, answer.values);
    } else {
      const auto* const bytes = reinterpret_cast<const std::uint8_t*>(image.pixels.data());
      write_planes(std::span(bytes, image.pixels.size()), channels, pixels, answer.values.data());
    }
    return answer;
  }
  Answer operator()(double number) const { return {{1}, {static_cast<float>(number)}}; }
  Answer operator()(std::int64_t number) const { return {{1}, {static_cast<float>(number)}}; }
  Answer operator()(const runtime::TextDictionary& scores) const {
    return by_label([&](const std::string& label) { return scores.at(label); });
  }
  Answer operator()(const runtime::IntegerDictionary& scores) const {
    return by_label([&](const std::string& label) { return scores.at(std::stoll(label)); });
  }
  template <class Other>
  Answer operator()(const Other&) const {
    throw ModelError("the output is neither numbers nor an image");
  }

  template <class Find>
  Answer by_label(const Find& find) const {
    Answer answer{{static_cast<std::int64_t>(labels.size())}, {}};
    for (const std::string& label : labels) answer.values.push_back(static_cast<float>(find(label)));
    return answer;
  }

  const std::vector<std::string>& labels;
};

class StageRunner final : public runtime::SampleRunner {
 public:
  StageRunner(const runtime::Stage& stage, const SampleReader& reader, const std::string& output,
              const std::vector<std::string>& labels, bool sequences)
      : stage_(stage), reader_(reader), output_(output), labels_(labels), sequences_(sequences) {}

  std::vector<runtime::SampleOutput> run(std::size_t sample) override {
    if (sequences_) {
      answer_ = answer_steps(predict_steps(stage_, reader_.read(sample)));
    } else {
      Values inputs = reader_.read(sample);
      inputs.merge(fresh_states(stage_.description()));  // those that are not given
      answer_ = answer_of(stage_.predict(inputs, nullptr));
    }
    return {{answer_.dims, answer_.values}};
  }

 private:
  Answer answer_of(const Values& outputs) const { return std::visit(AnswerReader{labels_}, outputs.at(output_)); }

  // One after the other.
  Answer answer_steps(const std::vector<Values>& steps) const {
    Answer all;
    for (const Values& outputs : steps) {
      const Answer answer = answer_of(outputs);
      if (all.values.empty()) {
        all.dims = answer.dims;
      } else if (all.dims != answer.dims) {
        throw ModelError(fmt::format("output '{}' is of the shape {} in one step, and {} in another", output_,
                                     runtime::shape_text(all.dims), runtime::shape_text(answer.dims)));
      }
      all.values.insert(all.values.end(), answer.values.begin(), answer.values.end());
    }
    all.dims.insert(all.dims.begin(), static_cast<std::int64_t>(steps.size()));
    return all;
  }

  const runtime::Stage& stage_;
  const SampleReader& reader_;
  const std::string& output_;
  const std::vector<std::string>& labels_;
  bool sequences_;
  Answer answer_;
};

class BoxRunner final : public runtime::SampleRunner {
 public:
  BoxRunner(const runtime::Stage& stage, const SampleReader& reader, const DetectedBoxes& detection)
      : stage_(stage),
        reader_(reader),
        detection_(detection),
        dims_{static_cast<std::int64_t>(detection.most), static_cast<std::int64_t>(box_values)} {}

  std::vector<runtime::SampleOutput> run(std::size_t sample) override {
    boxes_ = detected_boxes(stage_.predict(reader_.read(sample), nullptr), detection_);
    return {{dims_, boxes_}};
  }

 private:
  const runtime::Stage& stage_;
  const SampleReader& reader_;
  const DetectedBoxes& detection_;
  std::vector<std::int64_t> dims_;
  std::vector<float> boxes_;
};

// Runs the model on all samples by runners that `make` makes of its stage and the reader.
template <class Make>
void predict_samples(const std::shared_ptr<const formats::Model>& model, const std::string& name,
                     const runtime::BackendUse& backend, const std::string& output, const PreparedSamples& prepared,
                     ThreadPool& pool, OpenFile& to, const std::function<void(double)>& progress, const Make& make) {
  within<ModelError, PluginError>(name, [&] {
    try {
      const auto stage = runtime::make_stage(model, backend);
      const SampleReader reader(prepared, stage->description());
      PredictionsSink sink(to, prepared.samples(), {output});
      const auto make_runner = [&] { return make(*stage, reader); };
      runtime::predict_batch({prepared.samples(), {output}, make_runner, progress}, pool, sink);
    } catch (const UsageError& error) {
      throw ModelError(error);  // what the dataset gives is what planning found the model to take
    }
  });
}

}  // namespace

void predict_boxes(const std::shared_ptr<const formats::Model>& model, const std::string& name,
                   const runtime::BackendUse& backend, const DetectedBoxes& detection, const PreparedSamples& prepared,
                   ThreadPool& pool, OpenFile& to, const std::function<void(double)>& progress) {
  predict_samples(
      model, name, backend, detections_name, prepared, pool, to, progress,
      [&](const runtime::Stage& stage, const SampleReader& reader) -> std::unique_ptr<runtime::SampleRunner> {
        return std::make_unique<BoxRunner>(stage, reader, detection);
      });
}

void predict_inputs(const std::shared_ptr<const formats::Model>& model, const std::string& name,
                    const runtime::BackendUse& backend, const PredictedValues& wanted, const PreparedSamples& prepared,
                    ThreadPool& pool, OpenFile& to, const std::function<void(double)>& progress) {
  const std::vector<std::string> labels = model->labels();
  predict_samples(
      model, name, backend, wanted.output, prepared, pool, to, progress,
      [&](const runtime::Stage& stage, const SampleReader& reader) -> std::unique_ptr<runtime::SampleRunner> {
        return std::make_unique<StageRunner>(stage, reader, wanted.output, labels, wanted.sequences);
      });
}

std::vector<std::int32_t> load_tokens(const ComparedOutput& output, const data::Dataset& dataset, ThreadPool& pool) {
  const data::ArrayColumn& column =
      output.target ? dataset.targets.at(*output.target) : dataset.inputs.at(output.tokens.value());
  const auto vocabulary = static_cast<float>(output.shape.value().back());
  const std::vector<float> values = load_floats(column, pool);
  const std::size_t positions = column.values_per_sample();
  std::vector<std::int32_t> tokens(values.size(), -1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= vocabulary) {
      throw DataError(column.place(), fmt::format("the token {} of sample {}, but output '{}' has scores of {}",
                                                  values[i], i / positions, output.name, output.shape->back()));
    }
    if (output.target) {
      tokens[i] = std::max(static_cast<std::int32_t>(values[i]), -1);
    } else if (i % positions != 0) {
      tokens[i - 1] = std::max(static_cast<std::int32_t>(values[i]), -1);
    }
  }
  return tokens;
}

std::vector<float> load_targets(const ComparedOutput& output, const data::Dataset& dataset,
                                const data::Preparation& preparation, ThreadPool& pool) {
  const data::ArrayColumn& column = dataset.targets.at(output.target.value());
  // Arrays of [height, width, 3] are images, too.
  const bool pixels = column.type == "|u1" && column.shape.size() == 3 && column.shape != output.shape;
  if (!output.image || !(column.images || pixels)) return load_floats(column, pool);
  const std::vector<std::int64_t>& shape = output.shape.value();
  const auto channels = static_cast<std::size_t>(shape[0]);
  const auto size = static_cast<std::size_t>(shape[1] * shape[2]);
  std::vector<float> planes(column.samples() * channels * size);
  data::prepare_images(images_of(column), static_cast<int>(shape[2]), static_cast<int>(shape[1]),
                       static_cast<int>(channels), preparation, 0, pool,
                       [&](std::size_t sample, std::span<const std::uint8_t> image) {
                         write_planes(image, channels, size, planes.data() + sample * channels * size);
                       });
  constexpr double white = 255;
  if (output.white != white) {
    for (float& value : planes) value *= static_cast<float>(output.white / white);
  }
  return planes;
}

}  // namespace goldilocks::pipeline
