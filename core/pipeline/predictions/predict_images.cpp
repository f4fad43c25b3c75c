// The first image is run by the calling thread alone, as its results tell how large the outputs are; the others in
// chunks, by whatever threads are idle. A session is taken from a heap of free ones and given back after each chunk, so
// there are never more than threads at work.
#include <algorithm>
#include <memory>
#include <mutex>
#include <numeric>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/plugins/aligned_allocator.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::size_t max_images_at_once = 16;

std::size_t product(const std::vector<std::int64_t>& dims) {
  return std::accumulate(dims.begin(), dims.end(), std::size_t{1},
                         [](std::size_t count, std::int64_t dim) { return count * static_cast<std::size_t>(dim); });
}

// A session with the buffer of its input.
class Lane {
 public:
  Lane(const ImageNetwork& network, const plugins::BackendModel& model, const std::vector<std::uint32_t>& wanted)
      : image_(network.image()),
        dims_(network.network->inputs.front().dims),
        values_(product(dims_)),
        session_(model.create_session(wanted)) {
    tensor_.struct_size = sizeof(tensor_);
    tensor_.type = GLK_FLOAT32;
    tensor_.rank = dims_.size();
    tensor_.dims = dims_.data();
    tensor_.data = values_.data();
  }

  const std::vector<plugins::Tensor>& run(std::span<const std::uint8_t> pixels) {
    lowering::preprocess_image(image_, pixels, values_);
    const glk_tensor* const input = &tensor_;
    return session_->run({&input, 1});
  }

 private:
  const lowering::ImageInput& image_;
  std::vector<std::int64_t> dims_;
  plugins::AlignedVector<float> values_;
  std::unique_ptr<plugins::Session> session_;
  glk_tensor tensor_{};
};

class ImagePredictor {
 public:
  ImagePredictor(const ImageNetwork& network, const plugins::BackendModel& model, const data::NpyView& prepared,
                 std::vector<WantedOutput> wanted)
      : network_(network), model_(model), wanted_(std::move(wanted)) {
    for (const WantedOutput& output : wanted_) values_of_graph_.push_back(output.value);
    samples_ = static_cast<std::size_t>(prepared.shape.at(0));
    sample_size_ = samples_ == 0 ? 0 : prepared.values.size() / samples_;
    pixels_ = {reinterpret_cast<const std::uint8_t*>(prepared.values.data()), prepared.values.size()};
    const auto& input = network.network->inputs.front();
    const lowering::ImageInput& image = network.image();
    const auto needed = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                        static_cast<std::size_t>(image.channels());
    if (sample_size_ != needed || product(input.dims) != needed) {
      throw DataError(
          fmt::format("prepared images of {} bytes for input '{}', which takes {}", sample_size_, input.name, needed));
    }
  }

  std::size_t samples() const { return samples_; }

  // Learns the outputs' shapes.
  void run_first() {
    auto lane = take();
    const std::vector<plugins::Tensor>& results = lane->run(pixels_.first(sample_size_));
    for (const plugins::Tensor& result : results) {
      dims_.push_back(result.dims);
      outputs_.emplace_back(result.values.size() * samples_);
    }
    keep(0, results);
    give_back(std::move(lane));
  }

  void run(std::size_t begin, std::size_t end) {
    auto lane = take();
    for (std::size_t i = begin; i < end; ++i) {
      throw_if_cancelled();
      keep(i, lane->run(pixels_.subspan(i * sample_size_, sample_size_)));
    }
    give_back(std::move(lane));
  }

  std::string serialize() const {
    Predictions predictions;
    predictions.samples = samples_;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      predictions.outputs.push_back({wanted_[i].name, dims_[i], outputs_[i]});
    }
    return serialize_predictions(predictions);
  }

 private:
  std::unique_ptr<Lane> take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!free_.empty()) {
        auto lane = std::move(free_.back());
        free_.pop_back();
        return lane;
      }
    }
    return std::make_unique<Lane>(network_, model_, values_of_graph_);
  }

  void give_back(std::unique_ptr<Lane> lane) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(lane));
  }

  void keep(std::size_t sample, const std::vector<plugins::Tensor>& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].dims != dims_[i]) {
        throw ModelError(fmt::format("output '{}' has the shape [{}] for image {} and [{}] for the first",
                                     wanted_[i].name, fmt::join(results[i].dims, ", "), sample,
                                     fmt::join(dims_[i], ", ")));
      }
      const auto& values = results[i].values;
      std::copy(values.begin(), values.end(),
                outputs_[i].begin() + static_cast<std::ptrdiff_t>(sample * values.size()));
    }
  }

  const ImageNetwork& network_;
  const plugins::BackendModel& model_;
  std::vector<WantedOutput> wanted_;
  std::vector<std::uint32_t> values_of_graph_;
  std::span<const std::uint8_t> pixels_;
  std::size_t samples_ = 0;
  std::size_t sample_size_ = 0;
  std::vector<std::vector<std::int64_t>> dims_;  // by output, of one sample
  std::vector<std::vector<float>> outputs_;      // by output, of all samples
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> free_;  // guarded by mutex_
};

}  // namespace

std::string predict_images(const ImageNetwork& network, const plugins::BackendModel& model,
                           const data::NpyView& prepared, bool scores_only, ThreadPool& pool,
                           const std::function<void(double)>& progress) {
  ImagePredictor predictor(network, model, prepared, wanted_outputs(network, scores_only));
  const std::size_t samples = predictor.samples();
  if (samples == 0) throw DataError("there is no image to predict");
  predictor.run_first();
  const std::size_t rest = samples - 1;
  const std::size_t chunk = std::clamp<std::size_t>(rest / (pool.thread_count() * 8), 1, max_images_at_once);
  std::mutex mutex;
  std::size_t done = 1;
  pool.parallel_for((rest + chunk - 1) / chunk, [&](std::size_t i) {
    const std::size_t begin = 1 + i * chunk;
    const std::size_t end = std::min(begin + chunk, samples);
    predictor.run(begin, end);
    const std::scoped_lock lock(mutex);
    done += end - begin;
    if (progress) progress(static_cast<double>(done) / static_cast<double>(samples));
  });
  return predictor.serialize();
}

}  // namespace goldilocks::pipeline
