#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/formats/neural_network/passes/passes.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::pipeline {

namespace coreml = ::CoreML::Specification;

enum class Compaction { off, lossless, float16 };

// The network passes that a model goes through before it is quantized.
struct PassSettings {
  model::FoldSettings fold{.batchnorm = false, .scale = false, .bias = false};
  Compaction compaction = Compaction::off;

  bool folds() const { return fold.batchnorm || fold.scale || fold.bias; }
  bool operator==(const PassSettings& other) const;
};

// What is folded: what the user asked for, by kind, or by default everything where the width is 1 to 8 bits.
struct FoldChoice {
  bool automatic = true;
  model::FoldSettings kinds;  // where it is not automatic

  model::FoldSettings at(int bits) const;
};

// "off", "batchnorm, scale, bias", ...
std::string to_text(const model::FoldSettings& fold);
// "off", "lossless", "float16"
std::string to_text(Compaction compaction);

// What one pass did, or that it was off.
struct PassReport {
  std::string pass;     // "fold", "compact_preprocessing"
  std::string setting;  // to_text() of it
  std::vector<model::PassNote> notes;
};

struct PassOutcome {
  std::vector<PassReport> reports;    // of every pass, in the order in which they ran
  std::set<std::string> mean_images;  // the new layers that hold what was a mean image; quantizing leaves them alone

  bool changed() const;  // false: the model was not touched
};

// Runs the passes that are on. Throws ModelError as they do.
PassOutcome apply_passes(coreml::Model& model, const PassSettings& settings);

}  // namespace goldilocks::pipeline
