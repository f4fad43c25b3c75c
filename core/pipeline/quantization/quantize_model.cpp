// Two loops. The first goes over tensors: what the widths of a function share (a sort, say) is done once per tensor,
// and each result is packed at once, so that no unpacked codes pile up. The second goes over widths: each model is put
// together from a copy of the skeleton. Both write to places of their own, so the number of threads changes nothing.
#include "core/pipeline/quantization/quantize_model.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <mutex>
#include <numeric>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/quantization/quantize_tensor.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::pipeline {
namespace {

// Tensors of more weights are quantized one at a time.
constexpr std::uint64_t large_count = std::uint64_t{1} << 24U;

class ModelQuantizer {
 public:
  ModelQuantizer(const WeightSource& source, const QuantizeRequest& request)
      : source_(source),
        weights_(source.weights().weights()),
        request_(request),
        outcomes_(weights_.size()),
        failures_(request.settings.size()) {
    for (const weights::Weight& weight : weights_) total_ += cost(weight);
  }

  void quantize_tensor(std::size_t index) {
    // A width that has failed at an earlier tensor needs no more of them.
    const auto is_wanted = [&](std::size_t width) { return index <= failures_[width].tensor; };
    outcomes_[index] = quantization::quantize_tensor(
        weights_[index], [&] { return source_.weights().read(index); }, request_, is_wanted);
    for (std::size_t width = 0; width < failures_.size(); ++width) {
      if (outcomes_[index][width].failure) fail(width, index, outcomes_[index][width].failure);
    }
    advance(cost(weights_[index]));
  }

  // Precondition: all tensors are done.
  QuantizedModel assemble(std::size_t width) {
    QuantizedModel result;
    result.failure = failures_[width].error;
    if (result.failure) return result;
    try {
      refine(width);
      settle(width);
      report(width, result.tensors);
      result.changed = is_changed(width);
      result.model = put_together(width);
    } catch (const ModelError&) {
      result.failure = std::current_exception();
    } catch (const PluginError&) {
      throw_if_cancelled();
      result.failure = std::current_exception();
    }
    return result;
  }

 private:
  struct Failure {
    std::atomic<std::size_t> tensor{std::numeric_limits<std::size_t>::max()};  // the first that failed
    std::exception_ptr error;
  };

  static double cost(const weights::Weight& weight) { return static_cast<double>(weight.count); }

  void advance(double amount) {
    const std::scoped_lock lock(mutex_);
    done_ += amount;
    if (request_.progress) request_.progress(total_ > 0 ? done_ / total_ : 1);
  }

  // Of several failures of one width the one of the first tensor is kept, whatever the order in which threads came.
  void fail(std::size_t width, std::size_t tensor, const std::exception_ptr& error) {
    const std::scoped_lock lock(mutex_);
    if (tensor >= failures_[width].tensor) return;
    failures_[width].tensor = tensor;
    failures_[width].error = error;
  }

  void refine(std::size_t width) {
    if (!request_.refine) return;
    std::vector<quantization::Outcome*> outcomes;
    outcomes.reserve(outcomes_.size());
    for (auto& widths : outcomes_) outcomes.push_back(&widths[width]);
    request_.refine(width, outcomes);
  }

  void settle(std::size_t width) {
    std::vector<weights::Change*> changes;
    changes.reserve(outcomes_.size());
    for (auto& widths : outcomes_) changes.push_back(&widths[width]);
    for (const std::size_t i : source_.weights().settle(changes)) {
      quantization::Outcome& outcome = outcomes_[i][width];
      outcome.error = {};
      if (!outcome.content) continue;
      std::vector<float> buffer;
      const weights::Stored before = source_.weights().read(i);
      const auto values = weights::view(before, weights_[i].place, buffer);
      outcome.error = quantization::error_of(weights_[i], values, *outcome.content);
    }
  }

  void report(std::size_t width, std::vector<TensorReport>& reports) const {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const weights::Weight& weight = weights_[i];
      if (weight.bytes == 0) continue;
      const quantization::Outcome& outcome = outcomes_[i][width];
      TensorReport report;
      report.layer = weight.layer;
      report.layer_type = weight.operation;
      report.parameter = weight.parameter;
      report.count = weight.count;
      report.before = weights::to_text(weight.stored);
      report.after = outcome.content ? weights::to_text(outcome.content->encoding) : report.before;
      report.bytes_before = weight.bytes;
      report.bytes_after = outcome.content ? outcome.content->bytes() : weight.bytes;
      report.squared_error = outcome.error.squared;
      report.relative_error = outcome.error.relative;
      report.note = quantization::with_loss(outcome.note, outcome.error.relative);
      report.rule = outcome.rule;
      if (outcome.content) report.function = outcome.function;
      reports.push_back(std::move(report));
    }
  }

  bool is_changed(std::size_t width) const {
    if (source_.passes().changed()) return true;
    const std::string& description = request_.settings[width].description;
    if (!description.empty() && description != source_.weights().description()) return true;
    return std::ranges::any_of(outcomes_, [&](const auto& widths) { return widths[width].content.has_value(); });
  }

  std::unique_ptr<formats::Model> put_together(std::size_t width) {
    std::vector<std::optional<weights::Stored>> contents;
    contents.reserve(outcomes_.size());
    for (auto& widths : outcomes_) contents.push_back(std::exchange(widths[width].content, std::nullopt));
    auto model = source_.weights().with(std::move(contents), "quantizing it with " + request_.plugin->name);
    model->change({.description = request_.settings[width].description, .user_defined = {}});
    return model;
  }

  const WeightSource& source_;
  std::span<const weights::Weight> weights_;
  const QuantizeRequest& request_;
  std::vector<std::vector<quantization::Outcome>> outcomes_;  // by tensor, then by width
  std::vector<Failure> failures_;                             // by width
  std::mutex mutex_;                                          // guards failures_ and done_
  double total_ = 0;
  double done_ = 0;
};

}  // namespace

void quantize_model(const WeightSource& source, const QuantizeRequest& request, ThreadPool& pool,
                    const std::function<void(std::size_t, QuantizedModel)>& emit) {
  ModelQuantizer quantizer(source, request);
  // The largest tensors first, so that no thread is left with one at the end.
  const auto count_of = [all = source.weights().weights()](std::size_t i) { return all[i].count; };
  std::vector<std::size_t> order(source.weights().weights().size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, std::greater(), count_of);
  // Functions that sort take several times a tensor's own memory: the first index stands for all large tensors, one
  // after another, while other threads work off the rest.
  const auto is_large = [&](std::size_t i) { return count_of(i) > large_count; };
  const auto rest = static_cast<std::size_t>(std::ranges::partition_point(order, is_large) - order.begin());
  const std::size_t merged = std::max<std::size_t>(rest, 1) - 1;
  pool.parallel_for(order.size() - merged, [&](std::size_t i) {
    const std::size_t begin = i == 0 ? 0 : i + merged;
    for (std::size_t at = begin; at <= i + merged; ++at) quantizer.quantize_tensor(order[at]);
  });
  pool.parallel_for(request.settings.size(), [&](std::size_t width) { emit(width, quantizer.assemble(width)); });
}

}  // namespace goldilocks::pipeline
