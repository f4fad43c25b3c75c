// A group of models is cut at the first operation in which any of them differs from the base. What stands before is
// one network, which is run once for each image, and what stands behind is one for each model. No inner value is kept
// longer than its image takes.
#include "core/pipeline/widths/divergence_meter.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/evaluation/divergence.hpp"
#include "core/pipeline/widths/partial_graph.hpp"
#include "core/plugins/aligned_allocator.hpp"
#include "core/runtime/batch_predictor.hpp"

namespace goldilocks::pipeline {
namespace {

glk_tensor view(const std::vector<std::int64_t>& dims, const float* values) {
  glk_tensor tensor{};
  tensor.struct_size = sizeof(tensor);
  tensor.type = GLK_FLOAT32;
  tensor.rank = dims.size();
  tensor.dims = dims.data();
  tensor.data =
      const_cast<float*>(values);  // NOLINT(cppcoreguidelines-pro-type-const-cast): the interface has one type
  return tensor;
}

// The networks of one group, ready to run: what all have in common, if anything, and each one's rest.
class Group {
 public:
  Group(const DivergenceMeter::Backend& backend, const ImageNetwork& base, const std::vector<ImageNetwork>& changed,
        ThreadPool& pool)
      : image_(base) {
    const glk_graph& whole = base.network->graph();
    std::size_t cut = whole.operation_count;
    for (const ImageNetwork& network : changed) {
      cut = std::min(cut, common_operations(whole, network.network->graph()));
    }
    const std::vector<std::uint32_t> wanted{base.network->scores.value()};
    std::vector<std::uint32_t> across = values_across(whole, cut, wanted);
    // A model that doesn't differ from the base at all is run as a whole, as one that differs from the beginning.
    if (cut == whole.operation_count || !can_be_passed(whole, across)) cut = 0;
    if (cut == 0) across = {whole.inputs, whole.inputs + whole.input_count};
    const std::vector<std::uint32_t> inputs(whole.inputs, whole.inputs + whole.input_count);
    for (const std::uint32_t value : across) {
      const bool is_input = std::find(inputs.begin(), inputs.end(), value) != inputs.end();
      computed_.push_back(!is_input);
      if (!is_input) passed_.push_back(value);
    }
    if (!passed_.empty()) {
      first_ = std::make_unique<PartialGraph>(whole, 0, cut, inputs, passed_);
      first_model_ = backend.plugin->create_model(backend.options, first_->graph(), {});
    }
    rests_.resize(changed.size());
    rest_models_.resize(changed.size());
    pool.parallel_for(changed.size(), [&](std::size_t i) {
      const glk_graph& graph = changed[i].network->graph();
      rests_[i] = std::make_unique<PartialGraph>(graph, cut, graph.operation_count, across, wanted);
      rest_models_[i] = backend.plugin->create_model(backend.options, rests_[i]->graph(), {});
    });
    wanted_ = wanted;
  }

  // One thread's sessions and buffers. Its outputs are the scores of each model of the group.
  class Runner final : public runtime::SampleRunner {
   public:
    Runner(const Group& group, const PreparedSamples& prepared, std::span<const std::size_t> chosen)
        : group_(group), prepared_(prepared), chosen_(chosen), dims_(group.image_.network->inputs.front().dims) {
      const auto count = std::accumulate(dims_.begin(), dims_.end(), std::int64_t{1}, std::multiplies<>());
      values_.resize(static_cast<std::size_t>(count));
      if (group.first_model_) first_ = group.first_model_->create_session(group.passed_);
      for (const auto& model : group.rest_models_) rests_.push_back(model->create_session(group.wanted_));
    }

    std::vector<runtime::SampleOutput> run(std::size_t sample) override {
      pixels_.resize(prepared_.sample_size());
      prepared_.read(chosen_[sample], std::as_writable_bytes(std::span(pixels_)));
      lowering::preprocess_image(group_.image_.image(), pixels_, values_);
      const glk_tensor input = view(dims_, values_.data());
      const glk_tensor* const inputs = &input;
      std::vector<glk_tensor> tensors;
      const std::vector<plugins::Tensor>* computed = first_ ? &first_->run({&inputs, 1}) : nullptr;
      std::size_t next = 0;
      for (const bool is_computed : group_.computed_) {
        if (!is_computed) {
          tensors.push_back(input);
          continue;
        }
        const plugins::Tensor& value = computed->at(next++);
        tensors.push_back(view(value.dims, value.values.data()));
      }
      std::vector<const glk_tensor*> passed;
      passed.reserve(tensors.size());
      for (const glk_tensor& tensor : tensors) passed.push_back(&tensor);
      std::vector<runtime::SampleOutput> outputs;
      for (const auto& rest : rests_) {
        const plugins::Tensor& scores = rest->run(passed).front();
        outputs.push_back({scores.dims, scores.values});
      }
      return outputs;
    }

   private:
    const Group& group_;
    const PreparedSamples& prepared_;
    std::span<const std::size_t> chosen_;
    std::vector<std::int64_t> dims_;
    std::vector<std::uint8_t> pixels_;
    plugins::AlignedVector<float> values_;
    std::unique_ptr<plugins::Session> first_;
    std::vector<std::unique_ptr<plugins::Session>> rests_;
  };

 private:
  const ImageNetwork& image_;
  std::vector<std::uint32_t> passed_, wanted_;
  std::vector<bool> computed_;  // of the values that the rests take: by the first part; otherwise it is the image
  std::unique_ptr<PartialGraph> first_;
  std::unique_ptr<plugins::BackendModel> first_model_;
  std::vector<std::unique_ptr<PartialGraph>> rests_;
  std::vector<std::unique_ptr<plugins::BackendModel>> rest_models_;
};

// Turns the scores of changed models into their divergences from the baseline's, sample by sample.
class DivergenceSink final : public runtime::BatchSink {
 public:
  DivergenceSink(std::span<const float> baseline, std::size_t classes, std::span<const std::size_t> chosen,
                 std::size_t models)
      : baseline_(baseline),
        classes_(classes),
        chosen_(chosen),
        divergence_(models, std::vector<double>(chosen.size())) {}

  void begin(const std::vector<std::vector<std::int64_t>>& dims) override {
    for (const auto& shape : dims) {
      const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
      if (static_cast<std::size_t>(count) == classes_) continue;
      throw ModelError(fmt::format("it gives {} scores, and its full-precision model {}", count, classes_));
    }
  }

  void take(std::size_t model, std::size_t sample, std::span<const float> scores) override {
    for (; !scores.empty(); scores = scores.subspan(classes_), ++sample) {
      divergence_[model][sample] = evaluation::mean_divergence(
          {baseline_.subspan(chosen_[sample] * classes_, classes_), classes_}, {scores.first(classes_), classes_});
    }
  }

  // The mean of each model.
  std::vector<double> means() const {
    std::vector<double> means;
    means.reserve(divergence_.size());
    for (const auto& samples : divergence_) {
      means.push_back(std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size()));
    }
    return means;
  }

 private:
  std::span<const float> baseline_;
  std::size_t classes_;
  std::span<const std::size_t> chosen_;
  std::vector<std::vector<double>> divergence_;  // by model and sample
};

}  // namespace

DivergenceMeter::DivergenceMeter(Backend backend, const PreparedSamples& prepared, std::span<const float> baseline,
                                 std::vector<std::size_t> chosen, ThreadPool& pool)
    : backend_(std::move(backend)), prepared_(prepared), baseline_(baseline), chosen_(std::move(chosen)), pool_(pool) {
  if (chosen_.empty()) throw DataError("there is no image to predict");
}

double DivergenceMeter::measure(const formats::Model& model, const std::string& name) const {
  const ImageNetwork network = lower_image_network(model, name);
  return measure_changes(network, {network}).front();
}

std::vector<double> DivergenceMeter::measure_changes(const ImageNetwork& base,
                                                     const std::vector<ImageNetwork>& changed) const {
  const Group group(backend_, base, changed, pool_);
  DivergenceSink sink(baseline_, baseline_.size() / prepared_.samples(), chosen_, changed.size());
  const auto make_runner = [&] { return std::make_unique<Group::Runner>(group, prepared_, chosen_); };
  const std::vector<std::string> names(changed.size(), "scores");
  runtime::predict_batch({chosen_.size(), names, make_runner, {}}, pool_, sink);
  return sink.means();
}

}  // namespace goldilocks::pipeline
