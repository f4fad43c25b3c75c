#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <goldilocks/runtime.hpp>

#include "core/formats/format.hpp"
#include "core/plugins/backend.hpp"

namespace goldilocks::runtime {

using formats::Description;

// Tensors from inside that a prediction is asked for, and those that it found.
struct InnerTensors {
  InnerRequest request;
  std::string prefix;               // of the names in the present model of a pipeline: "detector/"
  Values values;                    // by name, prefix included
  std::set<std::string> found;      // of request.names
  std::set<std::string> known;      // names that could have been asked for
  std::set<std::string> constants;  // those of `values` that don't depend on the inputs
};

// A model, or one of the models of a pipeline, ready to run. Immutable; predict() may be called from any thread.
class Stage {
 public:
  explicit Stage(Description description) : description_(std::move(description)) {}
  virtual ~Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const Description& description() const { return description_; }

  // Brings the given values into the form of the inputs, fills in optional ones, and runs. Values under other names are
  // left alone. The result has every output of the description. Throws UsageError for inputs, PluginError, ModelError.
  Values predict(const Values& given, InnerTensors* inner) const;

 protected:
  // `inputs` has each of the description's inputs as as_input() gives it.
  virtual Values run(const Values& inputs, InnerTensors* inner) const = 0;

 private:
  Description description_;
};

// What runs the graphs that a model consists of.
struct BackendUse {
  const plugins::BackendPlugin& plugin;
  plugins::OptionValues options;
  std::filesystem::path file;  // the model's
  lowering::LoweringOptions limits;
};

// Throws ModelError for what can't be run, naming the layer or the model's type, and PluginError.
std::unique_ptr<Stage> make_stage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use);

// The kinds of stages; make_stage() chooses.
std::unique_ptr<Stage> make_network_stage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use);
std::unique_ptr<Stage> make_feature_stage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use);
std::unique_ptr<Stage> make_pipeline_stage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use);

}  // namespace goldilocks::runtime
