// The first image is run by the calling thread alone, as its results tell how large the outputs are; the others in
// chunks, by whatever threads are idle. A session is taken from a heap of free ones and given back after each chunk, so
// there are never more than threads at work.
#include <algorithm>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>

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

  const std::vector<plugins::Tensor>& run(const PreparedSamples& prepared, std::size_t sample) {
    pixels_.resize(prepared.sample_size());
    prepared.read(sample, std::as_writable_bytes(std::span(pixels_)));
    lowering::preprocess_image(image_, pixels_, values_);
    const glk_tensor* const input = &tensor_;
    return session_->run({&input, 1});
  }

 private:
  const lowering::ImageInput& image_;
  std::vector<std::int64_t> dims_;
  std::vector<std::uint8_t> pixels_;
  plugins::AlignedVector<float> values_;
  std::unique_ptr<plugins::Session> session_;
  glk_tensor tensor_{};
};

class ImagePredictor {
 public:
  ImagePredictor(const ImageNetwork& network, const plugins::BackendModel& model, const PreparedSamples& prepared,
                 std::vector<WantedOutput> wanted, OpenFile& to)
      : network_(network), model_(model), prepared_(prepared), wanted_(std::move(wanted)), to_(to) {
    for (const WantedOutput& output : wanted_) values_of_graph_.push_back(output.value);
    const auto& input = network.network->inputs.front();
    const lowering::ImageInput& image = network.image();
    const auto needed = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                        static_cast<std::size_t>(image.channels());
    if (prepared.sample_size() != needed || product(input.dims) != needed) {
      throw DataError(fmt::format("prepared images of {} bytes for input '{}', which takes {}", prepared.sample_size(),
                                  input.name, needed));
    }
  }

  // Learns the outputs' shapes.
  void run_first() {
    auto lane = take();
    const std::vector<plugins::Tensor>& results = lane->run(prepared_, 0);
    for (std::size_t i = 0; i < results.size(); ++i) shapes_.push_back({wanted_[i].name, results[i].dims});
    writer_.emplace(to_, prepared_.samples(), shapes_);
    for (std::size_t i = 0; i < results.size(); ++i) writer_->write(i, 0, results[i].values);
    give_back(std::move(lane));
  }

  void run(std::size_t begin, std::size_t end) {
    auto lane = take();
    std::vector<std::vector<float>> values(wanted_.size());
    for (std::size_t i = begin; i < end; ++i) {
      throw_if_cancelled();
      const std::vector<plugins::Tensor>& results = lane->run(prepared_, i);
      for (std::size_t k = 0; k < results.size(); ++k) {
        check_shape(k, i, results[k].dims);
        values[k].insert(values[k].end(), results[k].values.begin(), results[k].values.end());
      }
    }
    for (std::size_t k = 0; k < values.size(); ++k) writer_->write(k, begin, values[k]);
    give_back(std::move(lane));
  }

 private:
  void check_shape(std::size_t output, std::size_t sample, const std::vector<std::int64_t>& dims) const {
    if (dims == shapes_[output].dims) return;
    throw ModelError(fmt::format("output '{}' has the shape [{}] for image {} and [{}] for the first",
                                 shapes_[output].name, fmt::join(dims, ", "), sample,
                                 fmt::join(shapes_[output].dims, ", ")));
  }

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

  const ImageNetwork& network_;
  const plugins::BackendModel& model_;
  const PreparedSamples& prepared_;
  std::vector<WantedOutput> wanted_;
  std::vector<std::uint32_t> values_of_graph_;
  OpenFile& to_;
  std::vector<PredictionsWriter::Output> shapes_;
  std::optional<PredictionsWriter> writer_;  // once the first image has run
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> free_;  // guarded by mutex_
};

}  // namespace

void predict_images(const ImageNetwork& network, const plugins::BackendModel& model, const PreparedSamples& prepared,
                    bool scores_only, ThreadPool& pool, OpenFile& to, const std::function<void(double)>& progress) {
  const std::size_t samples = prepared.samples();
  if (samples == 0) throw DataError("there is no image to predict");
  ImagePredictor predictor(network, model, prepared, wanted_outputs(network, scores_only), to);
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
}

}  // namespace goldilocks::pipeline
