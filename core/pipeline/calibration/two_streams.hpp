#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/prepared_samples.hpp"
#include "core/plugins/aligned_allocator.hpp"
#include "core/plugins/backend.hpp"

namespace goldilocks::pipeline {

// A value of a graph for one sample; valid during the call that hands it over.
struct InnerValue {
  std::span<const std::int64_t> dims;
  const float* values = nullptr;
};

// The same samples on their way through a full-precision network and through a compressed one that differs from it in
// weights alone, which become final one operation after the other. Inner values of both are kept where the last look
// was and where they fit into a bound, so that what stands before is not computed again and again.
class TwoStreams {
 public:
  // `prepared` and `full` must outlive it. `samples` of the prepared ones, in this order.
  TwoStreams(const plugins::BackendPlugin& backend, const plugins::OptionValues& options,
             const PreparedSamples& prepared, std::vector<std::size_t> samples, const ImageNetwork& full,
             ThreadPool& pool);

  // Hands over the value of both networks for each sample, from any thread, several samples at once; `begin` and `end`
  // are called before and after each batch of samples, with the index of the first and the count. Looks go forward: all
  // operations before `operation` are final in `compressed`, and no later look asks for one before it.
  struct Batch {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  using Use = std::function<void(std::size_t sample, const InnerValue& full, const InnerValue& compressed)>;
  void look(const ImageNetwork& compressed, std::size_t operation, std::uint32_t value,
            const std::function<void(const Batch&)>& begin, const Use& use,
            const std::function<void(const Batch&)>& end);

  std::size_t samples() const { return samples_.size(); }

 private:
  struct Kept {
    std::vector<std::int64_t> dims;
    plugins::AlignedVector<float> values;
  };
  class Part;
  class Lane;

  const plugins::BackendPlugin& backend_;
  const plugins::OptionValues& options_;
  const PreparedSamples& prepared_;
  std::vector<std::size_t> samples_;
  const ImageNetwork& full_;
  ThreadPool& pool_;
  std::size_t cut_ = 0;                     // operations before it are done
  std::vector<std::uint32_t> kept_values_;  // of the graph; the inputs while nothing is kept
  // [stream][sample][value]; empty while nothing is kept.
  std::vector<std::vector<std::vector<Kept>>> kept_;
};

}  // namespace goldilocks::pipeline
