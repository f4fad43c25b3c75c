#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/formats/format.hpp"
#include "core/quantization/request.hpp"

namespace goldilocks::pipeline {

using quantization::Keep;
using quantization::QuantizeRequest;
using quantization::QuantizeRule;
using quantization::QuantizeSettings;

// What became of one weight tensor.
struct TensorReport {
  std::string layer;  // with its place: "loop1/body/conv2", "models[1] 'detector': conv1"
  std::string layer_type;
  std::string parameter;
  std::uint64_t count = 0;
  std::string before, after;  // the words of its weights::Encoding
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  double squared_error = 0;   // sum over the weights of (before - after)^2
  double relative_error = 0;  // see relative_error(); infinite where all was 0
  std::string note;           // why it stayed as it was, or took another form than the function's
  std::string function;       // that made it what it is; "" where it stayed
  std::uint32_t rule = 0;     // the number of the rule that chose it, from 1; 0: none did
};

// What became of a model's weights, and what the passes had done with its layers before.
struct ModelReport {
  std::vector<formats::PassReport> passes;
  std::vector<TensorReport> tensors;  // every tensor that is not empty, in file order
};

struct QuantizedModel {
  std::unique_ptr<formats::Model> model;  // null if it failed
  std::vector<TensorReport> tensors;      // every tensor that is not empty, in file order
  bool changed = false;        // false: no tensor and no description differs, and no pass did anything, so the source's
                               // file serves as it is
  std::exception_ptr failure;  // a PluginError or ModelError of this width alone
};

// A model taken apart, and what it went through before. Several functions may read it at once; each result is put
// together from it. Immutable.
class WeightSource {
 public:
  // Takes the model over. Throws ModelError naming layer and parameter where a tensor is stored in several forms.
  // Values are not looked at before they are needed. `name` begins the messages.
  WeightSource(std::unique_ptr<formats::Model> model, const std::string& name, formats::PassOutcome passes = {},
               const formats::VersionLimit& limit = {})
      : passes_(std::move(passes)), weights_(model->take_weights(name, passes_.mean_images, limit)) {}

  const formats::ModelWeights& weights() const { return *weights_; }
  const formats::PassOutcome& passes() const { return passes_; }

 private:
  formats::PassOutcome passes_;
  std::unique_ptr<formats::ModelWeights> weights_;
};

// Quantizes all weights that the function takes, for every width of the request, over the pool's threads: the result is
// the same for any number of threads, and for one width at a time. `emit` gets each width once its model is put
// together (in any order, from any thread, several at once), so that not all models need to be in memory.
//
// Tensors that are disabled, empty, of custom or updatable layers, skipped by a rule, or quantized already (unless the
// function takes those, or `requantize`) stay as they are; so do constants that are read as whole numbers
// (formats tell which) and, but for an exact float16, constants with infinite values. Any other tensor that is NaN
// or infinite somewhere, or has the wrong length, is a failure, unless a rule skips it. A form that the format does not
// accept for a parameter becomes the nearest that it does, with a note. The specification version is raised as far as
// the new forms need, never lowered. What is put together is validated: a rule that the source did not break is an
// internal error.
void quantize_model(const WeightSource& source, const QuantizeRequest& request, ThreadPool& pool,
                    const std::function<void(std::size_t index, QuantizedModel result)>& emit);

// The reports of a model as the JSON that is kept beside an artifact, and back.
std::string to_json(const ModelReport& report);
ModelReport report_from_json(std::string_view json);

}  // namespace goldilocks::pipeline
