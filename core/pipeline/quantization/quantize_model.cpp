// Two loops. The first goes over tensors: what the widths of a function share (a sort, say) is done once per tensor,
// and each result is packed at once, so that no unpacked codes pile up. The second goes over widths: each model is put
// together from a copy of the skeleton. Both write to places of their own, so the number of threads changes nothing.
#include "core/pipeline/quantization/quantize_model.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <numeric>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/pipeline/quantization/keep_smaller.hpp"
#include "core/pipeline/quantization/weight_error.hpp"
#include "core/pipeline/quantization/weight_outcome.hpp"
#include "core/pipeline/quantization/weight_parts.hpp"

namespace goldilocks::pipeline {
namespace {

// Tensors of more weights are quantized one at a time.
constexpr std::uint64_t large_count = std::uint64_t{1} << 24U;

// The version that brought a form.
int version_of(model::WeightForm form) {
  switch (form) {
    case model::form_float16:
      return 2;
    case model::form_coded:
      return 3;
    case model::form_int8:
      return 5;
    default:
      return 1;
  }
}

// Raises the versions of a model and of those inside to what was needed; returns what the model around needs.
int raise_version(coreml::Model& model, const std::vector<int>& needed, std::size_t& index) {
  int version = needed[index++];
  if (coreml::Pipeline* pipeline = model::pipeline_of(model)) {
    for (coreml::Model& inner : *pipeline->mutable_models()) {
      version = std::max(version, raise_version(inner, needed, index));
    }
  }
  // A model without a version is refused as it is; with one, other rules would come to bear on it.
  const int stated = model.specificationversion();
  if (stated > 0 && stated < version) model.set_specificationversion(version);
  return version;
}

class ModelQuantizer {
 public:
  ModelQuantizer(const WeightSource::Parts& parts, const QuantizeRequest& request)
      : parts_(parts),
        request_(request),
        outcomes_(parts.weights.size(), std::vector<WeightOutcome>(request.settings.size())),
        failures_(request.settings.size()) {
    for (const WeightPart& part : parts.weights) total_ += cost(part);
  }

  void quantize_tensor(std::size_t index) {
    const WeightPart& part = parts_.weights[index];
    const model::WeightForm form = model::stored_form(part.content);
    if (form == model::form_empty) return;
    const WeightChoice choice = choose_for(request_, part);
    std::string reason = reason_to_leave(part, form, *choice.plugin, request_.requantize);
    if (reason.empty() && choice.skip) reason = fmt::format("skipped by rule {}", choice.rule);
    if (reason.empty()) {
      run_function(index, part, choice);
    } else {
      if (!choice.skip) check(index, part);
      for (WeightOutcome& outcome : outcomes_[index]) outcome.note = reason;
    }
    for (WeightOutcome& outcome : outcomes_[index]) {
      outcome.rule = choice.rule;
      if (reason.empty()) outcome.function = choice.plugin->name;
    }
    advance(cost(part));
  }

  // Precondition: all tensors are done.
  QuantizedModel assemble(std::size_t width) {
    QuantizedModel result;
    result.failure = failures_[width].error;
    if (result.failure) return result;
    try {
      settle(width);
      report(width, result.tensors);
      result.changed = is_changed(width);
      result.model = put_together(width);
    } catch (const ModelError&) {
      result.failure = std::current_exception();
    }
    return result;
  }

 private:
  struct Failure {
    std::atomic<std::size_t> tensor{std::numeric_limits<std::size_t>::max()};  // the first that failed
    std::exception_ptr error;
  };

  static double cost(const WeightPart& part) { return static_cast<double>(model::stored_count(part.content)); }

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

  void fail_all(std::size_t index) {
    for (std::size_t width = 0; width < request_.settings.size(); ++width) {
      fail(width, index, std::current_exception());
    }
  }

  // What stays goes into the new file, so it has to be sound, too.
  void check(std::size_t index, const WeightPart& part) {
    try {
      check_values(part);
    } catch (const ModelError&) {
      fail_all(index);
    }
  }

  int bits_of(const WeightChoice& choice, std::size_t width) const {
    return choice.bits.value_or(request_.settings[width].bits);
  }

  void run_function(std::size_t index, const WeightPart& part, const WeightChoice& choice) {
    const std::size_t widths = request_.settings.size();
    try {
      if (is_infinite_constant(part)) {
        check_values(part);
        for (std::size_t width = 0; width < widths; ++width) {
          outcomes_[index][width] = keep_infinities(part, bits_of(choice, width));
        }
        return;
      }
      const TensorForFunction tensor(part);
      const auto task = choice.quantizer->begin(tensor.weights());
      const WeightOutcome* fixed = nullptr;  // a width that a rule has set is the same for all settings
      for (std::size_t width = 0; width < widths; ++width) {
        if (index > failures_[width].tensor) continue;
        throw_if_cancelled();
        if (fixed != nullptr) {
          outcomes_[index][width] = *fixed;
        } else if (run_width(index, part, *task, choice, width) && choice.bits) {
          fixed = &outcomes_[index][width];
        }
      }
    } catch (const PluginError&) {
      fail_all(index);
    } catch (const ModelError&) {
      fail_all(index);
    }
  }

  // False if it failed.
  bool run_width(std::size_t index, const WeightPart& part, plugins::QuantizerTask& task, const WeightChoice& choice,
                 std::size_t width) {
    try {
      const int bits = bits_of(choice, width);
      WeightOutcome& outcome = outcomes_[index][width] = store_result(part, task.quantize(bits));
      outcome.may_be_floats = request_.keep == Keep::smaller && !choice.is_explicit && outcome.stored.has_value();
      outcome.is_lossless = bits == 0;
      return true;
    } catch (const PluginError&) {
      throw_if_cancelled();  // a plugin may have stopped because the run did
      fail(width, index, std::current_exception());
    } catch (const ModelError&) {
      fail(width, index, std::current_exception());
    }
    return false;
  }

  void settle(std::size_t width) {
    for (std::size_t begin = 0; begin < parts_.weights.size();) {
      std::vector<const WeightPart*> parts;
      std::vector<WeightOutcome*> outcomes;
      std::size_t end = begin;
      while (end < parts_.weights.size() && parts_.weights[end].layer_index == parts_.weights[begin].layer_index) {
        parts.push_back(&parts_.weights[end]);
        outcomes.push_back(&outcomes_[end][width]);
        ++end;
      }
      keep_smaller(parts, outcomes);
      settle_layer(parts, outcomes);
      begin = end;
    }
  }

  void report(std::size_t width, std::vector<TensorReport>& reports) const {
    for (std::size_t i = 0; i < parts_.weights.size(); ++i) {
      const WeightPart& part = parts_.weights[i];
      if (model::stored_bytes(part.content) == 0) continue;
      const WeightOutcome& outcome = outcomes_[i][width];
      TensorReport report;
      report.layer = part.layer;
      report.layer_type = part.layer_type;
      report.parameter = part.slot.parameter;
      report.count = part.slot.count();
      report.before = model::form_name(part.content);
      report.after = model::form_name(outcome.content(part));
      report.bytes_before = model::stored_bytes(part.content);
      report.bytes_after = model::stored_bytes(outcome.content(part));
      const WeightError error = error_of(part, outcome);
      report.squared_error = error.squared;
      report.relative_error = error.relative;
      report.note = with_loss(outcome.note, error.relative);
      report.rule = outcome.rule;
      if (outcome.stored) report.function = outcome.function;
      reports.push_back(std::move(report));
    }
  }

  bool is_changed(std::size_t width) const {
    if (parts_.passes.changed()) return true;
    const std::string& description = request_.settings[width].description;
    if (!description.empty() && description != parts_.skeleton->description().metadata().shortdescription())
      return true;
    return std::any_of(outcomes_.begin(), outcomes_.end(), [&](const auto& widths) { return widths[width].stored; });
  }

  std::unique_ptr<coreml::Model> put_together(std::size_t width) {
    auto model = std::make_unique<coreml::Model>(*parts_.skeleton);
    std::vector<int> versions(parts_.models, 1);
    std::size_t index = 0;
    for_each_weight_of(*model, [&](coreml::NeuralNetworkLayer& layer, const auto& slot, const WeightFacts& facts) {
      const WeightPart& part = parts_.weights[index];
      WeightOutcome& outcome = outcomes_[index][width];
      ++index;
      if (!outcome.stored) {
        slot.params->MergeFrom(part.content);
        return;
      }
      const model::WeightForm form = model::stored_form(*outcome.stored);
      versions[facts.model_index] = std::max(versions[facts.model_index], version_of(form));
      if (part.other_forms) set_int8(layer, form == model::form_int8);
      move_weights(*outcome.stored, *slot.params);
      outcome.stored.reset();
    });
    std::size_t model_index = 0;
    raise_version(*model, versions, model_index);
    const std::string& description = request_.settings[width].description;
    if (!description.empty()) model->mutable_description()->mutable_metadata()->set_shortdescription(description);
    check_rules(*model);
    return model;
  }

  static void set_int8(coreml::NeuralNetworkLayer& layer, bool on) {
    if (layer.has_innerproduct()) layer.mutable_innerproduct()->set_int8dynamicquantize(on);
    if (layer.has_batchedmatmul()) layer.mutable_batchedmatmul()->set_int8dynamicquantize(on);
  }

  // Nothing may leave this program that Apple's loader refuses, unless it came in that way.
  void check_rules(const coreml::Model& model) const {
    for (const model::Violation& violation : model::validate(model)) {
      if (parts_.violations.contains({violation.place, violation.rule})) continue;
      throw Error(ExitCode::internal, fmt::format("{}: quantizing it with {} would break a rule of the format: {}",
                                                  parts_.name, request_.plugin->name, violation.text()));
    }
  }

  const WeightSource::Parts& parts_;
  const QuantizeRequest& request_;
  std::vector<std::vector<WeightOutcome>> outcomes_;  // by tensor, then by width
  std::vector<Failure> failures_;                     // by width
  std::mutex mutex_;                                  // guards failures_ and done_
  double total_ = 0;
  double done_ = 0;
};

}  // namespace

void quantize_model(const WeightSource& source, const QuantizeRequest& request, ThreadPool& pool,
                    const std::function<void(std::size_t, QuantizedModel)>& emit) {
  const WeightSource::Parts& parts = source.parts();
  ModelQuantizer quantizer(parts, request);
  // The largest tensors first, so that no thread is left with one at the end.
  std::vector<std::size_t> order(parts.weights.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return model::stored_count(parts.weights[a].content) > model::stored_count(parts.weights[b].content);
  });
  // Functions that sort take several times a tensor's own memory: the first index stands for all large tensors, one
  // after another, while other threads work off the rest.
  const auto is_large = [&](std::size_t i) { return model::stored_count(parts.weights[i].content) > large_count; };
  const auto rest = static_cast<std::size_t>(std::ranges::partition_point(order, is_large) - order.begin());
  const std::size_t merged = std::max<std::size_t>(rest, 1) - 1;
  pool.parallel_for(order.size() - merged, [&](std::size_t i) {
    const std::size_t begin = i == 0 ? 0 : i + merged;
    for (std::size_t at = begin; at <= i + merged; ++at) quantizer.quantize_tensor(order[at]);
  });
  pool.parallel_for(request.settings.size(), [&](std::size_t width) { emit(width, quantizer.assemble(width)); });
}

}  // namespace goldilocks::pipeline
