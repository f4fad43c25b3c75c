#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <goldilocks/runtime.hpp>

#include "core/data/image.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::runtime {

// A model from a file, with its weights prepared: what the library's Model is made of. Immutable; any thread. Throws
// the errors of core/base/error.hpp; those of the model begin with its file.
class LoadedModel {
 public:
  // `function` is one of those that an ML Program has; "" is the default one.
  LoadedModel(const std::filesystem::path& file, const plugins::BackendPlugin& backend, plugins::OptionValues options,
              const lowering::LoweringOptions& limits = {}, const std::string& function = {});

  const Description& description() const { return stage_->description(); }

  // What may be computed otherwise on a device, one line each that begins with the file.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // `state` and `inner` may be null. Throws UsageError for inputs, and for inner tensors that there are none of.
  Values predict(const Values& inputs, State* state, InnerTensors* inner) const;

  // All states as they are before anything is predicted.
  State fresh_state() const;
  // A state's value in the type and shape that the model declares. Throws UsageError for a state that there is not, and
  // for what doesn't fit.
  Value state_value(const std::string& state, const Value& value) const;

  // Crops and scales an image for an image input ("": the only one).
  Image fit(const Image& image, std::string_view input, const data::Preparation& preparation) const;

 private:
  // The inputs, with the state's values for those that are not given.
  Values with_state(const Values& inputs, const State& state) const;
  // The state as an input that may be left out.
  Feature state_feature(const std::string& state) const;

  std::string name_;
  std::vector<std::string> warnings_;
  std::unique_ptr<Stage> stage_;
};

// Crops and scales to the size of an image input, unless the image has a size that is allowed.
Image fit_to_input(const Image& image, const Feature& input, const data::Preparation& preparation);

// Between the library's images and those of core/data.
Image from_data(const data::Image& image);
data::Image to_data(const Image& image);

}  // namespace goldilocks::runtime
