#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"

namespace goldilocks::runtime {

// One output of one sample; it holds until its runner runs the next sample.
struct SampleOutput {
  std::span<const std::int64_t> dims;
  std::span<const float> values;
};

// Runs samples one after the other, and keeps what it needs for that: a session, buffers. One thread at a time.
class SampleRunner {
 public:
  SampleRunner() = default;
  virtual ~SampleRunner() = default;
  SampleRunner(const SampleRunner&) = delete;
  SampleRunner& operator=(const SampleRunner&) = delete;
  SampleRunner(SampleRunner&&) = delete;
  SampleRunner& operator=(SampleRunner&&) = delete;

  // The outputs of a sample, in the order of Batch::outputs.
  virtual std::vector<SampleOutput> run(std::size_t sample) = 0;
};

// Where the outputs go.
class BatchSink {
 public:
  BatchSink() = default;
  virtual ~BatchSink() = default;
  BatchSink(const BatchSink&) = delete;
  BatchSink& operator=(const BatchSink&) = delete;
  BatchSink(BatchSink&&) = delete;
  BatchSink& operator=(BatchSink&&) = delete;

  // Called once, before take(), with the outputs' shapes: those of the first sample.
  virtual void begin(const std::vector<std::vector<std::int64_t>>& dims) = 0;
  // The values of one output for some samples, from this one on. Any thread, also at once.
  virtual void take(std::size_t output, std::size_t sample, std::span<const float> values) = 0;
};

// Samples that are run by one model.
struct Batch {
  std::size_t samples = 0;
  std::vector<std::string> outputs;                            // their names, for messages
  std::function<std::unique_ptr<SampleRunner>()> make_runner;  // any thread, also at once
  std::function<void(double)> progress;                        // gets the share that is done; may be empty
};

// Runs every sample, in chunks by whatever threads of the pool are idle, each with a runner of its own. What comes out
// does not depend on the number of threads. Throws DataError for no samples, ModelError if an output's shape differs
// between samples, Interrupted, and what runners and the sink throw.
void predict_batch(const Batch& batch, ThreadPool& pool, BatchSink& sink);

}  // namespace goldilocks::runtime
