#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/plugins/aligned_allocator.hpp"
#include "core/runtime/batch_predictor.hpp"

namespace goldilocks::pipeline {
namespace {

std::size_t product(const std::vector<std::int64_t>& dims) {
  return std::accumulate(dims.begin(), dims.end(), std::size_t{1},
                         [](std::size_t count, std::int64_t dim) { return count * static_cast<std::size_t>(dim); });
}

// A session with the buffer of its input.
class ImageRunner final : public runtime::SampleRunner {
 public:
  ImageRunner(const ImageNetwork& network, const plugins::BackendModel& model, const PreparedSamples& prepared,
              const std::vector<std::uint32_t>& wanted)
      : image_(network.image()),
        prepared_(prepared),
        dims_(network.network->inputs.front().dims),
        pixels_(prepared.sample_size()),
        values_(product(dims_)),
        session_(model.create_session(wanted)) {
    tensor_.struct_size = sizeof(tensor_);
    tensor_.type = GLK_FLOAT32;
    tensor_.rank = dims_.size();
    tensor_.dims = dims_.data();
    tensor_.data = values_.data();
  }

  std::vector<runtime::SampleOutput> run(std::size_t sample) override {
    prepared_.read(sample, std::as_writable_bytes(std::span(pixels_)));
    lowering::preprocess_image(image_, pixels_, values_);
    const glk_tensor* const input = &tensor_;
    std::vector<runtime::SampleOutput> outputs;
    for (const plugins::Tensor& result : session_->run({&input, 1})) outputs.push_back({result.dims, result.values});
    return outputs;
  }

 private:
  const lowering::ImageInput& image_;
  const PreparedSamples& prepared_;
  std::vector<std::int64_t> dims_;
  std::vector<std::uint8_t> pixels_;
  plugins::AlignedVector<float> values_;
  std::unique_ptr<plugins::Session> session_;
  glk_tensor tensor_{};
};

void check_prepared(const ImageNetwork& network, const PreparedSamples& prepared) {
  const auto& input = network.network->inputs.front();
  const lowering::ImageInput& image = network.image();
  const auto needed = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                      static_cast<std::size_t>(image.channels());
  if (prepared.sample_size() == needed && product(input.dims) == needed) return;
  throw DataError(fmt::format("prepared images of {} bytes for input '{}', which takes {}", prepared.sample_size(),
                              input.name, needed));
}

}  // namespace

void predict_images(const ImageNetwork& network, const plugins::BackendModel& model, const PreparedSamples& prepared,
                    bool scores_only, ThreadPool& pool, OpenFile& to, const std::function<void(double)>& progress) {
  check_prepared(network, prepared);
  std::vector<std::string> names;
  std::vector<std::uint32_t> values;
  for (const WantedOutput& output : wanted_outputs(network, scores_only)) {
    names.push_back(output.name);
    values.push_back(output.value);
  }
  PredictionsSink sink(to, prepared.samples(), names);
  const auto make_runner = [&] { return std::make_unique<ImageRunner>(network, model, prepared, values); };
  runtime::predict_batch({prepared.samples(), names, make_runner, progress}, pool, sink);
}

}  // namespace goldilocks::pipeline
