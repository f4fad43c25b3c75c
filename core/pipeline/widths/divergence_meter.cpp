// A group of models is cut at the first operation in which any of them differs from the base. What stands before is
// one network, which is run once for each image, and what stands behind is one for each model. No inner value is kept
// longer than its image takes.
#include "core/pipeline/widths/divergence_meter.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/evaluation/divergence.hpp"
#include "core/pipeline/widths/partial_graph.hpp"
#include "core/plugins/aligned_allocator.hpp"

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

  // One thread's sessions and buffers.
  class Lane {
   public:
    explicit Lane(const Group& group) : group_(group), dims_(group.image_.network->inputs.front().dims) {
      const auto count = std::accumulate(dims_.begin(), dims_.end(), std::int64_t{1}, std::multiplies<>());
      values_.resize(static_cast<std::size_t>(count));
      if (group.first_model_) first_ = group.first_model_->create_session(group.passed_);
      for (const auto& model : group.rest_models_) rests_.push_back(model->create_session(group.wanted_));
    }

    // `use(model, scores)` for each model of the group, on one sample.
    template <class Use>
    void run(const PreparedSamples& prepared, std::size_t sample, const Use& use) {
      pixels_.resize(prepared.sample_size());
      prepared.read(sample, std::as_writable_bytes(std::span(pixels_)));
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
      for (std::size_t i = 0; i < rests_.size(); ++i) use(i, rests_[i]->run(passed).front().values);
    }

   private:
    const Group& group_;
    std::vector<std::int64_t> dims_;
    std::vector<std::uint8_t> pixels_;
    plugins::AlignedVector<float> values_;
    std::unique_ptr<plugins::Session> first_;
    std::vector<std::unique_ptr<plugins::Session>> rests_;
  };

 private:
  const ImageNetwork& image_;
  std::vector<std::uint32_t> passed_, wanted_;
  std::vector<bool> computed_;  // of the values that the rests take: by the first part; else it is the image
  std::unique_ptr<PartialGraph> first_;
  std::unique_ptr<plugins::BackendModel> first_model_;
  std::vector<std::unique_ptr<PartialGraph>> rests_;
  std::vector<std::unique_ptr<plugins::BackendModel>> rest_models_;
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
  const std::size_t classes = baseline_.size() / prepared_.samples();
  std::vector<std::vector<double>> divergence(changed.size(), std::vector<double>(chosen_.size()));
  std::mutex mutex;
  std::vector<std::unique_ptr<Group::Lane>> free;  // guarded by `mutex`
  pool_.parallel_for(chosen_.size(), [&](std::size_t i) {
    throw_if_cancelled();
    std::unique_ptr<Group::Lane> lane;
    {
      const std::scoped_lock lock(mutex);
      if (!free.empty()) {
        lane = std::move(free.back());
        free.pop_back();
      }
    }
    if (!lane) lane = std::make_unique<Group::Lane>(group);
    lane->run(prepared_, chosen_[i], [&](std::size_t model, const auto& scores) {
      if (scores.size() != classes) {
        throw ModelError(fmt::format("it gives {} scores, and its full-precision model {}", scores.size(), classes));
      }
      divergence[model][i] = evaluation::mean_divergence({baseline_.subspan(chosen_[i] * classes, classes), classes},
                                                         {{scores.data(), scores.size()}, classes});
    });
    const std::scoped_lock lock(mutex);
    free.push_back(std::move(lane));
  });
  std::vector<double> means;
  means.reserve(divergence.size());
  for (const auto& samples : divergence) {
    means.push_back(std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(chosen_.size()));
  }
  return means;
}

}  // namespace goldilocks::pipeline
