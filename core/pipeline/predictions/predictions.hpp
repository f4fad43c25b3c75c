#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/open_file.hpp"
#include "core/base/thread_pool.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/prepared_samples.hpp"
#include "core/plugins/backend.hpp"
#include "core/runtime/batch_predictor.hpp"

namespace goldilocks::pipeline {

// One output of all samples: float32 [samples, dims...], row-major.
struct PredictedOutput {
  std::string name;
  std::vector<std::int64_t> dims;  // of one sample
  std::span<const float> values;
};

// The content of a predictions artifact: a header in JSON that is padded to a multiple of 64 bytes, then the values of
// each output in turn, little endian.
struct Predictions {
  std::size_t samples = 0;
  std::vector<PredictedOutput> outputs;  // the scores are the first

  const PredictedOutput& scores() const { return outputs.front(); }
};

// The views point into `bytes`, which must be aligned to 4 bytes. Throws DataError that begins with `name` if it is no
// such artifact or is cut short.
Predictions parse_predictions(std::span<const std::byte> bytes, std::string_view name);

// Writes the artifact while its values come, in any order. Any thread.
class PredictionsWriter {
 public:
  struct Output {
    std::string name;
    std::vector<std::int64_t> dims;  // of one sample
  };

  // Writes the header at the beginning of the file.
  PredictionsWriter(OpenFile& file, std::size_t samples, const std::vector<Output>& outputs);

  // The values of one output for some samples, from this one on.
  void write(std::size_t output, std::size_t sample, std::span<const float> values);

 private:
  OpenFile& file_;
  std::vector<std::uint64_t> begins_;  // by output: the place of its values
  std::vector<std::uint64_t> sizes_;   // by output, of one sample, in bytes
};

// Writes the artifact of a batch.
class PredictionsSink final : public runtime::BatchSink {
 public:
  PredictionsSink(OpenFile& file, std::size_t samples, std::vector<std::string> names)
      : file_(file), samples_(samples), names_(std::move(names)) {}

  void begin(const std::vector<std::vector<std::int64_t>>& dims) override;
  void take(std::size_t output, std::size_t sample, std::span<const float> values) override;

 private:
  OpenFile& file_;
  std::size_t samples_;
  std::vector<std::string> names_;
  std::optional<PredictionsWriter> writer_;
};

// Runs the network on every prepared image, of which only those are in memory that are being run, and writes the
// artifact, as runtime::predict_batch() does. Throws PluginError, ModelError if outputs differ in shape between images,
// and DataError for images of another size than the network's.
void predict_images(const ImageNetwork& network, const plugins::BackendModel& model, const PreparedSamples& prepared,
                    bool scores_only, ThreadPool& pool, OpenFile& to, const std::function<void(double)>& progress = {});

}  // namespace goldilocks::pipeline
