// A look at a value runs, for each network, the operations between the last cut and the new one. Of a sample, what was
// kept at the old cut is replaced by what is kept at the new one as soon as the sample has run, so there are never two
// cuts in memory.
#include "core/pipeline/calibration/two_streams.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/pipeline/widths/partial_graph.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::size_t samples_at_once = 32;
constexpr std::uint64_t most_kept_bytes = std::uint64_t{384} << 20U;  // of all samples, in both networks

std::uint64_t bytes_of(const glk_graph& graph, const std::vector<std::uint32_t>& values) {
  std::uint64_t bytes = 0;
  for (const std::uint32_t index : values) {
    std::uint64_t count = sizeof(float);
    for (std::uint64_t i = 0; i < graph.values[index]->rank; ++i) {
      count *= static_cast<std::uint64_t>(graph.values[index]->dims[i]);
    }
    bytes += count;
  }
  return bytes;
}

std::size_t place_of(const std::vector<std::uint32_t>& values, std::uint32_t value) {
  return static_cast<std::size_t>(std::ranges::find(values, value) - values.begin());
}

glk_tensor tensor_of(std::span<const std::int64_t> dims, const float* values) {
  glk_tensor tensor{};
  tensor.struct_size = sizeof(tensor);
  tensor.type = GLK_FLOAT32;
  tensor.rank = dims.size();
  tensor.dims = dims.data();
  tensor.data = values;
  return tensor;
}

}  // namespace

// Some operations of both networks.
class TwoStreams::Part {
 public:
  Part(const TwoStreams& streams, const ImageNetwork& compressed, std::size_t end, std::vector<std::uint32_t> outputs)
      : outputs_(std::move(outputs)) {
    if (outputs_.empty()) return;
    const std::array<const ImageNetwork*, 2> networks{&streams.full_, &compressed};
    for (std::size_t i = 0; i < networks.size(); ++i) {
      graphs_.at(i) = std::make_unique<PartialGraph>(networks.at(i)->network->graph(), streams.cut_, end,
                                                     streams.kept_values_, outputs_);
      models_.at(i) = streams.backend_.create_model(streams.options_, graphs_.at(i)->graph(), {});
    }
  }

  const std::vector<std::uint32_t>& outputs() const { return outputs_; }
  std::unique_ptr<plugins::Session> session(std::size_t stream) const {
    return models_.at(stream) ? models_.at(stream)->create_session(outputs_) : nullptr;
  }

 private:
  std::vector<std::uint32_t> outputs_;
  std::array<std::unique_ptr<PartialGraph>, 2> graphs_;
  std::array<std::unique_ptr<plugins::BackendModel>, 2> models_;
};

// One thread's sessions and the network's input.
class TwoStreams::Lane {
 public:
  Lane(const TwoStreams& streams, const Part& part) : streams_(streams), part_(part) {
    for (std::size_t i = 0; i < sessions_.size(); ++i) sessions_.at(i) = part.session(i);
    input_.dims = streams.full_.network->inputs.front().dims;
    std::size_t count = 1;
    for (const std::int64_t dim : input_.dims) count *= static_cast<std::size_t>(dim);
    input_.values.resize(count);
    pixels_.resize(streams.prepared_.sample_size());
  }

  // Runs both networks. What each has computed stays valid until the next run.
  void run(std::size_t sample) {
    if (streams_.kept_.empty()) {
      streams_.prepared_.read(streams_.samples_[sample], std::as_writable_bytes(std::span(pixels_)));
      lowering::preprocess_image(streams_.full_.image(), pixels_, input_.values);
    }
    for (std::size_t stream = 0; stream < sessions_.size(); ++stream) {
      if (!sessions_.at(stream)) continue;
      std::vector<glk_tensor> tensors;
      std::vector<const glk_tensor*> inputs;
      for (std::size_t i = 0; i < streams_.kept_values_.size(); ++i) {
        const Kept& kept = known(stream, sample, i);
        tensors.push_back(tensor_of(kept.dims, kept.values.data()));
      }
      for (const glk_tensor& tensor : tensors) inputs.push_back(&tensor);
      results_.at(stream) = &sessions_.at(stream)->run(inputs);
    }
  }

  InnerValue value(std::size_t stream, std::size_t sample, std::uint32_t value) const {
    const std::size_t computed = place_of(part_.outputs(), value);
    if (computed < part_.outputs().size()) {
      const plugins::Tensor& tensor = results_.at(stream)->at(computed);
      return {tensor.dims, tensor.values.data()};
    }
    const Kept& kept = known(stream, sample, place_of(streams_.kept_values_, value));
    return {kept.dims, kept.values.data()};
  }

  Kept keep(std::size_t stream, std::size_t sample, std::uint32_t value) const {
    const InnerValue inner = this->value(stream, sample, value);
    std::size_t count = 1;
    for (const std::int64_t dim : inner.dims) count *= static_cast<std::size_t>(dim);
    return {{inner.dims.begin(), inner.dims.end()}, {inner.values, inner.values + count}};
  }

 private:
  const Kept& known(std::size_t stream, std::size_t sample, std::size_t place) const {
    return streams_.kept_.empty() ? input_ : streams_.kept_.at(stream).at(sample).at(place);
  }

  const TwoStreams& streams_;
  const Part& part_;
  Kept input_;
  std::vector<std::uint8_t> pixels_;
  std::array<std::unique_ptr<plugins::Session>, 2> sessions_;
  std::array<const std::vector<plugins::Tensor>*, 2> results_{};
};

TwoStreams::TwoStreams(const plugins::BackendPlugin& backend, const plugins::OptionValues& options,
                       const PreparedSamples& prepared, std::vector<std::size_t> samples, const ImageNetwork& full,
                       ThreadPool& pool)
    : backend_(backend),
      options_(options),
      prepared_(prepared),
      samples_(std::move(samples)),
      full_(full),
      pool_(pool),
      kept_values_(full.network->graph().inputs, full.network->graph().inputs + full.network->graph().input_count) {
  if (samples_.empty()) throw DataError("there is no sample to calibrate by");
}

void TwoStreams::look(const ImageNetwork& compressed, std::size_t operation, std::uint32_t value,
                      const std::function<void(const Batch&)>& begin, const Use& use,
                      const std::function<void(const Batch&)>& end) {
  const glk_graph& graph = full_.network->graph();
  std::vector<std::uint32_t> across = values_across(graph, operation, {value});
  const bool moves = operation > cut_ && can_be_passed(graph, across) &&
                     bytes_of(graph, across) <= most_kept_bytes / 2 / samples_.size();
  if (!moves) across = {value};
  std::vector<std::uint32_t> outputs;
  std::ranges::copy_if(across, std::back_inserter(outputs), [&](std::uint32_t index) {
    return std::ranges::find(kept_values_, index) == kept_values_.end();
  });
  const Part part(*this, compressed, operation, std::move(outputs));
  std::vector<std::vector<std::vector<Kept>>> next(2, std::vector<std::vector<Kept>>(moves ? samples_.size() : 0));

  std::mutex mutex;
  std::vector<std::unique_ptr<Lane>> free;  // guarded by mutex
  const auto run = [&](std::size_t sample) {
    throw_if_cancelled();
    std::unique_ptr<Lane> lane;
    {
      const std::scoped_lock lock(mutex);
      if (!free.empty()) {
        lane = std::move(free.back());
        free.pop_back();
      }
    }
    if (!lane) lane = std::make_unique<Lane>(*this, part);
    lane->run(sample);
    use(sample, lane->value(0, sample, value), lane->value(1, sample, value));
    for (std::size_t stream = 0; moves && stream < 2; ++stream) {
      for (const std::uint32_t index : across) next[stream][sample].push_back(lane->keep(stream, sample, index));
      if (!kept_.empty()) kept_[stream][sample].clear();
    }
    const std::scoped_lock lock(mutex);
    free.push_back(std::move(lane));
  };
  for (Batch batch; batch.first < samples_.size(); batch.first += batch.count) {
    batch.count = std::min(samples_at_once, samples_.size() - batch.first);
    begin(batch);
    pool_.parallel_for(batch.count, [&](std::size_t i) { run(batch.first + i); });
    end(batch);
  }
  if (!moves) return;
  kept_ = std::move(next);
  kept_values_ = std::move(across);
  cut_ = operation;
}

}  // namespace goldilocks::pipeline
