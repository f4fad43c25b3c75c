// Prepared inputs have the form of predictions: each input of all samples, as float32. So a worker needs nothing of the
// dataset, and what the model takes is what the key of the artifact stands for.
#include <algorithm>
#include <cmath>
#include <mutex>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/data/npy.hpp"
#include "core/data/split.hpp"
#include "core/pipeline/predictions/model_feed.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/runtime/arrays.hpp"

namespace goldilocks::pipeline {
namespace {

using runtime::Values;

constexpr std::size_t max_chunk = 16;

std::vector<float> as_floats(const std::string& prepared) {
  const data::NpyView view = data::parse_npy(std::as_bytes(std::span(prepared)), "prepared images");
  std::vector<float> floats(view.values.size());
  std::transform(view.values.begin(), view.values.end(), floats.begin(),
                 [](std::byte pixel) { return static_cast<float>(std::to_integer<int>(pixel)); });
  return floats;
}

// From [height, width, channels] to [channels, height, width], image by image.
std::vector<float> as_planes(std::span<const float> images, std::size_t channels, std::size_t pixels) {
  std::vector<float> planes(images.size());
  for (std::size_t begin = 0; begin < images.size(); begin += channels * pixels) {
    for (std::size_t i = 0; i < pixels; ++i) {
      for (std::size_t c = 0; c < channels; ++c) planes[begin + c * pixels + i] = images[begin + i * channels + c];
    }
  }
  return planes;
}

// The input's values of all samples of `samples`, the dataset or its usable part.
std::vector<float> values_of(const FedInput& input, const data::Dataset& samples, const data::Preparation& preparation,
                             ThreadPool& pool) {
  const data::ArrayColumn& column = samples.inputs.at(input.column.value());
  if (!input.is_image()) return load_floats(column, pool);
  return as_floats(prepare_images(images_of(column), input.width, input.height, input.channels, preparation, pool));
}

// What goes into the model for one sample.
class SampleReader {
 public:
  SampleReader(const Predictions& prepared, const runtime::Description& description) : prepared_(prepared) {
    for (const PredictedOutput& input : prepared.outputs) {
      const auto feature =
          std::find_if(description.inputs.begin(), description.inputs.end(),
                       [&](const runtime::Feature& candidate) { return candidate.name == input.name; });
      if (feature == description.inputs.end()) throw ModelError("has no input '" + input.name + "'");
      is_image_.push_back(feature->kind == runtime::Kind::image);
    }
  }

  Values read(std::size_t sample) const {
    Values values;
    for (std::size_t i = 0; i < prepared_.outputs.size(); ++i) {
      const PredictedOutput& input = prepared_.outputs[i];
      const std::size_t size = input.values.size() / prepared_.samples;
      const auto floats = input.values.subspan(sample * size, size);
      if (is_image_[i]) {
        values[input.name] = image(input, floats);
      } else {
        values[input.name] = runtime::make_array(input.dims, floats);
      }
    }
    return values;
  }

 private:
  static runtime::Image image(const PredictedOutput& input, std::span<const float> floats) {
    runtime::Image image;
    image.height = static_cast<int>(input.dims.at(0));
    image.width = static_cast<int>(input.dims.at(1));
    image.format = input.dims.at(2) == 3 ? runtime::PixelFormat::rgb : runtime::PixelFormat::gray;
    image.pixels.resize(floats.size());
    std::transform(floats.begin(), floats.end(), image.pixels.begin(),
                   [](float value) { return static_cast<std::byte>(value); });
    return image;
  }

  const Predictions& prepared_;
  std::vector<bool> is_image_;
};

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
    std::vector<float> floats(channels * pixels);
    if (image.format == runtime::PixelFormat::gray_float16) {
      runtime::to_floats({runtime::ElementType::float16, {image.height, image.width}, image.pixels}, floats);
    } else {
      std::transform(image.pixels.begin(), image.pixels.end(), floats.begin(),
                     [](std::byte pixel) { return static_cast<float>(std::to_integer<int>(pixel)); });
    }
    return {{static_cast<std::int64_t>(channels), image.height, image.width}, as_planes(floats, channels, pixels)};
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

}  // namespace

data::PreparedImages prepare_inputs(const std::vector<FedInput>& inputs, const data::Dataset& dataset,
                                    const data::Preparation& preparation, std::size_t max_unusable, ThreadPool& pool) {
  data::PreparedImages prepared;
  std::vector<std::vector<float>> values(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const FedInput& input = inputs[i];
    if (input.column) continue;
    data::PreparedImages images =
        prepare_images(dataset, input.width, input.height, input.channels, preparation, max_unusable, pool);
    prepared.unusable = std::move(images.unusable);
    values[i] = as_floats(images.file);
  }
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
    const auto is_this = [&](const data::UnusableSample& sample) { return sample.sample == i; };
    if (std::none_of(prepared.unusable.begin(), prepared.unusable.end(), is_this)) usable.push_back(i);
  }
  const data::Dataset samples = take_samples(dataset, usable);
  Predictions content;
  content.samples = usable.size();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].column) values[i] = values_of(inputs[i], samples, preparation, pool);
    const std::vector<std::int64_t> image = {inputs[i].height, inputs[i].width, inputs[i].channels};
    content.outputs.push_back({inputs[i].name, inputs[i].is_image() ? image : inputs[i].shape, values[i]});
  }
  prepared.file = serialize_predictions(content);
  return prepared;
}

std::string predict_inputs(const std::shared_ptr<const CoreML::Specification::Model>& model, const std::string& name,
                           const runtime::BackendUse& backend, const std::string& output,
                           std::span<const std::byte> prepared, ThreadPool& pool,
                           const std::function<void(double)>& progress) {
  const Predictions inputs = parse_predictions(prepared, "prepared inputs");
  if (inputs.samples == 0) throw DataError("there is no sample to predict");
  try {
    const auto stage = runtime::make_stage(model, backend);
    const SampleReader reader(inputs, stage->description());
    const std::vector<std::string> labels = score_labels(*model);
    std::vector<Answer> answers(inputs.samples);
    const auto predict = [&](std::size_t i) {
      throw_if_cancelled();
      const Values values = stage->predict(reader.read(i), nullptr);
      answers[i] = std::visit(AnswerReader{labels}, values.at(output));
    };
    const std::size_t chunk = std::clamp<std::size_t>(inputs.samples / (pool.thread_count() * 8), 1, max_chunk);
    std::mutex mutex;
    std::size_t done = 0;
    pool.parallel_for((inputs.samples + chunk - 1) / chunk, [&](std::size_t part) {
      const std::size_t end = std::min((part + 1) * chunk, inputs.samples);
      for (std::size_t i = part * chunk; i < end; ++i) predict(i);
      const std::scoped_lock lock(mutex);
      done += end - part * chunk;
      if (progress) progress(static_cast<double>(done) / static_cast<double>(inputs.samples));
    });
    std::vector<float> values;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].dims != answers.front().dims) {
        throw ModelError(fmt::format("output '{}' has the shape {} for sample {} and {} for the first", output,
                                     runtime::shape_text(answers[i].dims), i,
                                     runtime::shape_text(answers.front().dims)));
      }
      values.insert(values.end(), answers[i].values.begin(), answers[i].values.end());
    }
    Predictions predictions;
    predictions.samples = inputs.samples;
    predictions.outputs.push_back({output, answers.front().dims, values});
    return serialize_predictions(predictions);
  } catch (const ModelError& error) {
    throw ModelError(name + ": " + error.what());
  } catch (const UsageError& error) {
    throw ModelError(name + ": " + error.what());
  } catch (const PluginError& error) {
    throw PluginError(name + ": " + error.what());
  }
}

std::vector<float> load_targets(const ComparedOutput& output, const data::Dataset& dataset,
                                const data::Preparation& preparation, ThreadPool& pool) {
  const data::ArrayColumn& column = dataset.targets.at(output.target.value());
  // Arrays of [height, width, 3] are images, too.
  const bool pixels = column.type == "|u1" && column.shape.size() == 3 && column.shape != output.shape;
  if (!output.image || !(column.images || pixels)) return load_floats(column, pool);
  const std::vector<std::int64_t>& shape = output.shape.value();
  const auto channels = static_cast<std::size_t>(shape[0]);
  const std::string images = prepare_images(images_of(column), static_cast<int>(shape[2]), static_cast<int>(shape[1]),
                                            static_cast<int>(channels), preparation, pool);
  std::vector<float> planes = as_planes(as_floats(images), channels, static_cast<std::size_t>(shape[1] * shape[2]));
  constexpr double white = 255;
  if (output.white != white) {
    for (float& value : planes) value *= static_cast<float>(output.white / white);
  }
  return planes;
}

}  // namespace goldilocks::pipeline
