// The calling thread runs the first sample alone, as its results tell how large the outputs are. Then threads run the
// others in chunks. A chunk takes a runner from a heap of free ones and gives it back, so there are never more runners
// than threads at work.
#include "core/runtime/batch_predictor.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/runtime/arrays.hpp"

namespace goldilocks::runtime {
namespace {

constexpr std::size_t max_samples_at_once = 16;

class BatchPredictor {
 public:
  BatchPredictor(const Batch& batch, BatchSink& sink) : batch_(batch), sink_(sink) {}

  void run_first() {
    auto runner = take();
    const std::vector<SampleOutput> outputs = runner->run(0);
    for (const SampleOutput& output : outputs) dims_.emplace_back(output.dims.begin(), output.dims.end());
    sink_.begin(dims_);
    for (std::size_t i = 0; i < outputs.size(); ++i) sink_.take(i, 0, outputs[i].values);
    give_back(std::move(runner), 1);
  }

  void run(std::size_t begin, std::size_t end) {
    auto runner = take();
    std::vector<std::vector<float>> values(dims_.size());
    for (std::size_t sample = begin; sample < end; ++sample) {
      throw_if_cancelled();
      const std::vector<SampleOutput> outputs = runner->run(sample);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        check_shape(i, sample, outputs[i].dims);
        values[i].insert(values[i].end(), outputs[i].values.begin(), outputs[i].values.end());
      }
    }
    for (std::size_t i = 0; i < values.size(); ++i) sink_.take(i, begin, values[i]);
    give_back(std::move(runner), end - begin);
  }

 private:
  void check_shape(std::size_t output, std::size_t sample, std::span<const std::int64_t> dims) const {
    if (std::ranges::equal(dims, dims_[output])) return;
    throw ModelError(fmt::format("output '{}' has the shape {} for sample {} and {} for the first",
                                 batch_.outputs[output], shape_text(dims), sample, shape_text(dims_[output])));
  }

  std::unique_ptr<SampleRunner> take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!free_.empty()) {
        auto runner = std::move(free_.back());
        free_.pop_back();
        return runner;
      }
    }
    return batch_.make_runner();
  }

  void give_back(std::unique_ptr<SampleRunner> runner, std::size_t samples) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(runner));
    done_ += samples;
    if (batch_.progress) batch_.progress(static_cast<double>(done_) / static_cast<double>(batch_.samples));
  }

  const Batch& batch_;
  BatchSink& sink_;
  std::vector<std::vector<std::int64_t>> dims_;  // of each output; known once the first sample has run
  std::mutex mutex_;
  std::vector<std::unique_ptr<SampleRunner>> free_;  // guarded by mutex_
  std::size_t done_ = 0;                             // guarded by mutex_
};

}  // namespace

void predict_batch(const Batch& batch, ThreadPool& pool, BatchSink& sink) {
  if (batch.samples == 0) throw DataError("there is no sample to predict");
  BatchPredictor predictor(batch, sink);
  predictor.run_first();
  const std::size_t rest = batch.samples - 1;
  const std::size_t chunk = std::clamp<std::size_t>(rest / (pool.thread_count() * 8), 1, max_samples_at_once);
  pool.parallel_for((rest + chunk - 1) / chunk, [&](std::size_t i) {
    const std::size_t begin = 1 + i * chunk;
    predictor.run(begin, std::min(begin + chunk, batch.samples));
  });
}

}  // namespace goldilocks::runtime
