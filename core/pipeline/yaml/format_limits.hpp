#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// What the formats of loaded models can't store, so that a sweep can leave it out. Models are opened when they are
// first asked about. One thread.
class FormatLimits {
 public:
  explicit FormatLimits(plugins::Registry& registry) : registry_(registry) {}

  // Why nothing of what a function of the stage makes of this model at one width and layout can be stored, or "". Also
  // "" where the model can't be read or the function not be made: whoever uses them says so.
  std::string reason_against(const std::filesystem::path& model, const QuantizeStage& stage, const SweptFunction& swept,
                             int bits, const quantization::Layout& layout);

 private:
  const std::vector<weights::Weight>& weights_of(const std::filesystem::path& model, const std::string& compress_for);

  plugins::Registry& registry_;
  std::map<std::pair<std::filesystem::path, std::string>, std::vector<weights::Weight>> weights_;
  std::map<const SweptFunction*, std::unique_ptr<plugins::Quantizer>> functions_;  // null: it can't be made
};

}  // namespace goldilocks::pipeline
