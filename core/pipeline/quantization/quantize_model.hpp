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
#include "core/pipeline/quantization/keep.hpp"
#include "core/pipeline/quantization/network_passes.hpp"
#include "core/pipeline/quantization/weight_rules.hpp"
#include "core/plugins/quantizer.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::pipeline {

namespace coreml = ::CoreML::Specification;

// What became of one weight tensor.
struct TensorReport {
  std::string layer;  // with its place: "loop1/body/conv2", "models[1] 'detector': conv1"
  std::string layer_type;
  std::string parameter;
  std::uint64_t count = 0;
  std::string before, after;  // model::form_name()
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  double squared_error = 0;   // sum over the weights of (before - after)^2
  double relative_error = 0;  // see relative_error(); infinite where all was 0
  std::string note;           // why it stayed as it was, or took another form than the function's
  std::string function;       // that made it what it is; "" where it stayed
  std::uint32_t rule = 0;     // the number of the rule that chose it, from 1; 0: none did
};

// One width of a function. Several are quantized at once: what they share is done once.
struct QuantizeSettings {
  int bits = 8;             // 0: the function chooses
  std::string description;  // replaces the model's short description; "" leaves it
};

// What became of a model's weights, and what the passes had done with its layers before.
struct ModelReport {
  std::vector<PassReport> passes;
  std::vector<TensorReport> tensors;  // every tensor that is not empty, in file order
};

struct QuantizedModel {
  std::unique_ptr<coreml::Model> model;  // null if it failed
  std::vector<TensorReport> tensors;     // every tensor that is not empty, in file order
  bool changed = false;        // false: no tensor and no description differs, and no pass did anything, so the source's
                               // file serves as it is
  std::exception_ptr failure;  // a PluginError or ModelError of this width alone
};

// What a rule has decided for the tensors that it matches.
struct QuantizeRule {
  RuleMatch match;
  bool skip = false;         // they stay as they are
  bool is_explicit = false;  // it names bits or a function: what the format refuses is then an error, not a note
  std::optional<int> bits;   // else the width of the settings; 0: the function chooses
  const plugins::QuantizerPlugin* plugin = nullptr;  // null: the request's function
  const plugins::Quantizer* quantizer = nullptr;
};

struct QuantizeRequest {
  const plugins::QuantizerPlugin* plugin = nullptr;  // what the function takes
  const plugins::Quantizer* quantizer = nullptr;     // the function with its options
  std::vector<QuantizeRule> rules;                   // the first that matches a tensor counts
  bool requantize = false;                           // what is quantized already is quantized again
  Keep keep = Keep::smaller;                         // for what no rule with bits or a function says
  std::vector<QuantizeSettings> settings;
  std::function<void(double)> progress;  // 0..1, from any thread, one call at a time; may be empty
};

// A model taken apart: its structure without weights, and the weights of all its networks (nested networks and the
// models of pipelines too). Several functions may read it at once; each result is put together from it. Immutable.
class WeightSource {
 public:
  // Takes the model over. Throws ModelError naming layer and parameter where a tensor is stored in several forms.
  // Values are not looked at before they are needed. `name` begins the messages; `passes`: what the model went through
  // before.
  WeightSource(std::unique_ptr<coreml::Model> model, std::string name, PassOutcome passes = {});
  ~WeightSource();
  WeightSource(const WeightSource&) = delete;
  WeightSource& operator=(const WeightSource&) = delete;
  WeightSource(WeightSource&&) = delete;
  WeightSource& operator=(WeightSource&&) = delete;

  struct Parts;
  const Parts& parts() const { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

// Quantizes all weights that the function takes, for every width of the request, over the pool's threads: the result is
// the same for any number of threads, and for one width at a time. `emit` gets each width once its model is put
// together (in any order, from any thread, several at once), so that not all models need to be in memory.
//
// Tensors that are disabled, empty, of custom or updatable layers, skipped by a rule, or quantized already (unless the
// function takes those, or `requantize`) stay as they are; so do constants that are read as whole numbers
// (model::exact_constants) and, but for an exact float16, constants with infinite values. Any other tensor that is NaN
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
